//! Events of the parse's predicates: who is the doer and whom it is done to, the type by the verb
//! table, the ontology and the model together.

use dateline_language::{Modal, Predicate, predicates};
use dateline_record::{EventStatus, EventType};

use super::{
    clause::Clause,
    doubt,
    evidence::{Evidence, LEAST_BY_DICTIONARY, LEAST_BY_MODEL},
    found::{Found, More},
    mood, opponent, sense,
    sides::Reader,
    status,
    targets::Way,
    threat, verbs,
};
use crate::{
    engine::Engine,
    ontology::VerbRule,
    pairs::{CLASSES, Scene, class_of, features, likeliest},
    story::party::Party,
};

/// What the verb table's word for a type adds to the model's chance: with words around the verb that
/// fit, and for the verb alone.
const FITTING: f32 = 0.4;
const PLAIN: f32 = 0.2;
/// What a rule of the ontology adds.
const RULED: f32 = 0.8;
/// What is not so, or not yet, must be surer by so much.
const LESS_SURE: f32 = 0.1;

/// The likeliest type of an act.
pub(super) struct Judged {
    pub(super) kind: EventType,
    pub(super) score: f32,
    pub(super) mode: Option<String>,
    pub(super) evidence: Evidence,
}

/// The sides of a predicate, and where it is told.
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(super) struct Act {
    /// The other side is not told but taken from the place.
    pub(super) is_placed: bool,
    /// The other side is not told but taken from the story.
    pub(super) is_supplied: bool,
    /// Those who do it do it with each other.
    pub(super) is_mutual: bool,
    pub(super) word: usize,
    pub(super) token: usize,
    pub(super) doers: Vec<Party>,
    pub(super) others: Vec<Party>,
    /// "will not": what would be done is refused.
    pub(super) is_refused: bool,
    /// Words name the other side, but nobody known: none may be supplied.
    pub(super) is_told: bool,
    /// The way that led to the other side.
    pub(super) way: Way,
}

impl Act {
    /// Whether two different actors are named as its sides.
    pub(super) fn is_named(&self) -> bool {
        let sides = self.doers.first().zip(self.others.first());
        let is_known = !self.is_placed && !self.is_supplied;
        is_known
            && sides.is_some_and(|(doer, other)| {
                !doer.is_guess && !other.is_guess && doer.key() != other.key()
            })
    }

    /// Whether they are of two countries or bodies.
    pub(super) fn is_between(&self) -> bool {
        let sides = self.doers.first().zip(self.others.first());
        self.is_named() && sides.is_some_and(|(doer, other)| doer.code != other.code)
    }
}

/// Verbs that only say that something is said.
pub(crate) const REPORTS: &[&str] =
    &["say", "tell", "add", "note", "report", "state", "quote", "explain", "comment", "write"];

/// Adds the events of a sentence that are not `known` yet, and tells where the known ones were.
pub(crate) fn find(engine: &Engine, clause: &Clause, scene: &Scene, known: &mut Vec<Found>) {
    let reader = Reader { ontology: &engine.ontology, known: &engine.known, clause, scene };
    let words: Vec<&str> = scene.words.iter().map(String::as_str).collect();
    let mut more = Vec::new();
    let told = predicates(&words, &scene.parse);
    for predicate in &told {
        let Some(token) = reader.token(predicate.word) else { continue };
        if let Some(at) = known.iter().position(|event| event.is_told_by(token)) {
            review(engine, &reader, predicate, known, at);
            continue;
        }
        if let Some(asked) = asked(&reader, predicate) {
            more.push(asked);
            continue;
        }
        if REPORTS.contains(&scene.lemma(predicate.word)) && predicate.particle.is_none() {
            continue;
        }
        let act = match act(engine, &reader, predicate, token) {
            Ok(act) => act,
            Err(why) => {
                let lemma = scene.lemma(predicate.word);
                clause.note(|| format!("dropped act.{lemma}: {why}"));
                continue;
            }
        };
        if known.iter().any(|event| reader.is_within(event, predicate) && has_sides(event, &act)) {
            continue;
        }
        more.extend(event(engine, &reader, act));
    }
    for predicate in &told {
        if !known.iter().chain(&more).any(|event| reader.is_within(event, predicate)) {
            more.extend(threat::of(engine, &reader, predicate));
        }
    }
    known.extend(more);
}

