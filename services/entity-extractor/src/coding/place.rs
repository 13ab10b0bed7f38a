//! Where an act happened: the place that is named with it, else that of the acts around it, else the
//! dateline's.

use dateline_knowledge::{Knowledge, Sense};
use dateline_language::names::Kind;
use dateline_record::{EventStatus, EventType, Place, PlaceBasis};

use super::{
    attach::{self, Tie},
    clause::Clause,
    found::Found,
};
use crate::{
    pairs::Scene,
    story::{
        chunk::is_time_word,
        names::What,
        party::Party,
        sentence::{Class, Sentence},
    },
};

/// A place told in so many sentences before is where an act goes on.
const NEAR_SENTENCES: usize = 2;
/// So many words may stand between a preposition and the name: "in the northern town of".
const MAX_LEAD_WORDS: usize = 6;

/// Nouns that a place is named by with "of": "the town of Am Dafok", "west of Fraser Lake".
const PARTS: &[&str] = &[
    "town",
    "city",
    "village",
    "port",
    "province",
    "region",
    "district",
    "state",
    "island",
    "islands",
    "coast",
    "outskirts",
    "north",
    "south",
    "east",
    "west",
    "centre",
    "center",
    "streets",
    "suburb",
    "suburbs",
    "mouth",
    "hills",
    "mountains",
    "capital",
    "area",
    "edge",
    "border",
    "northeast",
    "northwest",
    "southeast",
    "southwest",
    "part",
    "parts",
    "valley",
    "kilometers",
    "kilometres",
    "km",
    "miles",
    "stretch",
    "township",
    "settlement",
    "airport",
    "university",
    "base",
    "camp",
    "waters",
    "shores",
    "republic",
    "county",
    "municipality",
    "enclave",
];

/// How a phrase leads to a place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lead {
    /// "in", "near", "west of".
    At,
    /// "to", "into", "for".
    To,
    /// "from", "out of".
    From,
}

/// A place that a sentence names.
struct Named {
    first: usize,
    lead: Lead,
    is_country: bool,
    place: Place,
}

/// Whether acts of a type happen at a place that is worth a name.
pub(crate) fn is_local(event: &Found) -> bool {
    match event.kind {
        EventType::Consult
        | EventType::Protest
        | EventType::Mobilize
        | EventType::Coerce
        | EventType::Assault
        | EventType::Aid
        | EventType::Retreat
        | EventType::Concede
        | EventType::Cooperate => true,
        EventType::Support => event.mode.as_deref() == Some("sign"),
        EventType::Sanction => event.mode.as_deref() == Some("expel") || is_verdict(event),
        EventType::Agree => is_meeting(event),
        EventType::Accuse => is_summons(event),
        _ => false,
    }
}

/// A meeting, or a visit, that took or is to take place.
fn is_meeting(event: &Found) -> bool {
    let is_coming = event.more.cameo.as_deref().is_some_and(|code| code.starts_with("04"));
    matches!(event.mode.as_deref(), Some("meet" | "visit")) || is_coming
}

/// What a court does it does where it sits.
fn is_verdict(event: &Found) -> bool {
    event.sources.iter().any(|party| party.sector.as_deref() == Some("JUD"))
}

fn is_summons(event: &Found) -> bool {
    event.rule.ends_with(".summon")
}

/// The place of an act by the words of its own sentence.
pub(crate) fn find(
    clause: &Clause,
    event: &Found,
    known: &Knowledge,
    scene: Option<&Scene>,
) -> Option<Place> {
    if !is_local(event) {
        return None;
    }
    let trigger = event.trigger.0;
    let byte = |at: usize| clause.sentence.tokens.get(at).map_or(0, |token| token.start);
    let told = scene.and_then(|scene| Some((scene, attach::word_at(scene, byte(trigger))?)));
    let tie = |first: usize| {
        let (scene, trigger) = told?;
        Some(attach::tie(scene, trigger, attach::word_at(scene, byte(first))?))
    };
    let fits = |named: &Named| match named.lead {
        Lead::At => true,
        Lead::To => goes(event),
        Lead::From => matches!(event.kind, EventType::Retreat | EventType::Concede),
    };
    let ranked = all(clause, event, known).into_iter().filter(fits).filter_map(|named| {
        let tie = tie(named.first).unwrap_or(Tie::Far);
        let is_apart = is_elsewhere(clause.sentence, trigger, named.first);
        let is_tied = tie <= Tie::Beside || !is_apart;
        let order = (named.is_country, tie, named.first < trigger, named.first.abs_diff(trigger));
        is_tied.then_some((order, named.place))
    });
    ranked.min_by_key(|(order, _)| *order).map(|(_, place)| place)
}

