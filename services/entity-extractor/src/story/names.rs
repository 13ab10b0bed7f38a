//! Names within a noun phrase: countries, actors, roles and places, by the longest match.

use dateline_knowledge::{Kind as ActorKind, Knowledge, Known, Sense};
use dateline_language::names::Kind;

use super::sentence::{Class, Sentence};

/// The longest name, in tokens.
const MAX_TOKENS: usize = 7;
/// A town smaller than this is a place only where the words around it say so.
const SMALL_TOWN_THOUSANDS: u32 = 100;

/// The tagger is sure of a name whose other readings fall this far behind.
const SURE_MARGIN: f32 = 20.0;

/// What a stretch of tokens names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Country {
        iso3: &'static str,
        sense: Sense,
    },
    Known(Known, Spelling),
    /// A role, with its sector: `soldiers`.
    Role(&'static str),
    /// A town or region, which no actor is named after.
    Place,
    /// Words with capitals that the files do not know.
    Unknown,
}

/// Words that end the names of firms and papers.
const FIRMS: &[&str] = &[
    "corp",
    "corp.",
    "inc",
    "inc.",
    "co",
    "co.",
    "ltd",
    "ltd.",
    "plc",
    "corporation",
    "company",
    "motors",
    "airlines",
    "airways",
    "air",
    "financial",
    "holdings",
    "group",
    "industries",
    "steel",
    "insurance",
    "times",
    "post",
    "herald",
    "telecom",
    "brands",
    "express",
    "savings",
    "can",
    "stores",
    "petroleum",
];

/// Whether a name was written as the files have it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spelling {
    Right,
    OneEdit,
}

/// A name and its tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) what: What,
}

/// Finds the names in tokens `first..last` of a sentence.
pub(crate) fn find(
    sentence: &Sentence,
    first: usize,
    last: usize,
    known: &Knowledge,
    day: Option<&str>,
) -> Vec<Name> {
    let finder = Finder { sentence, known, day };
    let mut names = Vec::new();
    let mut at = first;
    while at < last {
        match finder.longest(at, last) {
            Some(name) => {
                at = name.last;
                names.push(name);
            }
            None => at += 1,
        }
    }
    names
}

/// Nouns for people whose sector the word before tells.
const HEADS: &[&str] = &[
    "leader",
    "leaders",
    "chief",
    "chiefs",
    "head",
    "heads",
    "spokesman",
    "spokeswoman",
    "spokesperson",
    "member",
    "members",
    "official",
    "officials",
    "representative",
    "representatives",
    "group",
    "groups",
    "commander",
    "commanders",
    "boss",
    "delegate",
    "delegates",
    "negotiator",
    "negotiators",
];

/// The sector that a word gives the people behind it: "student leader", "union officials".
fn led(word: &str) -> Option<&'static str> {
    match word {
        "student" | "community" | "tribal" | "civic" | "protest" | "youth" | "village" => {
            Some("CVL")
        }
        "union" | "labour" | "labor" | "strike" => Some("LAB"),
        "opposition" => Some("OPP"),
        "rebel" | "guerrilla" | "militant" | "militia" | "insurgent" => Some("REB"),
        "business" | "industry" | "company" | "corporate" | "bank" => Some("BUS"),
        "party" => Some("PTY"),
        "church" | "religious" => Some("REL"),
        "gang" | "cartel" => Some("CRM"),
        "police" => Some("COP"),
        "army" | "military" | "navy" => Some("MIL"),
        _ => None,
    }
}

struct Finder<'a> {
    sentence: &'a Sentence<'a>,
    known: &'a Knowledge,
    day: Option<&'a str>,
}

