//! Whole stories through the cleaner: the example story, the wire's files, hostile input.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{env, fs, path::PathBuf};

use cleaner::{Cleaner, Config};
use dateline_record::{
    CleanStory, FaultCode, Format, RawStory, Signal, SkipReason, Status, Timestamp,
};
use dateline_runtime::{Fault, Outcome, Stage};
use proptest::prelude::*;

fn config() -> Config {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("config/dateline.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table["cleaner"].clone().try_into().unwrap()
}

fn cleaner() -> Cleaner {
    Cleaner::new(config()).unwrap()
}

fn shared(part: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpora = env::var_os("DATELINE_CORPORA").map(PathBuf::from);
    let corpora = corpora.unwrap_or_else(|| root.join("../shared/corpora"));
    if part == "seed" {
        return root.join("../shared/seed");
    }
    corpora.join(part)
}

fn raw(format: Format, body: &[u8]) -> RawStory {
    RawStory::new("example.com", "1", format, body, Timestamp::from_millis(1_412_640_000_000))
}

fn emitted(outcome: Outcome<CleanStory>) -> CleanStory {
    match outcome {
        Outcome::Emit(story) => story,
        Outcome::Skip(reason) => panic!("skipped: {reason:?}"),
    }
}

fn clean(format: Format, body: &str) -> CleanStory {
    emitted(cleaner().handle(raw(format, body.as_bytes())).unwrap())
}

#[test]
fn the_example_story_comes_out_clean() {
    let Ok(mut files) = fs::read_dir(shared("seed")) else {
        println!("skipped: no ../shared/seed");
        return;
    };
    let file = files.find_map(|file| {
        let path = file.ok()?.path();
        (path.extension()? == "txt").then_some(path)
    });
    let body = fs::read(file.unwrap()).unwrap();
    let story = emitted(cleaner().handle(raw(Format::Text, &body)).unwrap());
    assert_eq!(story.title, "Japan, Russia leaders to meet on APEC sidelines in November");
    assert!(!story.text.contains("leaders to meet on APEC sidelines in November"));
    let dateline = story.dateline.clone().unwrap();
    assert_eq!(dateline.place, "TOKYO");
    let input = std::str::from_utf8(&body).unwrap();
    assert_eq!(&input[dateline.span.unwrap().range()], "TOKYO -");
    assert!(story.text.starts_with("Japanese Prime Minister"));
    assert!(story.text.ends_with("wartime past."), "{}", story.text);
    assert_eq!(story.paragraphs.len(), 13);
    assert_eq!(story.language.code, "en");
    for paragraph in &story.paragraphs {
        let source = &input[paragraph.source_span.unwrap().range()];
        assert_eq!(source.trim(), &story.text[paragraph.span.range()]);
    }
    let reasons: Vec<&str> = story.removed.iter().map(|removed| removed.reason.as_str()).collect();
    assert_eq!(reasons, ["repeated_title", "browser"]);
}

#[test]
fn every_wire_story_is_accounted_for() {
    let Ok(files) = fs::read_dir(shared("reuters21578")) else {
        println!("skipped: no reuters21578 in DATELINE_CORPORA");
        return;
    };
    let stage = cleaner();
    let (mut total, mut emitted, mut datelines, mut given) = (0, 0, 0, 0);
    for file in files
        .filter_map(Result::ok)
        .filter(|file| file.path().extension().is_some_and(|ext| ext == "sgm"))
    {
        let bytes = fs::read(file.path()).unwrap();
        for range in dateline_wire::sgml::split(&bytes) {
            let element = &bytes[range.unwrap()];
            total += 1;
            given += usize::from(element.windows(10).any(|window| window == b"<DATELINE>"));
            match stage.handle(raw(Format::ReutersSgml, element)) {
                Ok(Outcome::Emit(story)) => {
                    emitted += 1;
                    datelines += usize::from(story.dateline.is_some());
                    assert!(!story.title.is_empty() || !story.text.is_empty());
                }
                Ok(Outcome::Skip(_)) | Err(Fault::Poison { .. }) => {}
                Err(fault) => panic!("{fault:?}"),
            }
        }
    }
    println!("{total} stories, {emitted} emitted, {datelines} datelines of {given} given");
    assert!(total > 0);
    assert!(emitted * 1000 >= total * 995, "{emitted} of {total}");
    assert!(datelines >= given, "{datelines} of {given}");
}

#[test]
fn a_page_is_freed_of_its_furniture() {
    let story = clean(
        Format::Html,
        "<html lang=en><head><title>Ministers meet in Berlin | Example News</title>
         <meta name=author content='Anna Example'></head><body><nav><a href=/>Home</a> <a href=/w>World</a></nav>
         <article><h1>Ministers meet in Berlin</h1><figure><img src=a.jpg><figcaption>A picture of the ministers</figcaption></figure>
         <p>BERLIN, Oct 7 (Example Wire) - Ministers of both countries met in the German capital on Tuesday for talks on trade and energy.</p>
         <aside><p>Subscribe to our newsletter for more of these stories every day.</p></aside>
         <p>They agreed to meet again in November, officials of both delegations said after the talks had ended.</p>
         <p><a href=/a>Read more: Ministers meet in Paris</a></p>
         <p>The talks were the first in more than three years, and both sides called them useful and friendly.</p>
         <p>Advertisement</p></article><footer><p>© Example News</p></footer></body></html>",
    );
    assert_eq!(story.title, "Ministers meet in Berlin");
    assert_eq!(story.authors, ["Anna Example"]);
    assert_eq!(story.dateline.as_ref().unwrap().agency.as_deref(), Some("Example Wire"));
    assert_eq!(story.paragraphs.len(), 3, "{}", story.text);
    assert!(story.text.starts_with("Ministers of both countries"));
    assert!(story.text.ends_with("useful and friendly."));
}

#[test]
fn a_kill_is_emitted_empty() {
    for (status, signal) in [
        (Status::Canceled, Signal::New),
        (Status::Withheld, Signal::Update),
        (Status::Usable, Signal::Kill),
    ] {
        let mut killed = raw(Format::Text, b"\xff not to be used");
        (killed.status, killed.signal) = (status, signal);
        let story = emitted(cleaner().handle(killed.clone()).unwrap());
        assert_eq!((story.text.as_str(), story.title.as_str()), ("", ""));
        assert_eq!((story.status, story.signal), (status, signal));
        assert_eq!(story.story_id, killed.story_id);
    }
    let story =
        clean(Format::JsonStory, r#"{"id": "1", "signal": "kill", "title": "T", "text": "Gone."}"#);
    assert_eq!((story.signal, story.text.as_str()), (Signal::Kill, ""));
}

#[test]
fn a_flash_is_a_story_and_an_empty_document_is_none() {
    assert_eq!(clean(Format::JsonStory, r#"{"title": "MINISTERS MEET"}"#).title, "MINISTERS MEET");
    let check = |format: Format, body: &str, expected: SkipReason| match cleaner()
        .handle(raw(format, body.as_bytes()))
        .unwrap()
    {
        Outcome::Skip(reason) => assert_eq!(reason, expected, "{body}"),
        Outcome::Emit(story) => panic!("{}", story.text),
    };
    check(Format::Text, " \n\n ", SkipReason::NoStory);
    check(Format::Html, "<title>Example News</title><p>Home</p>", SkipReason::NoStory);
    check(
        Format::Html,
        "<title>Just a moment...</title><p>Please enable JavaScript and cookies to continue to the site that you asked for.</p>",
        SkipReason::Challenge,
    );
}

#[test]
fn hostile_pages_are_poison_and_quick() {
    let check = |body: String, expected: FaultCode| match cleaner()
        .handle(raw(Format::Html, body.as_bytes()))
    {
        Err(Fault::Poison { code, .. }) => assert_eq!(code, expected),
        other => panic!("{other:?}"),
    };
    check("<div>".repeat(100_000), FaultCode::TooDeep);
    check("<i><b>".repeat(50_000), FaultCode::TooDeep);
    check("<br>".repeat(60_000), FaultCode::TooLarge);
    check("x".repeat(5_000_000), FaultCode::TooLarge);
}

#[test]
fn the_same_story_gives_the_same_bytes() {
    let body = "Title\n\nTOKYO, Oct 7 - Ministers met.\n\nThey left.";
    let once = serde_json::to_vec(&clean(Format::Text, body)).unwrap();
    assert_eq!(serde_json::to_vec(&clean(Format::Text, body)).unwrap(), once);
}

/// Pieces of pages that a mutation may put anywhere.
fn page() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<div>"),
        Just("</div>"),
        Just("<p>"),
        Just("<br><br>"),
        Just("<table><td>"),
        Just("<script>"),
        Just("</script>"),
        Just("<!--"),
        Just("-->"),
        Just("<a href='"),
        Just("<h1>Title</h1>"),
        Just("<svg><p>"),
        Just("The ministers met on Tuesday in the capital. "),
        Just("TOKYO - "),
        Just("&#x202e;&amp;"),
        Just("<script type='application/ld+json'>{\"@type\":\"Article\"}</script>"),
        Just("<template><p>"),
        Just("<time datetime='2014'>"),
        Just("\u{0}\u{feff}é"),
        Just("<meta name=author content=x>"),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn spans_hold(story: &CleanStory) -> bool {
    story.paragraphs.iter().all(|paragraph| story.text.get(paragraph.span.range()).is_some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pages_never_panic(html in page()) {
        for format in [Format::Html, Format::HtmlFragment, Format::Text] {
            if let Ok(Outcome::Emit(story)) = cleaner().handle(raw(format, html.as_bytes())) {
                prop_assert!(spans_hold(&story));
            }
        }
    }

    #[test]
    fn bytes_never_panic(bytes: Vec<u8>) {
        for format in [Format::Text, Format::Html, Format::HtmlFragment, Format::ReutersSgml, Format::JsonStory] {
            if let Ok(Outcome::Emit(story)) = cleaner().handle(raw(format, &bytes)) {
                prop_assert!(spans_hold(&story));
            }
        }
    }

    #[test]
    fn text_never_panics_and_spans_lead_back(text in "([A-Za-z,.()\u{ad}é–/ -]{0,30}\n{0,3}){0,8}") {
        if let Ok(Outcome::Emit(story)) = cleaner().handle(raw(Format::Text, text.as_bytes())) {
            prop_assert!(spans_hold(&story));
            for paragraph in &story.paragraphs {
                prop_assert!(text.get(paragraph.source_span.unwrap().range()).is_some());
            }
        }
    }
}

#[test]
fn json_is_read_where_its_source_says() {
    let pointer = |text: &str| Some(text.to_owned());
    let fields = dateline_record::JsonFields {
        id: "/uuid".to_owned(),
        title: pointer("/head"),
        html: pointer("/body/html"),
        ..dateline_record::JsonFields::default()
    };
    let body = r#"{"uuid": "1", "head": "Ministers meet", "body":
        {"html": "<p>Ministers of both countries met in Geneva on Monday.</p><p>They left.</p>"}}"#;
    let story =
        RawStory { fields: Some(Box::new(fields)), ..raw(Format::JsonStory, body.as_bytes()) };
    let clean = emitted(cleaner().handle(story).unwrap());
    assert_eq!(clean.title, "Ministers meet");
    assert!(clean.text.contains("met in Geneva on Monday."), "{}", clean.text);
    assert!(!clean.text.contains("<p>"), "{}", clean.text);
    let fault = cleaner().handle(raw(Format::JsonStory, b"{\"text\": 7}")).unwrap_err();
    let dateline_runtime::Fault::Poison { what, .. } = fault else { panic!("{fault:?}") };
    assert!(what.contains("text"), "{what}");
}

#[test]
fn what_the_fetcher_saw_of_a_page_goes_before_its_remains() {
    let access = dateline_record::Access::Challenge;
    let story =
        RawStory { access, ..raw(Format::HtmlFragment, b"<p>Ministers met in Geneva.</p>") };
    assert_eq!(emitted(cleaner().handle(story).unwrap()).access, access);
}
