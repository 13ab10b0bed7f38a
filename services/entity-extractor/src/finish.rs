//! What was found, as the record says it.

use std::{collections::BTreeMap, ops::Range};

use dateline_record::{
    ActorRef, Basis, CleanStory, DateInterval, Event, EventId, EventStatus, FieldConfidence,
    PlaceBasis, Provenance, Span, StoryEvents, StorySummary, Telling, event_key,
};

use crate::{
    coding::found::{Found, Told},
    engine::{Engine, Reading},
    mentions,
    scene::Scene,
    story::{party::Party, sentence::Sentence},
};

/// A side of more actors than this is a list, and the rest of it is left out.
const MAX_SIDE: usize = 3;

/// The story without what its text says: what a kill is left with.
pub(crate) fn summary(story: &CleanStory, text: String) -> StorySummary {
    StorySummary {
        story_id: story.story_id.clone(),
        revision: story.revision,
        status: story.status,
        signal: story.signal,
        source_id: story.source_id.clone(),
        provider: story.provider.clone(),
        url: story.url.clone(),
        title: story.title.clone(),
        dateline: story.dateline.clone(),
        published_at: story.published_at,
        fetched_at: story.fetched_at,
        language: story.language.clone(),
        word_count: story.word_count,
        text,
    }
}

/// The record of a story that was read.
pub(crate) fn record(
    engine: &Engine,
    story: &CleanStory,
    reading: &Reading,
    provenance: Provenance,
) -> StoryEvents {
    let scene = Scene::new(reading, story, engine);
    let mentions = reading
        .sentences
        .iter()
        .flat_map(|(sentence, chunks)| mentions::of(sentence, chunks, &scene));
    let quotes = dateline_language::quotes(&story.text);
    let whole = Whole { engine, story, reading, quotes };
    let mut events: Vec<Event> =
        reading.events.iter().flat_map(|found| events(&whole, found)).collect();
    number(&mut events);
    StoryEvents {
        story: summary(story, story.text.clone()),
        mentions: mentions.collect(),
        events,
        not_coded: None,
        provenance,
    }
}

/// Gives ids: events alike in all that their ids are made of are told apart by their number.
fn number(events: &mut [Event]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        let first = event.event_id.as_str().to_owned();
        let times = seen.entry(first).or_default();
        *times += 1;
        if *times > 1 {
            event.event_id = event.event_id.again(*times);
        }
    }
}

/// The days that the text gives and the place: what tells two events between the same two apart.
fn occasion(found: &Found) -> String {
    let date = found.date.as_ref().filter(|date| date.basis == Basis::Expression);
    let days = date.map(DateInterval::days).unwrap_or_default();
    // A place that stands elsewhere in the story may move when that changes.
    let is_own = found.more.place_basis == Some(PlaceBasis::Clause);
    let place = found.place.as_ref().filter(|_| is_own).map_or("", |place| place.name.as_str());
    format!("{days} {place}")
}

/// What the events of a story are written down from.
struct Whole<'a> {
    engine: &'a Engine,
    story: &'a CleanStory,
    reading: &'a Reading<'a>,
    /// The quotations of the text.
    quotes: Vec<Range<usize>>,
}

/// One event for each pair of a source and a target.
fn events(whole: &Whole, found: &Found) -> Vec<Event> {
    let Some((sentence, _)) = whole.reading.sentences.get(found.sentence) else {
        return Vec::new();
    };
    let targets: Vec<Option<&Party>> = if found.targets.is_empty() {
        vec![None]
    } else {
        found.targets.iter().take(MAX_SIDE).map(Some).collect()
    };
    let sources = found.sources.iter().take(MAX_SIDE);
    let mut events: Vec<Event> = sources
        .flat_map(|source| {
            targets.iter().map(move |target| event(whole, sentence, found, (source, *target)))
        })
        .collect();
    let act = events.first().map(|event| event.event_id.clone());
    for event in &mut events {
        event.act_id.clone_from(&act);
    }
    events
}