/// The sides that a predicate tells, or why it has none.
fn act(
    engine: &Engine,
    reader: &Reader,
    predicate: &Predicate,
    token: usize,
) -> Result<Act, &'static str> {
    let mut doers = reader.parties(predicate.doers());
    if doers.is_empty() {
        doers.extend(implied_doer(engine, reader, predicate));
    }
    if doers.is_empty() || reader.is_unknown(predicate) {
        return Err("no known actor does it, or to whom is unknown");
    }
    if reader.is_to_himself(predicate, &doers) {
        return Err("it is done to the same actor");
    }
    let (mut others, way) = reader.others(predicate, &doers);
    let is_placed = others.is_empty() && !predicate.is_copular;
    if is_placed {
        let there = reader.of_place(&engine.known, predicate);
        others.extend(there.filter(|party| doers.iter().all(|doer| doer.code != party.code)));
    }
    Ok(Act {
        is_placed,
        is_supplied: false,
        is_mutual: false,
        word: predicate.word,
        token,
        doers,
        others,
        is_refused: predicate.modal == Some(Modal::Will) && predicate.is_negated,
        is_told: reader.names_a_stranger(predicate)
            || sense::names_a_thing(engine, reader, predicate.word),
        way,
    })
}

/// What the parse says of an act that the order of words told.
fn review(
    engine: &Engine,
    reader: &Reader,
    predicate: &Predicate,
    known: &mut Vec<Found>,
    at: usize,
) {
    if let Some(why) = sense::is_otherwise(reader, predicate.word, known[at].kind) {
        let rule = known.remove(at).rule;
        reader.clause.note(|| format!("dropped {rule}: {why}"));
        return;
    }
    let event = &mut known[at];
    let told = mood::of(reader.scene, predicate.word, &engine.ontology);
    if let Some(status) = told.filter(|_| event.status == EventStatus::Actual)
        && matches!(status, EventStatus::Denied | EventStatus::Ongoing)
    {
        event.status = status;
    }
}

/// "The minister said that Libya must hand over the bombers": he asks it of Libya.
fn asked(reader: &Reader, predicate: &Predicate) -> Option<Found> {
    let reporter = predicate.reporter.filter(|_| predicate.modal == Some(Modal::Must))?;
    let speakers = reader.parties(&predicate.sources);
    let speaks = speakers.first()?;
    let mut asked = reader.parties(&predicate.subjects);
    asked.retain(|party| speakers.iter().all(|speaker| speaker.key() != party.key()));
    // What anybody should do is an opinion: only who acts for many is asked.
    let is_citizen = |party: &Party| matches!(party.sector.as_deref(), Some("CVL" | "BUS"));
    asked.retain(|party| !is_citizen(party) && (!party.is_guess || !speaks.is_guess));
    let token = reader.token(reporter)?;
    (!asked.is_empty()).then(|| Found {
        kind: EventType::Request,
        mode: None,
        sources: speakers,
        targets: asked,
        is_reciprocal: false,
        status: EventStatus::Actual,
        date: None,
        place: None,
        attribution: None,
        sentence: reader.clause.sentence.index,
        trigger: (token, token + 1),
        rule: "act.request.must".to_owned(),
        confidence: confidence(0.7),
        more: More::default(),
    })
}

/// Whether acts of a type do somebody good: to refuse them is REJECT, to announce them AGREE.
fn is_friendly(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::Agree
            | EventType::Consult
            | EventType::Support
            | EventType::Cooperate
            | EventType::Aid
            | EventType::Concede
            | EventType::Retreat
    )
}

