//! Whole stories through the extractor: the example story, kills, hostile input.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, path::PathBuf, sync::LazyLock};

use cleaner::Cleaner;
use dateline_record::{
    CleanStory, Confidence, Event, EventStatus, EventType, Format, MentionKind, RawStory, Record,
    SkipReason, SpellingDoubt, Status, StoryEvents, Timestamp,
};
use dateline_runtime::{Outcome, Stage};
use entity_extractor::EntityExtractor;
use proptest::prelude::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn section<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let text = fs::read_to_string(root().join("config/dateline.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table[name].clone().try_into().unwrap()
}

static CLEANER: LazyLock<Cleaner> = LazyLock::new(|| Cleaner::new(section("cleaner")).unwrap());
static EXTRACTOR: LazyLock<EntityExtractor> =
    LazyLock::new(|| EntityExtractor::new(section("entity-extractor")).unwrap());

fn clean(body: &str, published: Option<&str>) -> CleanStory {
    let fetched = Timestamp::from_millis(1_412_640_000_000);
    let raw = RawStory {
        published_at: published.and_then(Timestamp::parse),
        ..RawStory::new("example.com", "1", Format::Text, body, fetched)
    };
    match CLEANER.handle(raw).unwrap() {
        Outcome::Emit(story) => story,
        Outcome::Skip(reason) => panic!("{reason:?}"),
    }
}

fn extract(body: &str, published: Option<&str>) -> StoryEvents {
    EXTRACTOR.extract(&clean(body, published))
}

/// An event as `TYPE SOURCE>TARGET status`, with `=` for a mutual act.
fn shown(event: &Event) -> String {
    let target = event.target.as_ref().map_or("-", |target| target.actor.code.as_str());
    let sign = if event.reciprocal { "=" } else { ">" };
    format!(
        "{} {}{sign}{target} {}",
        event.kind.as_str(),
        event.source.actor.code,
        event.status.as_str()
    )
}

fn check(sentence: &str, expected: &[&str]) {
    let body = format!("Title of the story\n\nBERLIN, Oct 7 - {sentence}");
    let mut story = clean(&body, Some("2014-10-07T12:00:00Z"));
    "en".clone_into(&mut story.language.code);
    story.language.confidence = Confidence::High;
    let record = EXTRACTOR.extract(&story);
    let found: Vec<String> = record.events.iter().map(shown).collect();
    assert_eq!(found, expected, "{sentence}");
}

#[test]
fn the_subject_acts_on_the_object() {
    check(
        "French President Francois Hollande met Chinese President Xi Jinping.",
        &["CONSULT FRA=CHN actual"],
    );
    check("The United States accused Syria of using gas.", &["ACCUSE USA>SYR actual"]);
    check("Polish police arrested two Ukrainian citizens on Monday.", &["COERCE POL>UKR actual"]);
    check("Kenya called on Uganda to open the border.", &["REQUEST KEN>UGA actual"]);
}

#[test]
fn the_passive_turns_the_sides() {
    check("Syria was accused by the United States of using gas.", &["ACCUSE USA>SYR actual"]);
    check("Two Ukrainian citizens were arrested by Polish police.", &["COERCE POL>UKR actual"]);
    check("Uganda was urged by Kenya to open the border.", &["REQUEST KEN>UGA actual"]);
}

#[test]
fn two_subjects_meet_each_other() {
    check("Armenia and Azerbaijan agreed to open the border.", &["AGREE ARM=AZE actual"]);
    check(
        "The foreign ministers of both sides were absent. Egypt and Sudan held talks in Cairo.",
        &["CONSULT EGY=SDN actual"],
    );
    check("Brazil and Peru signed a treaty on Tuesday.", &["SUPPORT BRA=PER actual"]);
}

#[test]
fn a_light_verb_lends_its_subject() {
    check("Japan has imposed sanctions on Russia.", &["SANCTION JPN>RUS actual"]);
    check("Israel launched an attack on Syria late on Monday.", &["ASSAULT ISR>SYR actual"]);
    check("Norway sent aid to Nepal.", &["AID NOR>NPL actual"]);
}

#[test]
fn what_is_to_come_is_planned() {
    check("Obama will meet Merkel on Friday.", &["AGREE USA=DEU planned"]);
    check("The Indian prime minister is to visit Nepal next week.", &["AGREE IND>NPL planned"]);
    check("Canada plans to impose sanctions on Iran.", &["SANCTION CAN>IRN planned"]);
}

#[test]
fn what_was_planned_once_is_cancelled() {
    check("Putin had planned a visit to Tokyo.", &["AGREE RUS>JPN cancelled"]);
    check("Merkel had planned to visit Turkey.", &["AGREE DEU>TUR cancelled"]);
    check("Obama cancelled a trip to Malaysia.", &["AGREE USA>MYS cancelled"]);
}

#[test]
fn a_meeting_that_is_sought_is_asked_for() {
    check(
        "Putin has tried to arrange meetings with Angela Merkel.",
        &["REQUEST RUS>DEU attempted"],
    );
    check("Egypt sought to hold talks with Sudan.", &["REQUEST EGY>SDN attempted"]);
    check(
        "Putin met Merkel. She tried to meet Obama.",
        &["CONSULT RUS=DEU actual", "REQUEST DEU>USA attempted"],
    );
}

#[test]
fn what_is_denied_or_only_said_is_no_act() {
    check("Moscow denies sending troops to Ukraine.", &[]);
    check("Chad urged Libya to attack Sudan.", &["REQUEST TCD>LBY actual"]);
    check("Mali accused Algeria of attacking Niger.", &["ACCUSE MLI>DZA actual"]);
}

#[test]
fn negation_and_conditions_show() {
    check("Obama has not met Putin.", &["CONSULT USA=RUS negated"]);
    check("Turkey may attack Syria.", &["ASSAULT TUR>SYR hypothetical"]);
    check("If Turkey attacks Syria the talks will end.", &["ASSAULT TUR>SYR hypothetical"]);
}

#[test]
fn an_owner_seizes_or_invades() {
    check("Ministers spoke of Russia's annexation of Crimea.", &["COERCE RUS>UKR actual"]);
    check("Many fled after Iraq's invasion of Kuwait.", &["ASSAULT IRQ>KWT actual"]);
    check("They condemned Indonesia's occupation of East Timor.", &["COERCE IDN>TLS actual"]);
}

#[test]
fn the_example_story_yields_its_events() {
    let Ok(mut files) = fs::read_dir(root().join("../shared/seed")) else {
        println!("skipped: no ../shared/seed");
        return;
    };
    let file = files.find_map(|file| {
        Some(file.ok()?.path()).filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
    });
    let body = fs::read_to_string(file.unwrap()).unwrap();
    for published in [None, Some("2014-10-08T03:00:00Z")] {
        let record = extract(&body, published);
        let found: Vec<String> = record.events.iter().map(shown).collect();
        for wanted in [
            "AGREE JPN=RUS planned",
            "REQUEST JPN>RUS actual",
            "SANCTION JPN>RUS actual",
            "CONSULT JPN=RUS actual",
            "COERCE RUS>UKR actual",
            "AGREE RUS>JPN cancelled",
            "REQUEST JPN>KOR attempted",
            "REQUEST JPN>CHN attempted",
        ] {
            assert!(found.iter().any(|event| event == wanted), "{wanted} is missing in {found:#?}");
        }
        forbidden(&record);
        names(&record);
    }
}

fn forbidden(record: &StoryEvents) {
    let meetings =
        record.events.iter().filter(|event| event.kind == EventType::Agree && event.reciprocal);
    assert!(meetings.count() <= 1, "one meeting, one AGREE");
    for event in &record.events {
        let code = event.target.as_ref().map(|target| target.actor.code.as_str());
        let of =
            |kind: EventType, source: &str| event.kind == kind && event.source.actor.code == source;
        assert!(!of(EventType::Aid, "RUS") && !of(EventType::Mobilize, "RUS"), "{}", shown(event));
        assert!(event.kind != EventType::Assault, "{}", shown(event));
        let is_park_or_xi = matches!(code, Some("KOR" | "CHN"))
            || matches!(event.source.actor.code.as_str(), "KOR" | "CHN");
        assert!(
            !(event.kind == EventType::Consult
                && is_park_or_xi
                && event.status == EventStatus::Actual),
            "{}",
            shown(event)
        );
        assert!(!(of(EventType::Sanction, "JPN") && code != Some("RUS")), "{}", shown(event));
    }
}

fn names(record: &StoryEvents) {
    let has = |kind: MentionKind, name: &str| {
        record.mentions.iter().any(|mention| {
            mention.kind == kind && (mention.text == name || mention.name.as_deref() == Some(name))
        })
    };
    for name in ["Shinzo Abe", "Vladimir Putin", "Noriaki Ikeda", "Park Geun-hye", "Xi Jinping"] {
        assert!(has(MentionKind::Person, name), "{name}");
    }
    for name in ["Beijing", "Sochi", "Tokyo", "Moscow", "Hokkaido", "Russia", "Japan"] {
        assert!(has(MentionKind::Place, name), "{name}");
    }
    assert!(has(MentionKind::Organization, "APEC"));
}

#[test]
fn some_stories_are_not_coded() {
    let story = clean(
        "Title\n\nBERLIN - Japan has imposed sanctions on Russia, and the ministers said so on Monday.",
        None,
    );
    let coded = |story: &CleanStory| EXTRACTOR.extract(story);
    assert_eq!(coded(&story).events.len(), 1);
    let killed = coded(&CleanStory { status: Status::Canceled, ..story.clone() });
    assert_eq!(
        (killed.not_coded, killed.events.len(), killed.story.text.as_str()),
        (Some(SkipReason::Killed), 0, "")
    );
    let embargoed = coded(&CleanStory { status: Status::Embargoed, ..story.clone() });
    assert_eq!((embargoed.not_coded, embargoed.events.len()), (Some(SkipReason::Embargoed), 0));
    let advisory = coded(&CleanStory { is_advisory: true, ..story.clone() });
    assert_eq!((advisory.not_coded, advisory.events.len()), (Some(SkipReason::Advisory), 0));
    assert!(advisory.mentions.is_empty());
    let mut foreign = story.clone();
    "de".clone_into(&mut foreign.language.code);
    let foreign = coded(&foreign);
    assert_eq!((foreign.not_coded, foreign.events.len()), (Some(SkipReason::NoModel), 0));
    assert!(!foreign.mentions.is_empty());
}

#[test]
fn a_story_in_a_language_without_a_model_keeps_its_language_and_its_places() {
    let german = "Tausende auf den Straßen\n\nNAIROBI - Die Polizei hat am Montag in Nairobi und in Lyon \
                  Tausende Menschen daran gehindert, gegen die neuen Steuern zu protestieren. Die \
                  Regierung wollte sich dazu nicht äußern, sagte ein Sprecher in Paris.";
    let record = EXTRACTOR.extract(&clean(german, None));
    assert_eq!((record.story.language.code.as_str(), record.events.len()), ("de", 0));
    assert_eq!(record.not_coded, Some(SkipReason::NoModel));
    let places = record.mentions.iter().filter_map(|mention| mention.place.as_ref());
    let places: Vec<_> = places.map(|place| (&*place.name, place.country.as_deref())).collect();
    for expected in [("Nairobi", "KEN"), ("Paris", "FRA")] {
        assert!(places.contains(&(expected.0, Some(expected.1))), "{expected:?} in {places:?}");
    }
}

#[test]
fn a_town_named_like_a_capital_is_no_government() {
    let text = "Title\n\nPolice in London, Ontario, arrested a man on Sunday, Canadian media said.";
    let record = EXTRACTOR.extract(&clean(text, None));
    let london = record.mentions.iter().find(|mention| mention.text == "London").unwrap();
    assert_eq!(london.place.as_ref().and_then(|place| place.country.as_deref()), Some("CAN"));
    assert!(london.actor.is_none());
}

#[test]
fn the_same_story_gives_the_same_bytes() {
    let story = clean(
        "Title\n\nBERLIN - Abe met Putin. Japan has imposed sanctions on Russia and the EU.",
        None,
    );
    let once = EXTRACTOR.extract(&story).to_json().unwrap();
    let again = EntityExtractor::new(section("entity-extractor")).unwrap();
    assert_eq!(again.extract(&story).to_json().unwrap(), once);
}

fn spans_hold(record: &StoryEvents) -> bool {
    let text = &record.story.text;
    let holds = |span: dateline_record::Span| text.get(span.range()).is_some();
    record
        .mentions
        .iter()
        .all(|mention| holds(mention.span) && text[mention.span.range()] == mention.text)
        && record.events.iter().all(|event| {
            holds(event.sentence_span)
                && text[event.trigger_span.range()] == event.trigger
                && holds(event.source.span)
        })
}

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("Japan"),
        Just("Russia's"),
        Just("the"),
        Just("two"),
        Just("sides"),
        Just("met"),
        Just("will"),
        Just("not"),
        Just("agreed"),
        Just("to"),
        Just("who"),
        Just(","),
        Just("and"),
        Just("imposed"),
        Just("sanctions"),
        Just("on"),
        Just("its"),
        Just("annexation"),
        Just("of"),
        Just("Crimea"),
        Just("Putin"),
        Just("said"),
        Just("by"),
        Just("was"),
        Just("attacked"),
        Just("in"),
        Just("March"),
        Just("("),
        Just("PF"),
        Just(")"),
        Just("."),
        Just("\n\n"),
        Just("é\u{301}’s"),
        Just("31"),
        Just("Feb"),
    ];
    proptest::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_order_of_words_is_safe(text in words()) {
        let mut story = clean("Title\n\nBody.", Some("2014-10-08T03:00:00Z"));
        story.text = text;
        prop_assert!(spans_hold(&EXTRACTOR.extract(&story)));
    }

    #[test]
    fn any_text_is_safe(text in "\\PC{0,200}") {
        let mut story = clean("Title\n\nBody.", None);
        story.text = text;
        prop_assert!(spans_hold(&EXTRACTOR.extract(&story)));
    }
}