fn event(
    whole: &Whole,
    sentence: &Sentence,
    found: &Found,
    sides: (&Party, Option<&Party>),
) -> Event {
    let (story, codes) = (whole.story, &whole.engine.codes);
    let (source, target) = sides;
    let (source_key, target_key) = (source.key(), target.map(Party::key).unwrap_or_default());
    // Either order of a mutual act is the same act.
    let (one, other) = if found.is_reciprocal && target_key < source_key {
        (&target_key, &source_key)
    } else {
        (&source_key, &target_key)
    };
    let trigger = trigger(sentence, found.trigger);
    let mode = found.mode.as_deref();
    let cameo = codes.cameo(found.kind, mode, found.more.cameo.as_deref());
    let words: Vec<&str> = sentence.words.iter().map(String::as_str).collect();
    let contexts = codes.contexts(&words, cameo.as_deref());
    let days = found.date.as_ref().map_or_else(String::new, DateInterval::days);
    Event {
        event_id: EventId::derive(&story.story_id, found.kind, (one, other), &occasion(found)),
        kind: found.kind,
        mode: found.mode.clone(),
        source: whole.side(source),
        target: target.map(|target| whole.side(target)),
        reciprocal: found.is_reciprocal,
        status: found.status,
        date: found.date.clone(),
        place: found.place.clone(),
        attribution: found.attribution.clone(),
        sentence: number_of(found.sentence),
        sentence_span: Span::new(sentence.range.start, sentence.range.end),
        trigger: story.text.get(trigger.range()).unwrap_or_default().to_owned(),
        trigger_span: trigger,
        rule: found.rule.clone(),
        confidence: found.confidence,
        act_id: None,
        event_key: event_key(found.kind, (one, other), &days, is_so(found.status)),
        quad: Some(found.kind.quad()),
        intensity: codes.score(found.kind, mode),
        contexts,
        cameo,
        magnitudes: found.more.magnitudes,
        place_basis: found.more.place_basis,
        quoted: whole.is_quoted(trigger),
        field_confidence: certainty(found, sides),
        also: found.more.also.iter().filter_map(|told| whole.telling(told)).collect(),
        trace: trace(found),
        ontology: whole.engine.ontology.label().to_owned(),
    }
}

impl Whole<'_> {
    /// A side; one that no words name is called by its country, or unknown.
    fn side(&self, party: &Party) -> ActorRef {
        let side = party.to_ref(&self.story.text);
        if side.name.is_some() || !side.text.is_empty() {
            return side;
        }
        let country = || self.engine.known.country_by_code(&party.code);
        let name = match party.sector.as_deref() {
            Some("UNK") => Some("unknown"),
            _ => country().map(|country| country.name),
        };
        ActorRef { name: name.map(str::to_owned), ..side }
    }

    fn is_quoted(&self, span: Span) -> bool {
        let span = span.range();
        self.quotes.iter().any(|quote| quote.start <= span.start && span.end <= quote.end)
    }

    fn telling(&self, told: &Told) -> Option<Telling> {
        let (sentence, _) = self.reading.sentences.get(told.sentence)?;
        let trigger = trigger(sentence, told.trigger);
        Some(Telling {
            sentence: number_of(told.sentence),
            sentence_span: Span::new(sentence.range.start, sentence.range.end),
            trigger: self.story.text.get(trigger.range()).unwrap_or_default().to_owned(),
            trigger_span: trigger,
            rule: told.rule.clone(),
        })
    }
}

fn number_of(sentence: usize) -> u32 {
    u32::try_from(sentence).unwrap_or(u32::MAX)
}

/// What happened or goes on, against what is only planned, said or denied.
fn is_so(status: EventStatus) -> bool {
    matches!(status, EventStatus::Actual | EventStatus::Ongoing | EventStatus::Historical)
}

/// How sure the fields are, by the kind of evidence: set by judgement, not calibrated.
fn certainty(found: &Found, (source, target): (&Party, Option<&Party>)) -> FieldConfidence {
    let party = |party: &Party| if party.is_guess { 0.6 } else { 0.85 };
    FieldConfidence {
        kind: found.confidence,
        source: party(source),
        target: target.map(party),
        status: if found.status == EventStatus::Actual { 0.9 } else { 0.75 },
        date: found.date.as_ref().map(|date| match date.basis {
            Basis::Expression => 0.9,
            Basis::Published => 0.75,
        }),
        place: found.place.as_ref().map(|_| match found.more.place_basis {
            Some(PlaceBasis::Clause) => 0.8,
            Some(PlaceBasis::Story) => 0.7,
            _ => 0.6,
        }),
    }
}

/// The steps that led to an event.
fn trace(found: &Found) -> Vec<String> {
    let mut steps = vec![format!("type: {}", found.rule)];
    steps.extend(found.more.trace.iter().cloned());
    steps.push(format!("status: {}", found.status.as_str()));
    steps.extend(found.date.as_ref().map(|date| match &date.text {
        Some(text) => format!("date: {text:?}"),
        None => "date: published".to_owned(),
    }));
    steps.extend(found.more.place_basis.map(|basis| format!("place: {}", basis.as_str())));
    let guessed = found.sources.iter().chain(&found.targets).filter(|party| party.is_guess);
    steps.extend(guessed.map(|party| format!("inferred: {}", party.key())));
    steps
}

fn trigger(sentence: &Sentence, (first, last): (usize, usize)) -> Span {
    let start = sentence.tokens.get(first).map_or(sentence.range.start, |token| token.start);
    let end = last
        .checked_sub(1)
        .and_then(|last| sentence.tokens.get(last))
        .map_or(start, |token| token.end);
    Span::new(start, end)
}
