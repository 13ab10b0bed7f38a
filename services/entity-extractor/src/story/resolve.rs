//! Who a noun phrase stands for.

use dateline_knowledge::{Kind, Knowledge, Sense};
use dateline_language::TokenKind;

use super::{
    chunk::{Chunk, is_pronoun, is_time_word},
    memory::{Memory, is_body},
    names::{Name, What},
    party::Party,
    sentence::{Class, Sentence},
};

/// Nouns of "the two …" that stand for the story's two sides.
const SIDES: &[&str] = &[
    "sides",
    "countries",
    "leaders",
    "nations",
    "governments",
    "ministers",
    "presidents",
    "neighbours",
    "neighbors",
    "states",
    "capitals",
    "men",
    "parties",
    "powers",
    "premiers",
    "delegations",
    "rivals",
    "allies",
    "officials",
    "negotiators",
    "diplomats",
    "envoys",
    "navies",
    "teams",
    "armies",
];

/// Fills in `parties` and `owner` of a phrase.
pub(crate) fn resolve(
    sentence: &Sentence,
    known: &Knowledge,
    memory: &Memory,
    before: &[Chunk],
    chunk: &mut Chunk,
) {
    let resolver = Resolver { sentence, known, memory, before };
    if let Some(pair) = resolver.pair(chunk) {
        chunk.parties = pair;
        return;
    }
    chunk.owner = resolver.owner(chunk);
    chunk.parties = resolver.head(chunk).or_else(|| resolver.body(chunk)).into_iter().collect();
}

struct Resolver<'a> {
    sentence: &'a Sentence<'a>,
    known: &'a Knowledge,
    memory: &'a Memory,
    before: &'a [Chunk],
}

