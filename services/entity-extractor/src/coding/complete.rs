//! When and where an event was, who says so, and how many people it concerned.

use dateline_language::{Relation, Tense};
use dateline_record::{
    Basis, DateInterval, EventStatus, EventType, Granularity, Place, PlaceBasis,
};
use jiff::civil::Date;

use super::{
    attach,
    clause::Clause,
    dates::{self, Calendar, Direction},
    found::Found,
    magnitudes,
    place::{self, Whereabouts},
};
use crate::{engine::Engine, pairs::Scene, story::sentence::Sentence};

/// So many first sentences may tell the day of the news.
const LEAD_SENTENCES: usize = 2;

/// Words that put an act into an open past.
const LONG_AGO: &[&str] =
    &["in the past", "in recent years", "over the years", "in previous years"];

/// When and where a story is, as it is read.
pub(crate) struct Setting {
    day: Option<Date>,
    /// The day of the news: the first that the lead names, else the story's.
    news: Option<Date>,
    /// The day that was named last, before this sentence or in it.
    last: Option<Date>,
    dateline: Option<Place>,
    whereabouts: Whereabouts,
}

impl Setting {
    pub(crate) fn new(day: Option<Date>, dateline: Option<Place>) -> Self {
        Self { day, news: None, last: None, dateline, whereabouts: Whereabouts::default() }
    }

    fn calendar(&self, direction: Direction) -> Calendar {
        Calendar { day: self.day, last: self.last, direction }
    }

    /// Looks for the day of the news before a sentence of the lead is coded, and for one that "the next
    /// day" in it may follow.
    pub(crate) fn open(&mut self, sentence: &Sentence) {
        let calendar = Calendar { last: None, ..self.calendar(Direction::Past) };
        self.last = dates::last_day(sentence, calendar).or(self.last);
        if self.news.is_none() && sentence.index < LEAD_SENTENCES {
            self.news = dates::first_day(sentence, self.calendar(Direction::Past));
        }
    }

    /// Remembers the day that a sentence named.
    pub(crate) fn close(&mut self, sentence: &Sentence) {
        let named = dates::last_day(sentence, self.calendar(Direction::Past));
        self.last = named.or(self.last);
    }
}

/// Fills in what the sentence and the story say besides who did what.
pub(crate) fn complete(
    engine: &Engine,
    clause: &Clause,
    scene: Option<&Scene>,
    setting: &mut Setting,
    event: &mut Found,
) {
    let sentence = clause.sentence;
    let is_ahead = matches!(
        event.status,
        EventStatus::Planned | EventStatus::Cancelled | EventStatus::Hypothetical
    );
    let direction = if is_ahead { Direction::Future } else { Direction::Past };
    // "on Wednesday called off a trip": the day is that of the calling off, not of the trip.
    let from = if event.status == EventStatus::Cancelled { event.trigger.0 } else { 0 };
    let date = dates::near(sentence, (from, event.trigger.0), setting.calendar(direction), scene);
    event.date =
        date.filter(|date| event.status != EventStatus::Actual || has_come(date, setting.day));
    if event.date.is_none() && is_long_ago(sentence) && event.status == EventStatus::Actual {
        event.status = EventStatus::Historical;
    }
    if event.date.is_none() && is_news(clause, scene, event) {
        let day = setting.news.or(setting.day);
        event.date =
            day.map(|day| dates::interval(day, day, Granularity::Day, Basis::Published, None));
    }
    if event.kind == EventType::Consult && is_by_phone(sentence) {
        event.mode = Some("phone".to_owned());
    }
    if event.mode.is_none() {
        event.mode = engine.codes.mode(event.kind, event.more.cameo.as_deref());
    }
    event.place = place::find(clause, event, &engine.known, scene);
    event.more.place_basis = event.place.as_ref().map(|_| PlaceBasis::Clause);
    age(event, setting.day);
    setting.whereabouts.settle(event, &engine.known, setting.dateline.as_ref());
    event.attribution = attribution(engine, clause, event.trigger.0);
    event.more.magnitudes = magnitudes::of(sentence, event.kind);
}

/// "rallied to demand elections in 2017": what was done is not of a day to come. A story may bear the
/// date of a day that is a little behind.
fn has_come(date: &DateInterval, day: Option<Date>) -> bool {
    let last = day.and_then(|day| day.checked_add(jiff::ToSpan::day(1)).ok());
    last.is_none_or(|last| date.from <= last.to_string())
}

fn is_long_ago(sentence: &Sentence) -> bool {
    let text = sentence.phrase(0, sentence.tokens.len());
    LONG_AGO.iter().any(|words| text.contains(words))
}

/// What is told without a day is of the day of the news, but for what had been done before.
fn is_news(clause: &Clause, scene: Option<&Scene>, event: &Found) -> bool {
    let groups = &clause.sentence.groups;
    let verb = groups.iter().find(|group| group.main == event.trigger.0);
    let is_before = verb.is_some_and(|verb| verb.tense == Tense::PastPerfect);
    let is_told = matches!(
        event.status,
        EventStatus::Actual
            | EventStatus::Ongoing
            | EventStatus::Attempted
            | EventStatus::Denied
            | EventStatus::Negated
    );
    is_told && (!is_before || is_reported(clause, scene, event.trigger.0))
}

/// "told reporters that they had agreed": what had been done before it was told is still the news.
fn is_reported(clause: &Clause, scene: Option<&Scene>, trigger: usize) -> bool {
    let byte = clause.sentence.tokens.get(trigger).map_or(0, |token| token.start);
    let told = scene.and_then(|scene| Some((scene, attach::word_at(scene, byte)?)));
    told.is_some_and(|(scene, word)| {
        matches!(scene.parse.relation(word).base(), Relation::Ccomp | Relation::Parataxis)
    })
}

/// Who says so: the subject of a verb of saying that is not the trigger.
fn attribution(engine: &Engine, clause: &Clause, trigger: usize) -> Option<String> {
    let groups = &clause.sentence.groups;
    let is_said = |index: &usize| {
        let group = &groups[*index];
        let lemma = group.verb.map_or("", |verb| engine.lexicon.lemma(verb));
        group.main != trigger
            && matches!(lemma, "say" | "tell" | "announce" | "report")
            && group.is_finite()
    };
    let said = (0..groups.len()).find(is_said)?;
    let first = groups[said].first;
    let before = clause
        .chunks
        .iter()
        .rev()
        .filter(|chunk| chunk.last <= first && !chunk.is_time && chunk.preposition.is_none());
    let before =
        before.take(2).find(|chunk| first - chunk.last < 8 && chunk.last - chunk.first < 9)?;
    let words = clause.sentence.phrase(before.first, before.last);
    (!words.is_empty()).then(|| words.to_owned())
}

/// "a phone conversation", "spoke by telephone".
fn is_by_phone(sentence: &Sentence) -> bool {
    sentence
        .words
        .iter()
        .any(|word| matches!(word.as_str(), "phone" | "telephone" | "phoned" | "telephoned"))
}

/// What ended more than a year ago is history.
fn age(event: &mut Found, day: Option<Date>) {
    let Some(day) = day.and_then(|day| day.checked_sub(jiff::ToSpan::year(1)).ok()) else {
        return;
    };
    let is_old = event.date.as_ref().is_some_and(|date| date.to < day.to_string());
    if is_old && event.status == EventStatus::Actual {
        event.status = EventStatus::Historical;
    }
}
