//! Codes a story: sentences, phrases, events, one after the other.

use std::{collections::BTreeMap, ops::Range};

use anyhow::Result;
use dateline_knowledge::Knowledge;
use dateline_language::{
    Lexicon, Parser,
    names::{Names, Scheme},
};
use dateline_record::{CleanStory, EventType, Granularity, Place};
use jiff::civil::Date;

use crate::{
    codes::Codes,
    coding::{
        acts,
        clause::Clause,
        complete::{self, Setting},
        dates::{self, Calendar, Direction},
        domain,
        found::Found,
        merge, nouns,
        opponent::Cast,
        pairs, threat, verbs,
    },
    config::{Config, Part},
    notes::Notes,
    ontology::Ontology,
    pairs::{Model, Scene, Verbs, vectors},
    story::{
        chunk::{self, Chunk},
        memory::Memory,
        party::Party,
        sentence::Sentence,
    },
};

const PARSER: &[u8] = include_bytes!("../../../models/parse/parser-en.bin");
const PAIRS: &[u8] = include_bytes!("../../../models/events/pairs.bin");

/// A dateline is at most so many days off the time of publishing.
const MAX_DATELINE_DAYS: i32 = 4;

/// What coding needs, read once.
pub(crate) struct Engine {
    pub(crate) known: Knowledge,
    pub(crate) lexicon: Lexicon,
    pub(crate) names: Names,
    pub(crate) ontology: Ontology,
    pub(crate) codes: Codes,
    pub(crate) config: Config,
    pub(crate) parser: Parser,
    pub(crate) table: Verbs,
    pub(crate) model: Option<Model>,
}

/// A story that was read.
pub(crate) struct Reading<'t> {
    pub(crate) sentences: Vec<(Sentence<'t>, Vec<Chunk>)>,
    pub(crate) events: Vec<Found>,
}

impl Engine {
    pub(crate) fn new(config: Config) -> Result<Self> {
        let model = (!config.without.contains(&Part::Model)).then(|| Model::read(PAIRS));
        Ok(Self { model: model.transpose()?, ..Self::untrained(config)? })
    }

    /// Without the model of pairs, which is to be trained.
    pub(crate) fn untrained(config: Config) -> Result<Self> {
        let ontology = Ontology::load()?;
        vectors::check()?;
        Ok(Self {
            known: Knowledge::load()?,
            lexicon: Lexicon::new(ontology.lemmas()),
            names: Names::load(Scheme::News)?,
            ontology,
            codes: Codes::load()?,
            parser: Parser::load(PARSER)?,
            table: if config.without.contains(&Part::Lexicon) {
                Verbs::default()
            } else {
                Verbs::load()?
            },
            config,
            model: None,
        })
    }

    /// The bytes of the actors that a sentence names.
    pub(crate) fn parties(&self, text: &str) -> Vec<Range<usize>> {
        let mut memory = Memory::new(None, None);
        let sentence = Sentence::new(text, 0, 0..text.len(), &self.lexicon);
        let chunks = chunk::chunks(&sentence, &self.known, &mut memory);
        let parties = chunks.iter().flat_map(|chunk| chunk.parties.iter());
        parties.map(|party| party.start..party.end).collect()
    }