impl Resolver<'_> {
    fn bytes(&self, first: usize, last: usize) -> (usize, usize) {
        let start = self.sentence.tokens.get(first).map_or(0, |token| token.start);
        let end = last
            .checked_sub(1)
            .and_then(|last| self.sentence.tokens.get(last))
            .map_or(start, |token| token.end);
        (start, end)
    }

    /// "the two leaders", "both sides", "their ministers".
    fn pair(&self, chunk: &Chunk) -> Option<Vec<Party>> {
        let is_alone = chunk.last == chunk.first + 1;
        if is_alone && matches!(self.sentence.word(chunk.first), "they" | "them") {
            let (start, end) = self.bytes(chunk.first, chunk.last);
            let pair = self.memory.recent_pair(self.sentence.index);
            return (!pair.is_empty())
                .then(|| pair.iter().map(|party| party.at(start, end)).collect());
        }
        let last = self.end_without_time(chunk) - 1;
        let marks =
            chunk.range().any(|at| matches!(self.sentence.word(at), "two" | "both" | "their"));
        // "the parties", "the sides": those who were told of together before.
        let is_sides = self.sentence.word(chunk.first) == "the"
            && last == chunk.first + 1
            && matches!(self.sentence.word(last), "parties" | "sides");
        let is_pair = (marks || is_sides)
            && SIDES.contains(&self.sentence.word(last))
            && chunk.names.iter().all(|name| matches!(name.what, What::Role(_)));
        if !is_pair {
            return None;
        }
        let (start, end) = self.bytes(chunk.first, chunk.last);
        let pair = self.memory.pair();
        Some(pair.iter().map(|party| party.at(start, end)).collect())
    }

    /// Whose thing the phrase names; the part before `'s`, an adjective of a country, "its".
    fn owner(&self, chunk: &Chunk) -> Option<Party> {
        if let Some(at) = self.possessive(chunk) {
            let part = Chunk { last: at, names: names_before(chunk, at), ..chunk.clone() };
            return self.head(&part);
        }
        let (start, end) = self.bytes(chunk.first, chunk.first + 1);
        match self.sentence.word(chunk.first) {
            "its" => return self.nearest_other().map(|party| party.at(start, end)),
            "his" | "her" => return self.memory.last_person().map(|party| party.at(start, end)),
            "their" => return None,
            _ => {}
        }
        let first = chunk.names.first()?;
        let is_followed = first.last < chunk.last;
        match first.what {
            What::Country { iso3, .. } if is_followed => Some(self.country(iso3, first)),
            _ => None,
        }
    }

    fn possessive(&self, chunk: &Chunk) -> Option<usize> {
        let mut marks =
            chunk.range().filter(|at| self.sentence.tokens[*at].kind == TokenKind::Possessive);
        marks.find(|at| at + 1 < chunk.last)
    }

    /// The country or body named last before this phrase, in this sentence or before it.
    fn nearest_other(&self) -> Option<&Party> {
        let parties = self.before.iter().rev().flat_map(|chunk| chunk.parties.iter());
        let mut others = parties.filter(|party| !party.is_person && !party.code.is_empty());
        others.next().or(self.memory.last_other())
    }

    fn country(&self, iso3: &str, name: &Name) -> Party {
        let (start, end) = self.bytes(name.first, name.last);
        Party {
            name: self.known.country_by_code(iso3).map(|country| country.name.to_owned()),
            ..Party::new(iso3, Some("GOV"), start, end)
        }
    }

    /// Whom the head of the phrase names.
    fn head(&self, chunk: &Chunk) -> Option<Party> {
        let (start, end) = self.bytes(chunk.first, chunk.last);
        if chunk.last == chunk.first + 1 && is_pronoun(self.sentence.word(chunk.first)) {
            return self.pronoun(chunk.first).map(|party| party.at(start, end));
        }
        let name = chunk.names.last()?;
        let is_last = self.ends_with(chunk, name);
        match &name.what {
            What::Known(known, _) => Some(self.known_actor(chunk, name, known, is_last)?),
            What::Unknown => self.unknown(chunk, name).map(|party| party.at(start, end)),
            What::Role(sector) if is_last => self.role(chunk, name, sector),
            What::Country { .. } if is_last && self.is_ethnic(name) => {
                self.role(chunk, name, "CVL")
            }
            What::Country { iso3, sense } if is_last => {
                self.bare_country(chunk, name, iso3, *sense)
            }
            _ => None,
        }
    }

    /// Nothing but a possessive, a time or an adverb stands behind the name.
    fn ends_with(&self, chunk: &Chunk, name: &Name) -> bool {
        self.end_without_time(chunk) <= name.last
    }

    /// Where the phrase ends without the possessives and the words of time at its end.
    fn end_without_time(&self, chunk: &Chunk) -> usize {
        let mut end = chunk.last;
        while end > chunk.first + 1
            && (self.sentence.tokens[end - 1].kind == TokenKind::Possessive
                || is_time_word(self.sentence, end - 1))
        {
            end -= 1;
        }
        end
    }

    /// "The diocese said it was sheltering women": it is whoever speaks, and nobody is known for that.
    fn is_of_stranger(&self, at: usize) -> bool {
        let Some(speaker) = self.before.last() else { return false };
        let is_verb = |at: usize| matches!(self.sentence.class(at), Class::Verb(_) | Class::Act);
        let mut between = speaker.last..at;
        let is_said = between.clone().any(is_verb)
            && between.all(|at| is_verb(at) || self.sentence.word(at) == "that");
        is_said && speaker.parties.is_empty() && !speaker.is_time
    }

    /// "the council" after "the UN Security Council".
    fn body(&self, chunk: &Chunk) -> Option<Party> {
        let is_short = self.sentence.word(chunk.first) == "the"
            && self.end_without_time(chunk) == chunk.first + 2
            && chunk.names.is_empty();
        let body = self.memory.body(self.sentence.word(chunk.first + 1)).filter(|_| is_short)?;
        let (start, end) = self.bytes(chunk.first, chunk.first + 2);
        Some(body.at(start, end))
    }

    fn pronoun(&self, at: usize) -> Option<Party> {
        match self.sentence.word(at) {
            "he" | "she" | "him" | "himself" => self.memory.last_person().cloned(),
            "it" | "itself" if self.is_of_stranger(at) => None,
            "it" | "itself" => self.memory.antecedent(self.sentence.index).cloned(),
            _ => None,
        }
    }

    fn known_actor(
        &self,
        chunk: &Chunk,
        name: &Name,
        known: &dateline_knowledge::Known,
        is_last: bool,
    ) -> Option<Party> {
        let (start, end) = self.bytes(chunk.first, name.last);
        let is_person = known.kind == Kind::Person;
        if !is_person && !is_last {
            // "EU officials", "NATO forces": a role of the body; "the NATO base": no actor.
            return None;
        }
        let sector = known.actor.sector.as_deref();
        let party = Party {
            name: Some(known.name.to_owned()),
            is_person,
            ..Party::new(&known.actor.code, sector, start, end)
        };
        // An office beside the name goes before what the files know: "former President X" has none.
        let is_former = chunk
            .range()
            .any(|at| matches!(self.sentence.word(at), "former" | "ex-president" | "late"));
        if is_former {
            return Some(Party { sector: None, ..party });
        }
        // "General X", of whom the files know no office.
        let role = chunk.names.iter().find_map(|other| match other.what {
            What::Role(sector) if other.last <= name.first => Some(sector.to_owned()),
            _ => None,
        });
        Some(Party { sector: party.sector.or(role.filter(|_| is_person)), ..party })
    }

    /// A person with a country and a role beside the name, or somebody named before.
    fn unknown(&self, chunk: &Chunk, name: &Name) -> Option<Party> {
        let written = self.sentence.phrase(name.first, name.last);
        if let Some(party) = self.memory.alias(written) {
            return Some(party.clone());
        }
        let role =
            chunk.names.iter().rev().find_map(|name| {
                if let What::Role(sector) = name.what { Some(sector) } else { None }
            });
        let country = self.context(chunk);
        if let Some((full, party)) = self.memory.person(written) {
            return Some(Party { name: Some(full.to_owned()), ..party.clone() });
        }
        let (role, is_guess) = (role?, country.is_none());
        let home = || self.near().or_else(|| self.memory.home().map(str::to_owned));
        let code = country.or_else(home)?;
        Some(Party {
            name: Some(written.to_owned()),
            is_person: true,
            is_guess,
            ..Party::new(&code, Some(role), 0, 0)
        })
    }

    /// The country that the phrase, its owner or the phrase that hangs on it names.
    fn context(&self, chunk: &Chunk) -> Option<String> {
        let named = chunk.names.iter().find_map(|name| match &name.what {
            What::Country { iso3, .. } if !self.is_ethnic(name) => Some((*iso3).to_owned()),
            What::Known(known, _) if known.kind != Kind::Person => Some(known.actor.code.clone()),
            _ => None,
        });
        named.or_else(|| {
            self.possessive(chunk).and_then(|_| self.owner(chunk)).map(|owner| owner.code)
        })
    }

    /// "ethnic Albanians": of another country than the name says.
    fn is_ethnic(&self, name: &Name) -> bool {
        name.first.checked_sub(1).is_some_and(|before| self.sentence.word(before) == "ethnic")
    }

    fn role(&self, chunk: &Chunk, name: &Name, sector: &str) -> Option<Party> {
        let (start, end) = self.bytes(chunk.first, name.last);
        if let Some(code) = self.context(chunk).or_else(|| self.country_behind(chunk)) {
            return Some(Party::new(&code, Some(sector), start, end));
        }
        // An agency of nobody is one for work, travel or ratings.
        let is_firm = matches!(self.sentence.word(name.last - 1), "agency" | "agencies");
        if self.is_of_many(chunk) || is_firm {
            return None;
        }
        let role = self.sentence.words.get(name.first..name.last)?.join(" ");
        if self.sentence.word(chunk.first) == "the"
            && let Some(party) = self.memory.role(&role)
        {
            return Some(party.at(start, end));
        }
        if matches!(self.sentence.word(chunk.first), "its" | "his" | "her") {
            let owner = self.owner(chunk)?;
            return Some(Party::new(&owner.code, Some(sector), start, end));
        }
        let home = self.near().or_else(|| self.memory.home().map(str::to_owned))?;
        Some(Party { is_guess: true, ..Party::new(&home, Some(sector), start, end) })
    }

    /// The one country that the sentence has told of: "Bulgaria will not appeal, the minister said".
    fn near(&self) -> Option<String> {
        let parties = self.before.iter().flat_map(|chunk| &chunk.parties);
        let mut codes = parties.filter(|party| {
            !party.is_guess && party.sector.as_deref() == Some("GOV") && !is_body(&party.code)
        });
        let first = codes.next()?;
        codes.all(|party| party.code == first.code).then(|| first.code.clone())
    }

    /// "the president of Georgia", "rebels in northern Mali".
    fn country_behind(&self, chunk: &Chunk) -> Option<String> {
        if !matches!(self.sentence.word(chunk.last), "of" | "in" | "from") {
            return None;
        }
        let is_part = |word: &str| {
            let parts = ["northern", "southern", "eastern", "western", "central"];
            word == "the" || parts.iter().any(|part| word.ends_with(part))
        };
        let mut start = chunk.last + 1;
        while start < chunk.last + 3 && is_part(self.sentence.word(start)) {
            start += 1;
        }
        let ends = (start + 1..start + 5).rev().filter(|end| *end <= self.sentence.tokens.len());
        let mut found =
            ends.clone().filter_map(|end| self.known.country(self.sentence.phrase(start, end)));
        let country = found.next().map(|(country, _)| country.iso3.to_owned());
        country.or_else(|| {
            let is_town = |end: &usize| self.sentence.is_capital(end - 1);
            let mut towns = ends.filter(is_town).filter(|_| self.sentence.is_capital(start));
            let around = self.memory.home();
            towns
                .find_map(|end| self.known.place(self.sentence.phrase(start, end), around))?
                .country
        })
    }

    /// "ministers of the 28 member states": they are of no one country.
    fn is_of_many(&self, chunk: &Chunk) -> bool {
        let last = chunk.last;
        let word = |at: usize| self.sentence.word(at);
        let is_many = |at: usize| {
            matches!(word(at), "states" | "countries" | "nations" | "members" | "bloc" | "powers")
        };
        matches!(word(last), "of" | "from") && (last + 1..last + 6).any(is_many)
    }

    fn bare_country(&self, chunk: &Chunk, name: &Name, iso3: &str, sense: Sense) -> Option<Party> {
        let party = self.country(iso3, name);
        let before = chunk.first.checked_sub(1).map_or("", |at| self.sentence.word(at));
        match sense {
            // "in Tokyo" is a place, "with Tokyo" a government.
            Sense::Seat | Sense::House
                if matches!(before, "in" | "at" | "near" | "from" | "outside" | "around") =>
            {
                None
            }
            Sense::Name if matches!(before, "in" | "near" | "across" | "throughout") => None,
            Sense::People => {
                // "the Albanians of southern Serbia" are of Serbia.
                let is_of = self.sentence.word(chunk.last) == "of";
                let code = self.country_behind(chunk).filter(|_| is_of).unwrap_or(party.code);
                Some(Party { sector: Some("CVL".to_owned()), code, ..party })
            }
            _ => Some(party),
        }
    }
}

fn names_before(chunk: &Chunk, at: usize) -> Vec<Name> {
    chunk.names.iter().filter(|name| name.last <= at).cloned().collect()
}