/// The type and status of what is to come: a refusal, an announcement, or the act itself.
fn settle(kind: EventType, status: EventStatus, is_refused: bool) -> (EventType, EventStatus) {
    match status {
        EventStatus::Negated if is_refused && is_friendly(kind) => {
            (EventType::Reject, EventStatus::Actual)
        }
        EventStatus::Planned if is_friendly(kind) => (EventType::Agree, status),
        _ => verbs::settle(kind, status).unwrap_or((kind, status)),
    }
}

/// Whether an event, told by a noun that hangs on the verb, is between the same two: "impose
/// sanctions".
fn has_sides(event: &Found, act: &Act) -> bool {
    if !event.rule.starts_with("noun.") {
        return false;
    }
    let codes = |parties: &[Party]| -> Vec<String> {
        let mut codes: Vec<String> = parties.iter().map(|party| party.code.clone()).collect();
        codes.sort_unstable();
        codes
    };
    let (doers, others) = (codes(&act.doers), codes(&act.others));
    let (sources, targets) = (codes(&event.sources), codes(&event.targets));
    doers == sources && (others == targets || others.is_empty())
        || doers == targets && others == sources
        || others.is_empty() && doers.len() > 1 && sources.iter().all(|code| doers.contains(code))
}

/// "The ambassador was summoned": the government of the dateline did it, to a guest.
fn host(reader: &Reader, predicate: &Predicate) -> Option<Party> {
    let home = reader.clause.home?;
    let guests = reader.parties(&predicate.subjects);
    let is_guest = guests.first().is_some_and(|guest| guest.code != home && !guest.is_guess);
    let word = reader.scene.spans.get(predicate.word)?;
    let host = Party::new(home, Some("GOV"), word.start, word.start);
    is_guest.then_some(Party { is_guess: true, ..host })
}

/// Who did what nobody is told to have done: an unknown hand of the place, or the authorities there.
fn implied_doer(engine: &Engine, reader: &Reader, predicate: &Predicate) -> Option<Party> {
    let is_open = predicate.is_passive && predicate.agents.is_empty();
    let is_means = predicate.doers().first().is_some_and(|word| reader.is_means(*word));
    if !is_open && !is_means {
        return None;
    }
    let kind = by_rule(engine, reader.scene, predicate.word);
    let sector = match kind {
        Some(EventType::Assault) => "UNK",
        Some(EventType::Coerce | EventType::Sanction) if is_open => "GOV",
        _ => return host(reader, predicate),
    };
    let suffered = reader.parties(predicate.targets());
    let target = suffered.first().filter(|party| !party.code.is_empty())?;
    let place = reader.of_place(&engine.known, predicate).map(|party| party.code);
    let home = || reader.clause.home.map(str::to_owned);
    let code = place.or_else(home).unwrap_or_else(|| target.code.clone());
    // A bomb has words of its own; of a hand that is not told there are none.
    let means = predicate.doers().first().filter(|_| is_means);
    let span = reader.scene.spans.get(means.copied().unwrap_or(predicate.word))?;
    let end = if means.is_some() { span.end } else { span.start };
    Some(Party { is_guess: true, ..Party::new(&code, Some(sector), span.start, end) })
}

/// The type that a word tells by itself.
pub(crate) fn by_word(engine: &Engine, scene: &Scene, word: usize) -> Option<EventType> {
    let rule = rule_of(engine, scene, word).map(|rule| rule.kind);
    rule.or_else(|| engine.table.of(scene, word).map(|told| told.kind))
}

/// The type that a rule of the ontology or a pattern of Dateline's own tells.
pub(super) fn by_rule(engine: &Engine, scene: &Scene, word: usize) -> Option<EventType> {
    let own = || engine.table.of(scene, word).filter(|told| told.is_own && told.has_words());
    let rule = rule_of(engine, scene, word).map(|rule| rule.kind);
    rule.or_else(|| own().map(|told| told.kind))
}