    /// Reads a story; only `is_coded` ones give events.
    pub(crate) fn read<'t>(
        &self,
        story: &'t CleanStory,
        is_coded: bool,
        notes: &Notes,
    ) -> Reading<'t> {
        let day = self.story_day(story);
        let sentences = self.sentences(&story.text);
        let home = self.home(story).or_else(|| self.most_named(&sentences));
        let mut memory = Memory::new(day.map(|day| day.to_string()), home);
        if self.config.without.contains(&Part::Coreference) {
            memory = memory.blind();
        }
        let mut cast = Cast::default();
        let mut setting = Setting::new(day, self.dateline(story));
        let is_coded = is_coded && !domain::is_foreign(&story.title, &story.text);
        let mut reading = Reading { sentences: Vec::new(), events: Vec::new() };
        let is_parsed = is_coded && !self.config.without.contains(&Part::Parser);
        let scenes =
            if is_parsed { self.scenes(&sentences, memory.clone()) } else { BTreeMap::new() };
        for mut sentence in sentences {
            if let Some(scene) = scenes.get(&sentence.index) {
                sentence.learn_verbs(scene);
            }
            let chunks = chunk::chunks(&sentence, &self.known, &mut memory);
            cast.learn(sentence.index, &chunks);
            let is_read =
                sentence.tokens.len() <= self.config.max_sentence_tokens && !is_question(&sentence);
            if is_coded && is_read {
                let home = memory.home();
                let clause =
                    Clause { sentence: &sentence, chunks: &chunks, home, cast: &cast, notes };
                clause.note(|| actors(&chunks));
                let known = scenes.get(&sentence.index);
                let is_late = known.is_none() && is_parsed && has_actors(&chunks);
                let late = is_late.then(|| self.scene(&sentence));
                let scene = known.or(late.as_ref());
                setting.open(&sentence);
                let found = self.code(&clause, scene, &mut setting);
                setting.close(&sentence);
                for event in found.iter().filter(|event| event.is_reciprocal) {
                    remember_pair(&mut memory, event);
                }
                reading.events.extend(found);
            }
            reading.sentences.push((sentence, chunks));
        }
        reading.events = merge::merge(reading.events, notes);
        reading.events.retain(|event| self.is_sure(event, notes));
        reading
    }

    fn is_sure(&self, event: &Found, notes: &Notes) -> bool {
        let is_sure = event.confidence >= self.config.min_confidence;
        if !is_sure {
            notes.add(event.sentence, || {
                format!("dropped {}: confidence {:.2}", event.rule, event.confidence)
            });
        }
        is_sure
    }

    /// The sentences of a text with the names that the tagger finds in the whole of it.
    fn sentences<'t>(&self, text: &'t str) -> Vec<Sentence<'t>> {
        let ranges = dateline_language::sentences(text);
        let ranges = ranges.into_iter().take(self.config.max_sentences).enumerate();
        let mut sentences: Vec<Sentence> =
            ranges.map(|(index, range)| Sentence::new(text, index, range, &self.lexicon)).collect();
        let tokens: Vec<Vec<&str>> = sentences
            .iter()
            .map(|sentence| sentence.tokens.iter().map(|token| token.text(text)).collect())
            .collect();
        for mention in self.names.tag(&tokens) {
            sentences[mention.sentence].tags.push(mention);
        }
        sentences
    }

    /// The day of the dateline where it names one near the time of publishing, else that time's day.
    fn story_day(&self, story: &CleanStory) -> Option<Date> {
        let published = story.published_at?.date();
        let text = story.dateline.as_ref().and_then(|dateline| dateline.date.as_deref());
        let named = text.and_then(|text| {
            let date = self.dateline_day(text, published)?;
            let gap = published.since(date).ok()?.get_days().abs();
            (gap <= MAX_DATELINE_DAYS).then_some(date)
        });
        Some(named.unwrap_or(published))
    }

    /// A dateline's day in the year that puts it next to the time of publishing.
    fn dateline_day(&self, text: &str, published: Date) -> Option<Date> {
        let sentence = Sentence::new(text, 0, 0..text.len(), &self.lexicon);
        let calendar = Calendar { day: Some(published), last: None, direction: Direction::Past };
        let found = dates::near(&sentence, (0, 0), calendar, None)?;
        found.from.parse().ok().filter(|_| found.granularity == Granularity::Day)
    }

    /// The country of the dateline.
    pub(crate) fn home(&self, story: &CleanStory) -> Option<String> {
        let dateline = story.dateline.as_ref()?;
        let parts = dateline.place.split(['/', ',']).rev();
        parts.map(|part| spelled(part.trim())).find_map(|part| {
            let country = self.known.country(&part).map(|(country, _)| country.iso3.to_owned());
            country.or_else(|| self.known.place(&part, None)?.country)
        })
    }

    /// The country that a story names most, and of several the first: where one without a dateline plays.
    fn most_named(&self, sentences: &[Sentence]) -> Option<String> {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for sentence in sentences {
            let capitals = (0..sentence.tokens.len()).filter(|at| sentence.is_capital(*at));
            let named = capitals.filter_map(|at| {
                let mut ends = (at + 1..=(at + 3).min(sentence.tokens.len())).rev();
                ends.find_map(|end| self.known.country(sentence.phrase(at, end)))
            });
            for (country, _) in named {
                match counts.iter_mut().find(|(code, _)| *code == country.iso3) {
                    Some((_, times)) => *times += 1,
                    None => counts.push((country.iso3, 1)),
                }
            }
        }
        let most = counts.iter().map(|(_, times)| *times).max()?;
        let first = counts.iter().find(|(_, times)| *times == most);
        first.map(|(code, _)| (*code).to_owned())
    }

    /// Whether a sentence speaks of people without a name; that they act, only the parse may tell:
    /// "demonstrators rioted".
    fn has_people(&self, sentence: &Sentence) -> bool {
        sentence.words.iter().any(|word| {
            let singular = word.strip_suffix('s').unwrap_or(word);
            self.ontology.people(word).or_else(|| self.ontology.people(singular)).is_some()
        })
    }

    /// The place of the dateline.
    fn dateline(&self, story: &CleanStory) -> Option<Place> {
        let name = &story.dateline.as_ref()?.place;
        let town = spelled(name.split(['/', ',']).next()?.trim());
        let country = self.home(story);
        let known = self.known.place(&town, country.as_deref());
        Some(known.unwrap_or(Place {
            name: town,
            country,
            geonames_id: None,
            latitude: None,
            longitude: None,
        }))
    }

    /// The parses of the sentences that tell of actors, by the sentences' numbers: it takes most of the
    /// time, and where nobody is named nothing is coded.
    fn scenes(&self, sentences: &[Sentence], mut memory: Memory) -> BTreeMap<usize, Scene> {
        let parsed: Vec<&Sentence> = sentences
            .iter()
            .filter(|sentence| sentence.tokens.len() <= self.config.max_sentence_tokens)
            .filter(|sentence| {
                let chunks = chunk::chunks(sentence, &self.known, &mut memory);
                has_actors(&chunks) || self.has_people(sentence)
            })
            .collect();
        let ranges: Vec<Range<usize>> =
            parsed.iter().map(|sentence| sentence.range.clone()).collect();
        let text = sentences.first().map_or("", |sentence| sentence.text);
        let scenes = Scene::all(text, &ranges, &self.parser, &self.table);
        parsed.iter().map(|sentence| sentence.index).zip(scenes).collect()
    }

    /// The parse of a sentence whose actors came to light by what was coded before it: "the two leaders".
    fn scene(&self, sentence: &Sentence) -> Scene {
        Scene::new(sentence.text, sentence.range.clone(), &self.parser, &self.table)
    }

    fn code(&self, clause: &Clause, scene: Option<&Scene>, setting: &mut Setting) -> Vec<Found> {
        let mut found = verbs::find(self, clause);
        found.extend(nouns::find(self, clause));
        if let Some(scene) = scene {
            acts::find(self, clause, scene, &mut found);
            let more = pairs::find(self, clause, scene, &found);
            found.extend(more);
            for event in &mut found {
                threat::settle(scene, clause.sentence, event);
            }
        }
        found.retain(|event| !is_told_to_the_press(event));
        found.sort_by_key(|event| event.trigger);
        for event in &mut found {
            complete::complete(self, clause, scene, setting, event);
        }
        found
    }
}