/// Whether an act moves somebody to a place.
fn goes(event: &Found) -> bool {
    matches!(event.kind, EventType::Mobilize | EventType::Aid | EventType::Cooperate)
        || matches!(event.kind, EventType::Consult | EventType::Agree) && is_meeting(event)
}

/// The places of a sentence that a preposition leads to, or that force is used on.
fn all(clause: &Clause, event: &Found, known: &Knowledge) -> Vec<Named> {
    let sentence = clause.sentence;
    let mut found: Vec<Named> = Vec::new();
    let names = clause.chunks.iter().flat_map(|chunk| &chunk.names);
    for name in names {
        let is_owner = sentence.word(name.last) == "'s";
        let place = match &name.what {
            What::Place => known_place(clause, known, (name.first, name.last)),
            What::Country { iso3, sense: Sense::People } => {
                let is_capital = sentence.word(name.last) == "capital";
                is_capital.then(|| capital(iso3, known)).flatten()
            }
            What::Country { iso3, sense: Sense::Name } if !is_owner => country(iso3, known),
            What::Country { iso3, sense: Sense::Seat } => {
                known.place(sentence.phrase(name.first, name.last), Some(iso3))
            }
            What::Country { iso3, sense: Sense::House } => capital(iso3, known),
            _ => None,
        };
        let is_country = matches!(name.what, What::Country { sense: Sense::Name, .. });
        // "called on Vietnam": on towns and waters one may be, on countries not.
        let on = name.first.checked_sub(1).map_or("", |at| sentence.word(at));
        let lead = lead(sentence, name.first).filter(|_| !is_country || on != "on");
        let lead = lead.or_else(|| is_object(sentence, event, name.first).then_some(Lead::At));
        if let (Some(place), Some(lead)) = (place, lead) {
            found.push(Named { first: name.first, lead, is_country, place });
        }
    }
    for tag in sentence.tags.iter().filter(|tag| tag.kind == Kind::Location) {
        let is_new = found.iter().all(|known| !(tag.first..tag.last).contains(&known.first));
        let is_country = known.country(sentence.phrase(tag.first, tag.last)).is_some();
        let place = known_place(clause, known, (tag.first, tag.last));
        if let (true, false, Some(lead), Some(place)) =
            (is_new, is_country, lead(sentence, tag.first), place)
        {
            found.push(Named { first: tag.first, lead, is_country: false, place });
        }
    }
    found
}

/// "invaded Paraguay", "shelled the town of Rafah": the place stands right behind the verb.
fn is_object(sentence: &Sentence, event: &Found, first: usize) -> bool {
    let is_force = matches!(event.kind, EventType::Assault | EventType::Coerce);
    let between = event.trigger.1..first;
    is_force
        && first >= event.trigger.1
        && between.len() < MAX_LEAD_WORDS
        && between.clone().all(|at| {
            sentence.class(at) == Class::Word
                || sentence.word(at) == "of" && PARTS.contains(&sentence.word(at - 1))
        })
        && between.clone().all(|at| !sentence.is_capital(at))
}

/// A town or region by its name, in the story's country where one lies there; one that no list has is
/// taken to lie in it.
fn known_place(clause: &Clause, known: &Knowledge, (first, last): (usize, usize)) -> Option<Place> {
    let name = clause.sentence.phrase(first, last);
    if is_time_word(clause.sentence, first) {
        return None;
    }
    let place = known.place(name, clause.home).or_else(|| known.place(name, None));
    place.or_else(|| {
        Some(Place {
            name: name.to_owned(),
            country: clause.home.map(str::to_owned),
            geonames_id: None,
            latitude: None,
            longitude: None,
        })
    })
}

/// The preposition that leads to a name: over its article, what kind of place it is, and where in it.
fn lead(sentence: &Sentence, first: usize) -> Option<Lead> {
    let mut at = first;
    for _ in 0..MAX_LEAD_WORDS {
        at = at.checked_sub(1)?;
        let word = sentence.word(at);
        match word {
            "in" | "at" | "near" | "outside" | "around" | "across" | "off" | "inside" | "on"
            | "along" | "throughout" | "over" => return Some(Lead::At),
            "to" | "into" | "for" | "towards" => return Some(Lead::To),
            "from" => return Some(Lead::From),
            "of" => {
                let part = at.checked_sub(1).map_or("", |at| sentence.word(at));
                match part {
                    "out" => return Some(Lead::From),
                    "north" | "south" | "east" | "west" | "outside" | "northeast" | "northwest"
                    | "southeast" | "southwest" => return Some(Lead::At),
                    part if PARTS.contains(&part) => at -= 1,
                    _ => return None,
                }
            }
            _ if sentence.class(at) != Class::Word => return None,
            _ => {}
        }
    }
    None
}