/// The rule of the ontology that a verb falls under.
pub(crate) fn rule_of<'e>(engine: &'e Engine, scene: &Scene, word: usize) -> Option<&'e VerbRule> {
    let form = |at: usize| scene.words.get(at).map_or("", String::as_str);
    let next: Vec<&str> = (word + 1..word + 4).map(form).collect();
    engine.ontology.verb(scene.lemma(word), &next).map(|(rule, _)| rule)
}

/// The likeliest type of an act, and what says so.
fn best(engine: &Engine, scene: &Scene, act: &Act) -> Option<Judged> {
    let mut scores = [0.0_f32; CLASSES.len()];
    let side = |party: &Party| scene.side(party.start..party.end);
    let sides = act.doers.first().and_then(side).zip(act.others.first().and_then(side));
    if let (Some(model), Some((source, target))) = (&engine.model, sides) {
        scores = model.chances(&features(scene, Some(&engine.table), &source, &target));
    }
    let rule = rule_of(engine, scene, act.word);
    if let Some(rule) = rule {
        scores[class_of(Some(rule.kind))] += RULED;
    }
    let is_vague = engine.ontology.is_vague(scene.lemma(act.word));
    let told = engine.table.of(scene, act.word).filter(|told| !is_vague || told.has_content());
    if let Some(told) = told {
        scores[class_of(Some(told.kind))] += if told.has_words() { FITTING } else { PLAIN };
    }
    let (mut kind, mut score) = likeliest(scores)?;
    // Plain words go before a model that is not sure.
    let is_backed = |kind: EventType| {
        let class = class_of(Some(kind));
        [rule.map(|rule| rule.kind), told.map(|told| told.kind)]
            .into_iter()
            .flatten()
            .any(|known| class_of(Some(known)) == class)
    };
    if let Some(told) = told.filter(|told| told.is_own && told.has_content())
        && score < LEAST_BY_MODEL
        && !is_backed(kind)
    {
        (kind, score) = (told.kind, scores[class_of(Some(told.kind))]);
    }
    let is_kind = |other: EventType| class_of(Some(other)) == class_of(Some(kind));
    let rule = rule.filter(|rule| is_kind(rule.kind));
    let evidence = match (rule, told.filter(|told| is_kind(told.kind))) {
        (Some(_), _) => Evidence::Rule,
        (None, Some(told)) if told.is_own && told.has_words() => Evidence::Pattern,
        (None, Some(told)) if told.has_words() => Evidence::Dictionary,
        (None, Some(_)) => Evidence::Verb,
        (None, None) => Evidence::Model,
    };
    let mode = rule.and_then(|rule| rule.mode.clone());
    Some(Judged { kind: rule.map_or(kind, |rule| rule.kind), score, mode, evidence })
}

/// Of acts with a score of .4 about six in ten were right where it was measured, of those with 1 and
/// more eight.
fn confidence(score: f32) -> f64 {
    (0.44 + 0.36 * f64::from(score)).clamp(0.0, 0.9)
}

/// Acts that several do with each other: "A and B exchanged prisoners".
fn is_mutual(kind: EventType, lemma: &str) -> bool {
    matches!(kind, EventType::Consult | EventType::Cooperate | EventType::Agree)
        || matches!(
            lemma,
            "exchange" | "swap" | "sign" | "clash" | "fight" | "battle" | "negotiate" | "ratify"
        )
}

