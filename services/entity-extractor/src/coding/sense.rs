//! Whether a word is meant as an act: figures of speech, silence, private business, and things where the
//! verb wants somebody.

use dateline_language::{Relation, Upos};
use dateline_record::EventType;

use super::{
    acts::{REPORTS, rule_of},
    sides::Reader,
};
use crate::{
    engine::Engine,
    ontology::OBJECT,
    story::{memory::is_body, party::Party},
};

/// Things that are said or withheld.
const SPEECH: &[&str] = &[
    "comment",
    "go",
    "give",
    "name",
    "specify",
    "elaborate",
    "disclose",
    "discuss",
    "talk",
    "answer",
    "confirm",
    "speculate",
    "identify",
    "reveal",
    "speak",
    "predict",
    "estimate",
    "provide",
    "be",
    "interview",
    "detail",
];
/// Nouns for what somebody does, which is welcomed or rejected in his stead.
const ACTS: &[&str] = &[
    "decision",
    "ruling",
    "move",
    "step",
    "vote",
    "announcement",
    "offer",
    "plan",
    "proposal",
    "demand",
    "request",
    "call",
    "invitation",
    "ban",
    "resolution",
    "cancellation",
    "claim",
    "charge",
    "accusation",
    "statement",
    "appeal",
    "ultimatum",
    "release",
    "withdrawal",
    "resumption",
    "compromise",
    "amendment",
    "policy",
    "allegation",
    "initiative",
    "suggestion",
    "condition",
    "pressure",
    "warning",
    "return",
    "visit",
    "truce",
    "departure",
    "arrival",
    "action",
    "bid",
    "effort",
    "verdict",
    "election",
    "test",
    "launch",
];
/// What is withdrawn in a retreat.
const FORCES: &[&str] = &[
    "troop",
    "soldier",
    "force",
    "gun",
    "tank",
    "settler",
    "unit",
    "army",
    "peacekeeper",
    "contingent",
    "missile",
    "warship",
    "police",
];

/// A citizen who travels visits no government.
pub(crate) fn is_trip(doer: Option<&Party>, mode: Option<&str>) -> bool {
    let sector = doer.and_then(|doer| doer.sector.as_deref());
    mode == Some("visit") && matches!(sector, Some("CVL" | "BUS" | "MED" | "CRM"))
}

/// "received a letter of the president", "met its obligations": who receives a thing meets nobody.
pub(crate) fn wants_a_person(engine: &Engine, reader: &Reader, word: usize) -> bool {
    let parse = &reader.scene.parse;
    let rule = rule_of(engine, reader.scene, word);
    let is_meeting = rule.is_some_and(|rule| rule.persons) || reader.scene.lemma(word) == "meet";
    let is_passive = parse.child_by(word, Relation::NsubjPass).is_some();
    match parse.child_by(word, Relation::Obj) {
        Some(object) => is_meeting && reader.parties(&[object]).is_empty(),
        None => rule.is_some_and(|rule| rule.persons) && !is_passive,
    }
}

/// Why the words around a verb tell no act of the type, whoever does it.
pub(crate) fn is_otherwise(reader: &Reader, word: usize, kind: EventType) -> Option<&'static str> {
    match kind {
        EventType::Cooperate if has_a_thing(reader, word, "hand") => Some("a thing is handed over"),
        EventType::Concede if has_a_thing(reader, word, "release") => Some("a thing is released"),
        EventType::Threaten if is_of_danger(reader, word) => Some("it tells of a danger"),
        EventType::Request if is_for_himself(reader, word) => Some("he asks it for himself"),
        _ => None,
    }
}

/// "The request was handed over", "a statement released by": only who is handed over is extradited, and only
/// who was held is released.
fn has_a_thing(reader: &Reader, word: usize, verb: &str) -> bool {
    let (scene, parse) = (reader.scene, &reader.scene.parse);
    if scene.lemma(word) != verb {
        return false;
    }
    let passive = || parse.child_by(word, Relation::NsubjPass);
    let reduced = || parse.head(word).filter(|_| parse.relation(word) == Relation::Acl);
    let object = parse.child_by(word, Relation::Obj).or_else(passive).or_else(reduced);
    let Some(object) = object else { return false };
    let is_somebody = parse.upos(object) == Upos::Propn
        || reader.ontology.people(scene.lemma(object)).is_some()
        || !reader.parties(&[object]).is_empty()
        || matches!(
            scene.lemma(object),
            "suspect"
                | "fugitive"
                | "prisoner"
                | "body"
                | "remains"
                | "detainee"
                | "hostage"
                | "captive"
                | "crew"
                | "convict"
                | "inmate"
                | "man"
                | "woman"
                | "one"
        );
    !is_somebody
}

