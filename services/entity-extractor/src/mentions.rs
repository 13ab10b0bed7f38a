//! Mentions of the record: who and what is named in each sentence.

use std::cmp::Reverse;

use dateline_knowledge::{Kind, Knowledge, Sense};
use dateline_language::names;
use dateline_record::{Mention, MentionKind, Span, SpellingDoubt};
use unicode_security::MixedScript;

use crate::{
    coding::place,
    scene::Scene,
    story::{
        chunk::Chunk,
        names::{Name, Spelling, What},
        party::Party,
        sentence::Sentence,
    },
};

/// Last words of names of organisations.
const ORGANIZATIONS: &[&str] = &[
    "ministry",
    "party",
    "bank",
    "corp",
    "corp.",
    "council",
    "committee",
    "university",
    "front",
    "movement",
    "union",
    "agency",
    "court",
    "group",
    "inc",
    "inc.",
    "ltd",
    "company",
    "commission",
    "association",
    "organization",
    "organisation",
    "department",
    "institute",
    "federation",
    "parliament",
    "congress",
    "senate",
    "assembly",
    "force",
    "forces",
    "army",
    "police",
    "board",
    "authority",
    "fund",
    "foundation",
    "alliance",
    "league",
    "society",
    "service",
    "office",
    "co",
    "co.",
    "plc",
    "group",
    "times",
    "post",
    "news",
    "tv",
    "radio",
];

/// The mentions of a sentence: those of its phrases, and what the tagger found beside them.
pub(crate) fn of(sentence: &Sentence, chunks: &[Chunk], scene: &Scene) -> Vec<Mention> {
    let named = chunks.iter().flat_map(|chunk| chunk.names.iter().map(move |name| (chunk, name)));
    let named = named.filter_map(|(chunk, name)| mention(sentence, chunk, name, scene));
    let tagged = sentence.tags.iter().filter_map(|tag| tagged(sentence, tag, scene));
    let mut mentions: Vec<Mention> = named.chain(tagged).collect();
    // Of two that overlap the one that is known goes first, then the longer.
    mentions.sort_by_key(|mention| {
        let is_known = mention.actor.is_some() || mention.place.is_some();
        (!is_known, Reverse(mention.span.end - mention.span.start), mention.span.start)
    });
    let mut kept: Vec<Mention> = Vec::new();
    for mention in mentions {
        let span = mention.span;
        if kept.iter().all(|other| span.end <= other.span.start || other.span.end <= span.start) {
            kept.push(mention);
        }
    }
    kept.sort_by_key(|mention| mention.span.start);
    kept
}

/// A name that only the tagger knows.
fn tagged(sentence: &Sentence, tag: &names::Mention, scene: &Scene) -> Option<Mention> {
    let kind = match tag.kind {
        names::Kind::Person => MentionKind::Person,
        names::Kind::Organization => MentionKind::Organization,
        names::Kind::Location => MentionKind::Place,
        names::Kind::Miscellaneous | names::Kind::Date | names::Kind::Money => return None,
    };
    let place = (kind == MentionKind::Place).then(|| scene.place(sentence, tag.first, tag.last));
    Some(Mention {
        kind,
        span: span(sentence, tag.first, tag.last)?,
        text: sentence.phrase(tag.first, tag.last).to_owned(),
        sentence: u32::try_from(sentence.index).unwrap_or(u32::MAX),
        name: None,
        actor: None,
        place: place.flatten(),
        doubt: mixed(sentence.phrase(tag.first, tag.last)),
    })
}

fn mention(sentence: &Sentence, chunk: &Chunk, name: &Name, scene: &Scene) -> Option<Mention> {
    let phrase = sentence.phrase(name.first, name.last);
    let party = party(chunk, name);
    let blank = Mention {
        kind: MentionKind::Place,
        span: span(sentence, name.first, name.last)?,
        text: phrase.to_owned(),
        sentence: u32::try_from(sentence.index).unwrap_or(u32::MAX),
        name: None,
        actor: party.map(Party::actor),
        place: None,
        doubt: mixed(phrase),
    };
    match &name.what {
        What::Role(_) => role(blank, party),
        What::Country { iso3, sense } => {
            let namesake = || scene.namesake(sentence, name, iso3);
            Some(match (*sense == Sense::Seat).then(namesake).flatten() {
                Some(place) => Mention { actor: None, place: Some(place), ..blank },
                None => country(blank, iso3, *sense, scene.known),
            })
        }
        What::Place => {
            let place = scene.place(sentence, name.first, name.last);
            Some(Mention { actor: None, place, ..blank })
        }
        What::Known(actor, spelling) => Some(Mention {
            doubt: blank.doubt.or(match spelling {
                Spelling::Right => None,
                Spelling::OneEdit => Some(SpellingDoubt::Misspelt),
            }),
            kind: match actor.kind {
                Kind::Person => MentionKind::Person,
                Kind::Organization => MentionKind::Organization,
                Kind::Group => MentionKind::Group,
            },
            name: Some(actor.name.to_owned()),
            actor: Some(actor.actor.clone()),
            ..blank
        }),
        What::Unknown => unknown(sentence, name, blank, party),
    }
}