impl Finder<'_> {
    fn longest(&self, at: usize, last: usize) -> Option<Name> {
        let ends = (at + 1..=last.min(at + MAX_TOKENS)).rev();
        let is_capital = self.sentence.is_capital(at) || self.is_article(at);
        let named = ends.clone().filter(|_| is_capital).find_map(|end| self.name(at, end));
        let what = named.or_else(|| ends.clone().find_map(|end| self.role(at, end)));
        let (what, end) = what.or_else(|| self.unknown(at, last))?;
        Some(Name { first: at, last: end, what })
    }

    /// "al-Qaeda", "al Qaeda": a name that begins with a small letter.
    fn is_article(&self, at: usize) -> bool {
        let written = self.sentence.written(at);
        written.starts_with("al-") || written == "al" && self.sentence.is_capital(at + 1)
    }

    fn name(&self, at: usize, end: usize) -> Option<(What, usize)> {
        let phrase = self.sentence.phrase(at, end);
        if self.sentence.word(end - 1) == "'s" {
            return None;
        }
        if let Some(country) = phrase.strip_suffix("-led").and_then(|led| self.known.country(led)) {
            // "US-led forces": its forces are those of the country before all.
            return Some((What::Country { iso3: country.0.iso3, sense: Sense::People }, end));
        }
        // Georgia and Jordan are also people's names.
        if let Some((country, sense)) = self.known.country(phrase)
            && !self.is_person(at, end)
            && !self.is_firm(at, end)
        {
            let iso3 = country.iso3;
            return Some((What::Country { iso3, sense }, end));
        }
        let is_acronym = !phrase.chars().any(char::is_lowercase);
        let actor = self
            .known
            .actor(phrase, self.day)
            .filter(|known| phrase.len() > 3 || known.kind != ActorKind::Group || is_acronym);
        // Short acronyms are written in capitals: "Who" and "Au" are words.
        if let Some(actor) = actor.filter(|_| phrase.len() > 4 || is_acronym || end - at > 1) {
            return Some((What::Known(actor, Spelling::Right), end));
        }
        if (2..=3).contains(&(end - at))
            && self.sentence.is_capital(end - 1)
            && let Some(actor) = self.known.misspelt_person(phrase, self.day)
        {
            return Some((What::Known(actor, Spelling::OneEdit), end));
        }
        self.place(at, end, phrase)
    }

    /// The tagger reads a longer person's name here, or surely this one.
    fn is_person(&self, at: usize, end: usize) -> bool {
        let tag = self.sentence.tag(at, end).filter(|tag| tag.kind == Kind::Person);
        tag.is_some_and(|tag| tag.last - tag.first > end - at || tag.margin > SURE_MARGIN)
    }

    /// "American Motors Corp", "Gibraltar Financial": a country is only part of a firm's name.
    fn is_firm(&self, at: usize, end: usize) -> bool {
        let longer = |last: &usize| {
            self.sentence.is_capital(*last) && self.sentence.class(*last) == Class::Word
        };
        let mut behind = (end..end + 4).take_while(longer);
        self.sentence.is_capital(at) && behind.any(|last| FIRMS.contains(&self.sentence.word(last)))
    }

    fn place(&self, at: usize, end: usize, phrase: &str) -> Option<(What, usize)> {
        if is_calendar(self.sentence.word(at)) {
            // March and May are towns, too.
            return None;
        }
        let thousands = self.known.population_thousands(phrase)?;
        let tag = self.sentence.tagged(at, end);
        match tag.map(|tag| (tag.kind, (tag.first, tag.last) == (at, end))) {
            Some((Kind::Location, true)) => return Some((What::Place, end)),
            Some((Kind::Person | Kind::Organization | Kind::Miscellaneous, _)) => return None,
            _ => {}
        }
        let is_curated = thousands == 0;
        let before = at.checked_sub(1).map_or("", |before| self.sentence.word(before));
        let is_placed = matches!(
            before,
            "in" | "near" | "at" | "from" | "to" | "of" | "outside" | "into" | "around"
        );
        // "Abe" and "Nice" are towns, too: a longer run of capitals is rather a person's name.
        let runs_on = self.sentence.is_capital(end)
            && self
                .sentence
                .tokens
                .get(end)
                .is_some_and(|token| token.kind == dateline_language::TokenKind::Word);
        let is_large = thousands >= SMALL_TOWN_THOUSANDS && at > 0 && phrase.len() > 4;
        let fits = is_curated || is_placed || is_large;
        (fits && !runs_on && phrase.len() > 2).then_some((What::Place, end))
    }

    fn role(&self, at: usize, end: usize) -> Option<(What, usize)> {
        if end - at > 3 {
            return None;
        }
        let words = self.sentence.words.get(at..end)?.join(" ");
        let sector = self.known.agent(&words)?;
        let before = at.checked_sub(1).map_or("", |before| self.sentence.word(before));
        // "union officials" are of a union, "European Union officials" are not.
        let is_led = at.checked_sub(1).is_some_and(|before| !self.sentence.is_capital(before));
        let is_head = is_led && end == at + 1 && HEADS.contains(&words.as_str());
        Some((What::Role(led(before).filter(|_| is_head).unwrap_or(sector)), end))
    }

    /// A run of capitals; the first word of a sentence only with another behind it.
    fn unknown(&self, at: usize, last: usize) -> Option<(What, usize)> {
        let is_part = |index: usize| {
            self.sentence.is_capital(index)
                && !is_calendar(self.sentence.word(index))
                && !self.is_role(index)
                && !self.is_people(index)
        };
        let is_particle = |index: usize| {
            matches!(
                self.sentence.word(index),
                "al" | "bin" | "van" | "von" | "der" | "de" | "la" | "el"
            )
        };
        let mut end = at;
        while end < last
            && (is_part(end) || end > at && is_particle(end) && end + 1 < last && is_part(end + 1))
        {
            end += 1;
        }
        // "Neighboring Peru": a sentence begins with a word like any other.
        let is_known = |at: usize| self.known.country(self.sentence.written(at)).is_some();
        let is_plain = at == 0 && self.sentence.tag(0, 2).is_none() && is_known(1);
        let is_name = end > at && (at > 0 || end - at > 1) && !is_plain;
        is_name.then_some((What::Unknown, end))
    }

    fn is_people(&self, at: usize) -> bool {
        let country = self.known.country(self.sentence.written(at));
        country.is_some_and(|(_, sense)| sense == Sense::People)
    }

    fn is_role(&self, at: usize) -> bool {
        self.known.agent(self.sentence.word(at)).is_some()
    }
}

/// Words that stand with a capital and begin no name.
const NO_NAMES: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "jan.",
    "feb",
    "feb.",
    "mar.",
    "apr.",
    "aug",
    "aug.",
    "sept",
    "sept.",
    "oct",
    "oct.",
    "nov",
    "nov.",
    "dec",
    "dec.",
    "the",
    "a",
    "an",
    "in",
    "on",
    "at",
    "it",
    "he",
    "she",
    "they",
    "but",
    "and",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "dozens",
    "hundreds",
    "thousands",
    "many",
    "several",
    "most",
    "all",
    "other",
    "this",
    "that",
    "these",
    "those",
    "no",
    "both",
    "some",
    "i",
    "we",
    "its",
    "his",
    "her",
    "their",
    "there",
    "mr",
    "mr.",
    "mrs",
    "mrs.",
    "ms",
    "ms.",
    "dr.",
];

/// Days and months are no names.
pub(crate) fn is_calendar(word: &str) -> bool {
    NO_NAMES.contains(&word)
}