fn has_actors(chunks: &[Chunk]) -> bool {
    chunks.iter().any(|chunk| !chunk.parties.is_empty() || chunk.owner.is_some())
}

/// A question tells nothing.
fn is_question(sentence: &Sentence) -> bool {
    let mut last = sentence.words.iter().rev().take(2);
    last.any(|word| word == "?")
}

/// Who speaks to reporters meets nobody, and asks and promises them nothing.
fn is_told_to_the_press(event: &Found) -> bool {
    let is_talk = matches!(
        event.kind,
        EventType::Consult
            | EventType::Agree
            | EventType::Cooperate
            | EventType::Request
            | EventType::Support
    );
    let is_press = |party: &Party| party.sector.as_deref() == Some("MED");
    is_talk && event.sources.iter().chain(&event.targets).any(is_press)
}

/// The actors of a sentence, for the notes.
fn actors(chunks: &[Chunk]) -> String {
    let parties = chunks.iter().flat_map(|chunk| chunk.parties.iter().chain(&chunk.owner));
    let keys: Vec<String> = parties
        .map(|party| format!("{}{}", party.key(), if party.is_guess { "?" } else { "" }))
        .collect();
    format!("actors: {}", if keys.is_empty() { "none".to_owned() } else { keys.join(", ") })
}

fn remember_pair(memory: &mut Memory, event: &Found) {
    let sides: Vec<_> = event.sources.iter().chain(&event.targets).cloned().collect();
    memory.set_pair(&sides, event.sentence);
}

/// `TBILISI` as the files spell it.
fn spelled(place: &str) -> String {
    if place.chars().any(char::is_lowercase) {
        return place.to_owned();
    }
    let mut is_start = true;
    let cased = place.chars().flat_map(|c| {
        let cased: Vec<char> = if is_start { vec![c] } else { c.to_lowercase().collect() };
        is_start = !c.is_alphabetic() && c != '\'';
        cased
    });
    cased.collect()
}