/// Whether letters that look alike and are of several scripts make a word: "Merkel" with a Cyrillic "e".
fn mixed(phrase: &str) -> Option<SpellingDoubt> {
    let is_forged = !phrase.is_ascii() && phrase.split(' ').any(|word| !word.is_single_script());
    is_forged.then_some(SpellingDoubt::MixedScripts)
}

fn country(blank: Mention, iso3: &str, sense: Sense, known: &Knowledge) -> Mention {
    let (kind, place) = match sense {
        Sense::People => (MentionKind::Group, None),
        Sense::Name => (MentionKind::Place, place::country(iso3, known)),
        Sense::Seat => (MentionKind::Place, known.place(&blank.text, Some(iso3))),
        Sense::House => (MentionKind::Organization, None),
    };
    let name = match sense {
        Sense::Name | Sense::People => known.country_by_code(iso3).map(|it| it.name.to_owned()),
        Sense::Seat => place.as_ref().map(|place| place.name.clone()),
        Sense::House => Some(blank.text.clone()),
    };
    let actor = blank
        .actor
        .clone()
        .or_else(|| Some(known.government(iso3)).filter(|_| sense != Sense::Seat));
    Mention { kind, name, actor, place, ..blank }
}

/// "rebels" of "Fijian rebels": a group that acts, where its country is named.
fn role(blank: Mention, party: Option<&Party>) -> Option<Mention> {
    let is_named = party.is_some_and(|party| !party.is_guess && !party.is_person);
    is_named.then_some(Mention { kind: MentionKind::Group, ..blank })
}

/// The party of the phrase, where this name is its head.
fn party<'c>(chunk: &'c Chunk, name: &Name) -> Option<&'c Party> {
    let is_head = chunk.names.last() == Some(name);
    chunk.parties.first().filter(|_| is_head && chunk.parties.len() == 1)
}

fn unknown(
    sentence: &Sentence,
    name: &Name,
    blank: Mention,
    party: Option<&Party>,
) -> Option<Mention> {
    if let Some(first) = head_of_organization(sentence, name.first) {
        let span = span(sentence, first, name.last)?;
        let text = sentence.phrase(first, name.last).to_owned();
        return Some(Mention { kind: MentionKind::Organization, span, text, ..blank });
    }
    let last = sentence.word(name.last - 1);
    match sentence.tagged(name.first, name.last).map(|tag| tag.kind) {
        Some(names::Kind::Person) => {
            let full = party.and_then(|party| party.name.clone());
            return Some(Mention { kind: MentionKind::Person, name: full, ..blank });
        }
        Some(names::Kind::Organization) => {
            return Some(Mention { kind: MentionKind::Organization, ..blank });
        }
        Some(names::Kind::Location | names::Kind::Miscellaneous) => return None,
        _ => {}
    }
    let is_organization =
        ORGANIZATIONS.contains(&last) || name.last - name.first == 1 && is_acronym(&blank.text);
    if is_organization {
        return Some(Mention { kind: MentionKind::Organization, ..blank });
    }
    let is_person =
        party.is_some_and(|party| party.is_person) || (2..=4).contains(&(name.last - name.first));
    let full = party.and_then(|party| party.name.clone());
    is_person.then_some(Mention { kind: MentionKind::Person, name: full, ..blank })
}

fn is_acronym(text: &str) -> bool {
    (2..=6).contains(&text.len()) && text.chars().all(char::is_uppercase)
}

/// "Ministry of Foreign Affairs": the name begins before the "of".
fn head_of_organization(sentence: &Sentence, first: usize) -> Option<usize> {
    let of = first.checked_sub(1).filter(|at| sentence.word(*at) == "of")?;
    let head = of.checked_sub(1)?;
    (sentence.is_capital(head) && ORGANIZATIONS.contains(&sentence.word(head))).then_some(head)
}

fn span(sentence: &Sentence, first: usize, last: usize) -> Option<Span> {
    let (start, end) = (sentence.tokens.get(first)?, sentence.tokens.get(last.checked_sub(1)?)?);
    Some(Span::new(start.start, end.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forged_words_are_told() {
        let check = |phrase: &str, expected: bool| {
            assert_eq!(mixed(phrase).is_some(), expected, "{phrase}");
        };
        check("Angela Merk\u{435}l", true);
        check("\u{420}utin", true);
        check("Vladimir Putin", false);
        check("Fran\u{e7}ois M\u{fc}ller", false);
        check("\u{420}\u{43e}\u{441}\u{441}\u{438}\u{44f}", false);
        check("\u{9ad8}\u{5cf6}\u{306e} Takashima", false);
    }
}