/// Who acts for a state does not march against it.
pub(crate) fn is_of_state(party: &Party) -> bool {
    matches!(party.sector.as_deref(), Some("MIL" | "COP" | "GOV" | "JUD"))
}

/// "urged greater efforts", "asked for maize", "supports independence": the verb wants somebody as its
/// object and has something. What is welcomed or rejected may stand for whose act it is.
pub(crate) fn names_a_thing(engine: &Engine, reader: &Reader, word: usize) -> bool {
    let scene = reader.scene;
    let Some(rule) = rule_of(engine, scene, word) else { return false };
    let Some(object) = scene.parse.child_by(word, Relation::Obj) else { return false };
    let form = scene.words.get(object).map_or("", String::as_str);
    let is_made_of_verb =
        ["tion", "sion", "ment", "tions", "sions", "ments"].iter().any(|end| form.ends_with(end));
    let is_act = is_made_of_verb
        || ACTS.contains(&scene.lemma(object))
        || engine.ontology.noun(form).next().is_some();
    match rule.kind {
        EventType::Support | EventType::Accuse | EventType::Reject => !is_act,
        EventType::Request | EventType::Threaten => rule.target.iter().any(|it| it == OBJECT),
        _ => false,
    }
}

/// "declined to comment": who only keeps silent refuses nobody anything.
pub(crate) fn is_silence(reader: &Reader, word: usize) -> bool {
    let scene = reader.scene;
    let is_refusal = matches!(scene.lemma(word), "decline" | "refuse");
    let said = scene.parse.child_by(word, Relation::Xcomp).map_or("", |below| scene.lemma(below));
    let object = scene.parse.child_by(word, Relation::Obj).map_or("", |below| scene.lemma(below));
    is_refusal && (SPEECH.contains(&said) || REPORTS.contains(&said) || SPEECH.contains(&object))
}

/// "withdrew their support", "fight poverty": the verb does not tell a retreat or a fight.
pub(crate) fn is_figure(reader: &Reader, word: usize, kind: EventType) -> bool {
    let scene = reader.scene;
    let object = scene.parse.child_by(word, Relation::Obj);
    match (kind, scene.lemma(word)) {
        (EventType::Retreat | EventType::Concede, "withdraw" | "retreat") => {
            object.is_some_and(|object| {
                let is_force = FORCES.contains(&scene.lemma(object));
                !is_force && reader.parties(&[object]).is_empty()
            })
        }
        (EventType::Assault, "fight" | "battle") => {
            object.is_some_and(|object| reader.parties(&[object]).is_empty())
        }
        _ => false,
    }
}

/// Whether firms or citizens of one country deal with each other: news, but no event. To hurt is.
pub(crate) fn is_private(doers: &[Party], others: &[Party], kind: EventType) -> bool {
    let is_of_none = |party: &Party| {
        !is_body(&party.code)
            && matches!(party.sector.as_deref(), Some("BUS" | "CVL" | "MED" | "CRM"))
            || party.code == "MNC"
    };
    let is_hurt = matches!(kind, EventType::Assault | EventType::Protest | EventType::Aid);
    let is_abroad =
        doers.first().zip(others.first()).is_some_and(|(doer, other)| doer.code != other.code);
    let is_firm = |party: &Party| party.sector.as_deref() == Some("BUS") || party.code == "MNC";
    let all = || doers.iter().chain(others);
    !is_hurt && !others.is_empty() && all().all(is_of_none) && (!is_abroad || all().any(is_firm))
}
/// "warned the neighbours about the crew": no threat of one's own.
fn is_of_danger(reader: &Reader, word: usize) -> bool {
    let scene = reader.scene;
    let mut behind = (word + 1..scene.words.len()).take_while(|word| !scene.is_verb(*word));
    scene.lemma(word) == "warn" && behind.any(|word| scene.lemma(word) == "about")
}

/// "asked not to be named", "asked to remain anonymous": nobody else is to do anything.
fn is_for_himself(reader: &Reader, word: usize) -> bool {
    let words = reader.scene.words.get(word + 1..).unwrap_or_default();
    let mut words = words.iter().map(String::as_str).skip_while(|word| *word == "not");
    words.next() == Some("to") && matches!(words.next(), Some("be" | "remain" | "stay"))
}