/// The capital of a country as a place.
pub(crate) fn capital(iso3: &str, known: &Knowledge) -> Option<Place> {
    known.place(known.capital(iso3)?, Some(iso3))
}

/// A country as a place.
pub(crate) fn country(iso3: &str, known: &Knowledge) -> Option<Place> {
    let country = known.country_by_code(iso3)?;
    Some(Place {
        name: country.name.to_owned(),
        country: Some(country.iso3.to_owned()),
        geonames_id: country.geonames_id,
        latitude: country.middle.map(|(north, _)| north),
        longitude: country.middle.map(|(_, east)| east),
    })
}

/// Where the story was, sentence by sentence.
#[derive(Debug, Default)]
pub(crate) struct Whereabouts {
    /// The place told last, and in which sentence.
    last: Option<(usize, Place)>,
}

impl Whereabouts {
    /// Gives an event that names no place, or only its country, that of the acts around it or of the
    /// dateline, where it is plainly there.
    pub(crate) fn settle(
        &mut self,
        event: &mut Found,
        known: &Knowledge,
        dateline: Option<&Place>,
    ) {
        let is_country = event.place.as_ref().is_some_and(|place| {
            place
                .country
                .as_deref()
                .and_then(|code| known.country_by_code(code))
                .is_some_and(|country| country.name == place.name)
        });
        if let Some(place) = event.place.as_ref().filter(|_| !is_country) {
            self.last = Some((event.sentence, place.clone()));
            return;
        }
        if is_summons(event) {
            let home = event.sources.first().map(|party| party.code.as_str()).unwrap_or_default();
            let there = dateline.filter(|place| place.country.as_deref() == Some(home));
            event.place = there.cloned().or_else(|| capital(home, known));
            event.more.place_basis = event.place.as_ref().map(|_| PlaceBasis::Dateline);
            return;
        }
        let within = event.place.as_ref().and_then(|place| place.country.clone());
        let lies = |place: &Place| within.is_none() || place.country == within;
        let near = self.last.as_ref().filter(|(sentence, place)| {
            event.sentence - sentence <= NEAR_SENTENCES && is_at(event, place) && lies(place)
        });
        let found = near.map(|(_, place)| (place.clone(), PlaceBasis::Story)).or_else(|| {
            let there = dateline.filter(|place| is_at(event, place) && lies(place))?;
            Some((there.clone(), PlaceBasis::Dateline))
        });
        if let Some((place, basis)) = found {
            event.place = Some(place);
            event.more.place_basis = Some(basis);
        }
    }
}

/// Whether an act without a place of its own is plainly where the story is: bodies in motion or at one
/// table, now, and one side at home there.
fn is_at(event: &Found, place: &Place) -> bool {
    let is_near = match event.kind {
        EventType::Protest | EventType::Coerce | EventType::Mobilize | EventType::Assault => true,
        EventType::Consult => event.mode.as_deref() != Some("phone"),
        EventType::Support
        | EventType::Sanction
        | EventType::Aid
        | EventType::Retreat
        | EventType::Concede => is_local(event) && event.kind != EventType::Aid,
        _ => false,
    };
    let is_done = matches!(
        event.status,
        EventStatus::Actual | EventStatus::Ongoing | EventStatus::Attempted | EventStatus::Denied
    );
    let is_home = |party: &Party| Some(&party.code) == place.country.as_ref();
    let has_home = event.sources.iter().chain(&event.targets).any(is_home);
    is_near && is_done && (has_home || event.kind == EventType::Sanction && is_verdict(event))
}

/// A mark or a clause of its own stands between.
fn is_elsewhere(sentence: &Sentence, trigger: usize, first: usize) -> bool {
    let (from, to) = if first > trigger { (trigger + 1, first) } else { (first, trigger) };
    let finite = |at: usize| matches!(sentence.class(at), Class::Verb(group) if sentence.groups[group].is_finite());
    (from..to).any(|at| sentence.class(at) == Class::Mark || finite(at) && first > trigger)
}
