//! Why what looks like an act is none.

use dateline_record::EventType;

use super::{
    acts::{Act, Judged, by_rule},
    evidence::Evidence,
    sense,
    sides::Reader,
    targets::Way,
    verbs,
};
use crate::{engine::Engine, ontology::Effect, story::party::Party};

/// Acts that are told of one side alone; of giving way where the words are plain: "resigned".
fn stands_alone(judged: &Judged) -> bool {
    match judged.kind {
        EventType::Protest | EventType::Mobilize => true,
        EventType::Retreat | EventType::Concede => judged.evidence >= Evidence::Pattern,
        _ => false,
    }
}

/// Why an act of this type and score is no event.
pub(super) fn reason_to_drop(
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
    if let Some(why) = sense::is_otherwise(reader, act.word, kind) {
        return Some(why);
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