/// The act with its other side, where the story tells or lets one guess it.
fn with_other(reader: &Reader, mut act: Act, kind: EventType) -> Option<Act> {
    // Who speaks somewhere does not speak to those who live there.
    if act.is_placed && (verbs::is_word(kind) && kind != EventType::Agree) {
        act.others.clear();
    }
    let lemma = reader.scene.lemma(act.word);
    let is_among = act.doers.len() > 1 && is_mutual(kind, lemma);
    if is_among && (act.is_placed || act.way != Way::Own) {
        act.others.clear();
    }
    if act.others.is_empty() && is_among {
        act.others = act.doers.split_off(1);
        act.is_mutual = true;
    }
    // Whoever gives way in arms does so to the state.
    let is_truce = matches!(kind, EventType::Retreat | EventType::Concede)
        && act.doers.first().is_some_and(|doer| doer.sector.as_deref() == Some("REB"));
    if act.others.is_empty() && (!act.is_told || is_truce) {
        let doer = act.doers.first()?;
        // Who denies an act was accused of it by the other side.
        let is_denied =
            mood::of(reader.scene, act.word, reader.ontology) == Some(EventStatus::Denied);
        let told = if is_denied { EventType::Accuse } else { kind };
        let other = opponent::of(told, doer, reader.clause.home, reader.clause.cast);
        act.others.extend(other.filter(|other| other.code != doer.code || reader.is_alone(doer)));
        act.is_supplied = !act.others.is_empty();
    }
    Some(act)
}

/// "accused the forces of shelling a village": by the order of words, too, whatever the parse hangs it on.
/// What a protest or a demand is the purpose of is told.
fn is_content(engine: &Engine, reader: &Reader, token: usize, kind: EventType) -> bool {
    let groups = &reader.clause.sentence.groups;
    let group = groups.iter().position(|group| group.main == token && !group.is_finite());
    let has_purpose = matches!(kind, EventType::Protest | EventType::Request);
    group.filter(|group| !(has_purpose && groups[*group].is_infinitive)).is_some_and(|group| {
        status::of(reader.clause, group, &engine.ontology, &engine.lexicon).is_none()
    })
}

fn event(engine: &Engine, reader: &Reader, act: Act) -> Option<Found> {
    let scene = reader.scene;
    let judged = best(engine, scene, &act)?;
    let (kind, score) = (judged.kind, judged.score);
    let act = with_other(reader, act, kind)?;
    let lemma = scene.lemma(act.word);
    let note = |why: &str| {
        let scored = format!("{} {score:.2}", kind.as_str());
        reader.clause.note(|| format!("dropped act.{lemma} ({scored}): {why}"));
    };
    if let Some(why) = doubt::reason_to_drop(engine, reader, &act, &judged) {
        note(why);
        return None;
    }
    let told = mood::of(scene, act.word, &engine.ontology);
    let Some(status) = told.filter(|_| !is_content(engine, reader, act.token, kind)) else {
        note("it is only the content of another act");
        return None;
    };
    let status = mood::purpose(scene, act.word)
        .filter(|_| matches!(kind, EventType::Protest | EventType::Request))
        .and_then(|verb| mood::of(scene, verb, &engine.ontology))
        .unwrap_or(status);
    if status == EventStatus::Hypothetical
        && judged.evidence < Evidence::Rule
        && score < LEAST_BY_DICTIONARY + LESS_SURE
    {
        note("not sure, and only supposed");
        return None;
    }
    let (kind, status) = settle(kind, status, act.is_refused);
    Some(Found {
        kind,
        mode: judged.mode,
        sources: act.doers,
        targets: act.others,
        is_reciprocal: act.is_mutual || matches!(kind, EventType::Consult | EventType::Cooperate),
        status,
        date: None,
        place: None,
        attribution: None,
        sentence: reader.clause.sentence.index,
        trigger: (act.token, act.token + 1),
        rule: format!("act.{}.{lemma}", kind.as_str().to_lowercase()),
        confidence: confidence(score),
        more: More {
            cameo: engine.table.code(scene, act.word),
            trace: vec![format!("act: score {score:.2}, by {}", judged.evidence.as_str())],
            ..More::default()
        },
    })
}
