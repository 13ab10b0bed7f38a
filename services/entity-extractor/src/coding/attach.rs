//! Which words of time and place belong to an act, by the parse.

use dateline_language::Relation;

use crate::pairs::Scene;

/// How a phrase belongs to an act.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Tie {
    /// It hangs on the act's own verb or noun.
    Own,
    /// On a verb beside it: "moved in on Tuesday and arrested", "agreed in Paris to meet".
    Beside,
    /// On another verb of the sentence.
    Far,
    /// On the verb that reports the act: "said on Tuesday that it had arrested".
    Report,
}

/// The word of the parse that a byte of the text lies in.
pub(crate) fn word_at(scene: &Scene, byte: usize) -> Option<usize> {
    scene.spans.iter().position(|span| span.start <= byte && byte < span.end)
}

/// How the phrase of one word belongs to the act that another tells.
pub(crate) fn tie(scene: &Scene, trigger: usize, word: usize) -> Tie {
    let above = scene.above(word);
    let is_verb = |word: &usize| scene.is_verb(*word);
    let verb = above.iter().copied().find(is_verb);
    let stops = above.iter().position(is_verb).unwrap_or(above.len());
    if above[..stops].contains(&trigger) {
        return Tie::Own;
    }
    // "a trip that had been set for Friday": the day is the trip's.
    let is_set = verb.is_some_and(|verb| {
        matches!(scene.lemma(verb), "set" | "plan" | "schedule" | "fix" | "expect" | "slate")
    });
    if is_set && !scene.is_verb(trigger) && above.contains(&trigger) {
        return Tie::Own;
    }
    let own = scene.above(trigger).into_iter().find(is_verb);
    let (Some(verb), Some(own)) = (verb, own) else { return Tie::Far };
    if verb == own {
        return Tie::Own;
    }
    let parse = &scene.parse;
    let joins = |low: usize, high: usize| {
        (parse.head(low) == Some(high)).then(|| parse.relation(low).base())
    };
    match (joins(own, verb), joins(verb, own)) {
        (Some(Relation::Ccomp | Relation::Parataxis), _) => Tie::Report,
        (Some(Relation::Xcomp | Relation::Conj | Relation::Advcl), _)
        | (_, Some(Relation::Xcomp | Relation::Conj)) => Tie::Beside,
        _ => Tie::Far,
    }
}
