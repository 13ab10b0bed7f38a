//! Events of the parse's predicates: who is the doer and whom it is done to, the type by the verb
//! table, the ontology and the model together.

use dateline_language::{Modal, Predicate, predicates};
use dateline_record::{EventStatus, EventType};

use super::{
    clause::Clause,
    evidence::{Evidence, LEAST_BY_DICTIONARY},
    found::{Found, More},
    mood, opponent, sense,
    sides::{Reader, Way},
    status, threat, verbs,
};
use crate::{
    engine::Engine,
    ontology::{Effect, VerbRule},
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
struct Judged {
    kind: EventType,
    score: f32,
    mode: Option<String>,
    evidence: Evidence,
}

/// The sides of a predicate, and where it is told.
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
struct Act {
    /// The other side is not told but taken from the place.
    is_placed: bool,
    /// The other side is not told but taken from the story.
    is_supplied: bool,
    /// Those who do it do it with each other.
    is_mutual: bool,
    word: usize,
    token: usize,
    doers: Vec<Party>,
    others: Vec<Party>,
    /// "will not": what would be done is refused.
    is_refused: bool,
    /// Words name the other side, but nobody known: none may be supplied.
    is_told: bool,
    /// The way that led to the other side.
    way: Way,
}

impl Act {
    /// Whether two different actors are named as its sides.
    fn is_named(&self) -> bool {
        let sides = self.doers.first().zip(self.others.first());
        let is_known = !self.is_placed && !self.is_supplied;
        is_known
            && sides.is_some_and(|(doer, other)| {
                !doer.is_guess && !other.is_guess && doer.key() != other.key()
            })
    }

    /// Whether they are of two countries or bodies.
    fn is_between(&self) -> bool {
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
        if let Some(event) = known.iter_mut().find(|event| event.is_told_by(token)) {
            let told = mood::of(scene, predicate.word, &engine.ontology);
            if let Some(status) = told.filter(|_| event.status == EventStatus::Actual)
                && matches!(status, EventStatus::Denied | EventStatus::Ongoing)
            {
                event.status = status;
            }
            continue;
        }
        if let Some(asked) = asked(&reader, predicate) {
            more.push(asked);
            continue;
        }
        if REPORTS.contains(&scene.lemma(predicate.word)) {
            continue;
        }
        let mut doers = reader.parties(predicate.doers());
        if doers.is_empty() {
            doers.extend(implied_doer(engine, &reader, predicate));
        }
        if doers.is_empty() || reader.is_unknown(predicate) {
            let lemma = scene.lemma(predicate.word);
            clause.note(|| {
                format!("dropped act.{lemma}: no known actor does it, or to whom is unknown")
            });
            continue;
        }
        if reader.is_to_himself(predicate, &doers) {
            let lemma = scene.lemma(predicate.word);
            clause.note(|| format!("dropped act.{lemma}: it is done to the same actor"));
            continue;
        }
        let (mut others, way) = reader.others(predicate, &doers);
        let is_placed = others.is_empty() && !predicate.is_copular;
        if is_placed {
            let there = reader.of_place(&engine.known, predicate);
            others.extend(there.filter(|party| doers.iter().all(|doer| doer.code != party.code)));
        }
        let is_refused = predicate.modal == Some(Modal::Will) && predicate.is_negated;
        let act = Act {
            is_placed,
            is_supplied: false,
            is_mutual: false,
            word: predicate.word,
            token,
            doers,
            others,
            is_refused,
            is_told: reader.names_a_stranger(predicate)
                || sense::names_a_thing(engine, &reader, predicate.word),
            way,
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
fn by_rule(engine: &Engine, scene: &Scene, word: usize) -> Option<EventType> {
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
    let (kind, score) = likeliest(scores)?;
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

/// Acts that are told of one side alone; of giving way where the words are plain: "resigned".
fn stands_alone(judged: &Judged) -> bool {
    match judged.kind {
        EventType::Protest | EventType::Mobilize => true,
        EventType::Retreat | EventType::Concede => judged.evidence >= Evidence::Pattern,
        _ => false,
    }
}

/// Why an act of this type and score is no event.
fn reason_to_drop(
    engine: &Engine,
    reader: &Reader,
    act: &Act,
    judged: &Judged,
) -> Option<&'static str> {
    let kind = judged.kind;
    if kind == EventType::Protest && act.doers.first().is_some_and(sense::is_of_state) {
        return Some("who acts for the state does not protest");
    }
    let lemma = reader.scene.lemma(act.word);
    if matches!(engine.ontology.operator(lemma), Some(Effect::Status(_)))
        || lemma == "deny" && reader.has_content(act.word)
    {
        return Some("it only governs another act");
    }
    weakness(engine, reader, act, judged)
        .or_else(|| misreading(engine, reader, act, judged))
        .or_else(|| {
            (act.others.is_empty() && !stands_alone(judged)).then_some("nobody to do it to")
        })
}

/// Why what an act rests on is too little.
fn weakness(engine: &Engine, reader: &Reader, act: &Act, judged: &Judged) -> Option<&'static str> {
    let doer = act.doers.first().and_then(|doer| doer.sector.as_deref());
    // The model knows nothing of an unknown hand: there the word tells the type.
    let is_hidden = act.doers.first().is_some_and(|doer| doer.start == doer.end);
    let is_told = (doer == Some("UNK") || is_hidden)
        && by_rule(engine, reader.scene, act.word) == Some(judged.kind);
    #[allow(clippy::cast_possible_truncation)] // from 0 to 1
    let least = judged.evidence.least(engine.config.min_act_score as f32, act.is_between());
    if !is_told && judged.score < least {
        return Some("not sure");
    }
    if (act.is_placed || act.is_supplied) && !is_told && judged.evidence < Evidence::Pattern {
        return Some("to whom is only guessed");
    }
    let is_guess = |parties: &[Party]| parties.first().is_some_and(|party| party.is_guess);
    let guesses = usize::from(is_guess(&act.doers)) + usize::from(is_guess(&act.others));
    let most = match judged.evidence {
        Evidence::Model | Evidence::Verb => 0,
        Evidence::Dictionary => 1,
        Evidence::Pattern | Evidence::Rule => 2,
    };
    if guesses > most {
        return Some("too little is named for a word that says so little");
    }
    let is_vague = engine.ontology.is_vague(reader.scene.lemma(act.word));
    let is_bare = judged.evidence == Evidence::Model && (!act.is_named() || is_vague);
    is_bare.then_some("nothing but the model says so")
}

/// Why the words mean something else.
fn misreading(
    engine: &Engine,
    reader: &Reader,
    act: &Act,
    judged: &Judged,
) -> Option<&'static str> {
    let (kind, lemma) = (judged.kind, reader.scene.lemma(act.word));
    if sense::is_trip(act.doers.first(), judged.mode.as_deref())
        || sense::wants_a_person(engine, reader, act.word)
    {
        return Some("nobody is met");
    }
    if kind == EventType::Cooperate && sense::hands_a_thing(reader, act.word) {
        return Some("a thing is handed over");
    }
    if kind == EventType::Threaten && sense::is_of_danger(reader, act.word) {
        return Some("it tells of a danger");
    }
    if kind == EventType::Request && sense::is_for_himself(reader, act.word) {
        return Some("he asks it for himself");
    }
    let is_press = |party: &Party| party.sector.as_deref() == Some("MED");
    if verbs::is_word(kind) && act.doers.iter().any(is_press) {
        return Some("the press only writes");
    }
    if sense::is_silence(reader, act.word) || sense::is_figure(reader, act.word, kind) {
        return Some("the words mean something else");
    }
    let is_bodily = matches!(kind, EventType::Assault | EventType::Coerce | EventType::Consult);
    let is_fight = matches!(lemma, "fight" | "battle" | "clash");
    // "accused his predecessors of having signed": whoever is accused stands right there.
    let is_told = kind == EventType::Accuse && reader.has_object(act.word);
    if (is_bodily || is_told) && act.way == Way::Below || is_fight && act.way > Way::Own {
        return Some("to whom stands too far down");
    }
    if sense::is_private(&act.doers, &act.others, kind) {
        return Some("private people among themselves");
    }
    let is_shown = lemma == "demonstrate" && reader.has_object_or_content(act.word);
    is_shown.then_some("it shows something")
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
        let other = opponent::of(kind, doer, reader.clause.home, reader.clause.cast);
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
    if let Some(why) = reason_to_drop(engine, reader, &act, &judged) {
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
