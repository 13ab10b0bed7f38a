//! What a whole story says about where it plays: the countries and places that it names.

use std::collections::BTreeMap;

use dateline_knowledge::{Knowledge, Sense, Surroundings};
use dateline_record::{CleanStory, Place};

use crate::{
    engine::{Engine, Reading},
    story::{
        names::{Name, What},
        sentence::Sentence,
    },
};

/// How many mentions the country of the dateline counts as.
const DATELINE_WEIGHT: f64 = 2.0;

/// The countries and places of a story.
pub(crate) struct Scene<'s> {
    pub(crate) known: &'s Knowledge,
    countries: Vec<(String, f64)>,
    names: Vec<&'s str>,
}

impl<'s> Scene<'s> {
    pub(crate) fn new(reading: &'s Reading<'s>, story: &CleanStory, engine: &'s Engine) -> Self {
        let mut counts: BTreeMap<String, f64> = BTreeMap::new();
        let mut names = Vec::new();
        for (sentence, chunks) in &reading.sentences {
            for name in chunks.iter().flat_map(|chunk| &chunk.names) {
                match &name.what {
                    What::Country { iso3, .. } => {
                        *counts.entry((*iso3).to_owned()).or_default() += 1.0;
                    }
                    What::Known(known, _) => {
                        *counts.entry(known.actor.code.clone()).or_default() += 0.5;
                    }
                    What::Place => names.push(sentence.phrase(name.first, name.last)),
                    What::Role(_) | What::Unknown => {}
                }
            }
        }
        if let Some(home) = engine.home(story) {
            *counts.entry(home).or_default() += DATELINE_WEIGHT;
        }
        let all: f64 = counts.values().sum();
        let countries = counts.into_iter().map(|(code, count)| (code, count / all)).collect();
        Self { known: &engine.known, countries, names }
    }

    /// The place that tokens `first..last` name.
    pub(crate) fn place(&self, sentence: &Sentence, first: usize, last: usize) -> Option<Place> {
        let phrase = sentence.phrase(first, last);
        let qualifier = self.qualifier(sentence, last);
        let around = Surroundings {
            qualifier,
            countries: self.countries.clone(),
            names: self.names.clone(),
        };
        self.known.resolve(phrase, &around)
    }

    /// The town that bears the name of a country's seat and lies elsewhere by what stands behind it:
    /// "London, Ontario".
    pub(crate) fn namesake(&self, sentence: &Sentence, name: &Name, iso3: &str) -> Option<Place> {
        let phrase = sentence.phrase(name.first, name.last);
        let qualifier = self.qualifier(sentence, name.last)?;
        let around = Surroundings { qualifier: Some(qualifier), ..Surroundings::default() };
        let place = self.known.resolve(phrase, &around)?;
        let usual = self.known.resolve(phrase, &Surroundings::default())?;
        let is_elsewhere = place.country.as_deref() != Some(iso3) && place != usual;
        is_elsewhere.then_some(place)
    }

    /// "Ontario" of "London, Ontario"; a country as its code.
    fn qualifier(&self, sentence: &'_ Sentence<'s>, last: usize) -> Option<&'s str> {
        let is_comma = sentence.word(last) == ",";
        let is_in = sentence.word(last) == "in";
        if !is_comma && !is_in || !sentence.is_capital(last + 1) {
            return None;
        }
        let phrase = |length: usize| sentence.phrase(last + 1, last + 1 + length);
        let mut lengths = (1..=3).rev().filter(|length| last + length < sentence.tokens.len());
        // A town does not lie in another one: in "Moscow, Washington" two governments stand.
        let is_seat = |sense: Sense| matches!(sense, Sense::Seat | Sense::House);
        let country = lengths.clone().find_map(|length| self.known.country(phrase(length)));
        let country = country.filter(|(_, sense)| !is_seat(*sense));
        if let Some((country, _)) = country {
            return Some(country.iso3);
        }
        lengths
            .find(|length| self.known.population_thousands(phrase(*length)).is_some())
            .map(phrase)
    }
}