#[test]
fn a_story_that_only_looks_english_is_not_coded() {
    let mut story = clean("Title\n\nBERLIN, Oct 7 - Japan imposed sanctions on Russia.", None);
    "en".clone_into(&mut story.language.code);
    let check = |confidence: Confidence, expected: Option<SkipReason>| {
        let mut story = story.clone();
        story.language.confidence = confidence;
        assert_eq!(EXTRACTOR.extract(&story).not_coded, expected, "{confidence:?}");
    };
    check(Confidence::Low, Some(SkipReason::NoModel));
    check(Confidence::Medium, None);
    check(Confidence::High, None);
}

#[test]
fn doubtful_spellings_are_kept_and_flagged() {
    let check = |name: &str, doubt: Option<SpellingDoubt>, code: Option<&str>| {
        let body = format!(
            "Leaders meet in Moscow\n\nMOSCOW, Oct 7 - Russian President {name} met the German chancellor on \
             Tuesday."
        );
        let result = extract(&body, Some("2014-10-07T12:00:00Z"));
        let mention = result.mentions.iter().find(|mention| mention.text.contains(name));
        let mention = mention.unwrap_or_else(|| panic!("{name}: {:?}", result.mentions));
        let told = mention.actor.as_ref().map(|actor| actor.code.as_str());
        assert_eq!((mention.doubt, told), (doubt, code), "{name}");
    };
    check("Vladimir Putin", None, Some("RUS"));
    check("Vladmir Putin", Some(SpellingDoubt::Misspelt), Some("RUS"));
    check("Vladimir \u{420}utin", Some(SpellingDoubt::MixedScripts), Some("RUS"));
}
