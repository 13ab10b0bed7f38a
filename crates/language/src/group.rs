//! Verb groups: `has also been trying`, `will not meet`, `to arrange`; with tense and voice.

use crate::{
    Form, Lexicon, Token, TokenKind,
    words::{BE, BETWEEN, DETERMINERS, DO, HAVE, NEGATIONS, PREPOSITIONS, PRONOUNS},
};

/// A modal verb.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Modal {
    /// will, shall.
    Will,
    /// would.
    Would,
    /// may, might, could, can: it is possible.
    May,
    /// must, should: it ought to be.
    Must,
}

/// The tense of a group's first verb.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tense {
    /// `meets`, `has met`.
    Present,
    /// `met`.
    Past,
    /// `had met`.
    PastPerfect,
    /// No tense: `to meet`, `meeting`.
    #[default]
    None,
}

/// A verb with its auxiliaries.
// Voice, aspect, form and negation are independent: each is a yes or no of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VerbGroup {
    /// The first token: an auxiliary, `to`, or the verb.
    pub first: usize,
    /// The token of the verb itself.
    pub main: usize,
    /// The verb, as an index of [`Lexicon::lemma`]; none for `be`, `have` and unknown verbs.
    pub verb: Option<usize>,
    /// The form of the verb itself.
    pub form: Form,
    /// Tense of the first verb.
    pub tense: Tense,
    /// The modal, where there is one.
    pub modal: Option<Modal>,
    /// `was met by`.
    pub is_passive: bool,
    /// `is meeting`.
    pub is_progressive: bool,
    /// Begins with `to`.
    pub is_infinitive: bool,
    /// `not`, `never`, `n't`.
    pub is_negated: bool,
}

impl VerbGroup {
    /// Whether the group has a tense or a modal, and so a subject of its own.
    pub fn is_finite(&self) -> bool {
        self.tense != Tense::None || self.modal.is_some()
    }
}

/// The verb groups of a sentence, in order.
pub fn verb_groups(text: &str, tokens: &[Token], lexicon: &Lexicon) -> Vec<VerbGroup> {
    let words: Vec<String> = tokens.iter().map(|token| token.text(text).to_lowercase()).collect();
    let reader = Reader { text, tokens, words: &words, lexicon };
    let mut groups = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match reader.group(at) {
            Some(group) => {
                at = group.main + 1;
                groups.push(group);
            }
            None => at += 1,
        }
    }
    groups
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    words: &'a [String],
    lexicon: &'a Lexicon,
}

/// What the auxiliaries have said so far.
#[derive(Clone, Copy, Default)]
struct Chain {
    modal: Option<Modal>,
    tense: Option<Tense>,
    is_infinitive: bool,
    is_negated: bool,
    /// The last auxiliary was a form of be, have, or do.
    last: Option<Auxiliary>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Auxiliary {
    Be,
    Have,
    Do,
    Modal,
    To,
}

impl Reader<'_> {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    fn group(&self, first: usize) -> Option<VerbGroup> {
        let mut chain = Chain::default();
        let mut at = first;
        let mut last_auxiliary = None;
        while at < self.words.len() {
            let word = self.word(at);
            if let Some(auxiliary) = self.auxiliary(at, chain) {
                chain.take(auxiliary, word);
                last_auxiliary = Some(at);
            } else if chain.last.is_some() && NEGATIONS.contains(&word) {
                chain.is_negated = true;
            } else if !(chain.last.is_some() && is_adverb(word)) {
                break;
            }
            at += 1;
        }
        match chain.last {
            None => self.bare(first),
            Some(last) => self.after_auxiliary(first, at, chain, last).or_else(|| {
                let main = last_auxiliary
                    .filter(|_| matches!(last, Auxiliary::Be | Auxiliary::Have | Auxiliary::Do))?;
                Some(chain.group(first, main, None, Form::Base))
            }),
        }
    }

    fn auxiliary(&self, at: usize, chain: Chain) -> Option<Auxiliary> {
        let word = self.word(at);
        let is_possessive = self.tokens[at].kind == TokenKind::Possessive;
        if BE.contains(&word) {
            return Some(Auxiliary::Be);
        }
        if is_possessive {
            return None;
        }
        if HAVE.contains(&word) {
            return Some(Auxiliary::Have);
        }
        if DO.contains(&word) && chain.last.is_none() {
            return Some(Auxiliary::Do);
        }
        let is_may_month = word == "may" && self.tokens[at].text(self.text).starts_with('M');
        if modal(word).is_some() && chain.last.is_none() && !is_may_month {
            return Some(Auxiliary::Modal);
        }
        let next = self.word(at + 1);
        let is_to = word == "to"
            && (chain.last.is_none() || chain.last == Some(Auxiliary::Be))
            && (self.has(next, Form::Base)
                || matches!(next, "be" | "have")
                || next.ends_with("ly") && self.has(self.word(at + 2), Form::Base));
        is_to.then_some(Auxiliary::To)
    }

    fn has(&self, word: &str, form: Form) -> bool {
        self.lexicon.readings(word).iter().any(|reading| reading.form == form)
    }

    fn after_auxiliary(
        &self,
        first: usize,
        at: usize,
        chain: Chain,
        last: Auxiliary,
    ) -> Option<VerbGroup> {
        let wanted: &[Form] = match last {
            Auxiliary::Be => &[Form::Participle, Form::Gerund],
            Auxiliary::Have => &[Form::Participle],
            Auxiliary::Do | Auxiliary::Modal | Auxiliary::To => &[Form::Base],
        };
        let readings = self.lexicon.readings(self.word(at));
        let reading =
            wanted.iter().find_map(|form| readings.iter().find(|reading| reading.form == *form))?;
        let mut group = chain.group(first, at, Some(reading.verb), reading.form);
        group.is_passive = last == Auxiliary::Be && reading.form == Form::Participle;
        group.is_progressive = last == Auxiliary::Be && reading.form == Form::Gerund;
        Some(group)
    }

    /// A verb without auxiliaries: the words around it decide whether it is one.
    fn bare(&self, at: usize) -> Option<VerbGroup> {
        if self.tokens[at].kind != TokenKind::Word || self.is_name(at) {
            return None;
        }
        let readings = self.lexicon.readings(self.word(at));
        let reading = readings.iter().find(|reading| self.fits(at, reading.form))?;
        let tense = match reading.form {
            Form::Past => Tense::Past,
            Form::Base | Form::Third => Tense::Present,
            Form::Participle | Form::Gerund => Tense::None,
        };
        let chain = Chain { tense: Some(tense), ..Chain::default() };
        let mut group = chain.group(at, at, Some(reading.verb), reading.form);
        // `angered by`: a participle with its doer behind it.
        if reading.form == Form::Past && self.word(at + 1) == "by" && !self.follows_subject(at) {
            group.is_passive = true;
            group.tense = Tense::None;
        }
        group.is_negated = at > 0 && self.word(at - 1) == "never";
        Some(group)
    }

    /// A capital within a sentence marks a name.
    fn is_name(&self, at: usize) -> bool {
        at > 0 && self.tokens[at].text(self.text).starts_with(char::is_uppercase)
    }

    fn before(&self, at: usize) -> &str {
        let mut index = at;
        while index > 0 {
            index -= 1;
            if !is_adverb(self.word(index)) {
                return self.word(index);
            }
        }
        ""
    }

    fn fits(&self, at: usize, form: Form) -> bool {
        let before = self.before(at);
        let is_after_noun_part = DETERMINERS.contains(&before) || self.is_possessive_before(at);
        match form {
            Form::Gerund => !is_after_noun_part || PREPOSITIONS.contains(&before),
            Form::Past => !is_after_noun_part && !PREPOSITIONS.contains(&before),
            Form::Participle => false,
            Form::Third => {
                !is_after_noun_part
                    && !PREPOSITIONS.contains(&before)
                    && !is_number(before)
                    && (self.opens_object(at + 1) || PRONOUNS.contains(&before))
                    && !self.is_behind_verb(at)
                    && self.may_be_subject(at)
            }
            Form::Base => {
                let is_plural =
                    before.ends_with('s') && !before.ends_with("ss") && !before.ends_with("'s")
                        || PRONOUNS.contains(&before);
                !is_after_noun_part
                    && at > 0
                    && is_plural
                    && !PREPOSITIONS.contains(&before)
                    && self.opens_object(at + 1)
                    && self.lexicon.readings(before).is_empty()
            }
        }
    }

    /// "held talks with", "to arrange talks with": what stands behind a verb is its object.
    fn is_behind_verb(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        let is_past =
            self.has(self.word(before), Form::Past) || self.has(self.word(before), Form::Gerund);
        is_past
            || before > 0
                && self.word(before - 1) == "to"
                && self.has(self.word(before), Form::Base)
    }

    fn is_possessive_before(&self, at: usize) -> bool {
        at > 0 && self.tokens[at - 1].kind == TokenKind::Possessive
    }

    /// A noun, a name or a pronoun stands before, and no adjective.
    fn may_be_subject(&self, at: usize) -> bool {
        let before = self.before(at);
        let is_adjective =
            ["al", "ic", "ive", "ous", "ful", "able", "ible", "ary", "an", "ese", "ish"]
                .iter()
                .any(|end| before.ends_with(end));
        let is_capital =
            at > 0 && self.tokens[at - 1].text(self.text).starts_with(char::is_uppercase);
        !before.is_empty()
            && (!is_adjective || is_capital && self.opens_clause(at + 1))
            && before.chars().all(|c| c.is_alphanumeric() || "-'.’,".contains(c))
    }

    fn opens_clause(&self, at: usize) -> bool {
        matches!(self.word(at), "to" | "that" | "the" | "a" | "its" | "his" | "her")
    }

    /// Whether a subject stands right before: then a past form has a tense.
    fn follows_subject(&self, at: usize) -> bool {
        matches!(self.before(at), "he" | "she" | "it" | "they" | "we" | "who" | "which" | "that")
    }

    /// Whether the words from here may be what a verb governs.
    fn opens_object(&self, at: usize) -> bool {
        let word = self.word(at);
        let is_capital = self
            .tokens
            .get(at)
            .is_some_and(|token| token.text(self.text).starts_with(char::is_uppercase));
        let opens = [
            "the", "a", "an", "to", "that", "its", "his", "her", "their", "it", "him", "them",
            "no", "any", "all", "with", "for", "into", "not", "more", "new", "over", "against",
            "us", "how", "what", "sending", "as",
        ];
        is_capital || opens.contains(&word) || is_number(word) || self.has(word, Form::Gerund)
    }
}

impl Chain {
    fn take(&mut self, auxiliary: Auxiliary, word: &str) {
        let tense = match word {
            "was" | "were" | "did" => Tense::Past,
            "had" => Tense::PastPerfect,
            "be" | "been" | "being" | "having" => Tense::None,
            _ if auxiliary == Auxiliary::To => Tense::None,
            _ => Tense::Present,
        };
        if self.last.is_none() && auxiliary != Auxiliary::Modal {
            self.tense = Some(tense);
        }
        self.is_infinitive |= auxiliary == Auxiliary::To;
        self.modal = self.modal.or_else(|| modal(word).filter(|_| auxiliary == Auxiliary::Modal));
        self.last = Some(auxiliary);
    }

    fn group(self, first: usize, main: usize, verb: Option<usize>, form: Form) -> VerbGroup {
        // "had talks": the past of have; "had met" comes with a participle.
        let tense = match self.tense {
            Some(Tense::PastPerfect) if verb.is_none() => Tense::Past,
            tense => tense.unwrap_or(Tense::None),
        };
        VerbGroup {
            first,
            main,
            verb,
            form,
            tense,
            modal: self.modal,
            is_passive: false,
            is_progressive: false,
            is_infinitive: self.is_infinitive,
            is_negated: self.is_negated,
        }
    }
}

fn modal(word: &str) -> Option<Modal> {
    match word {
        "will" | "shall" | "'ll" | "’ll" | "wo" => Some(Modal::Will),
        "would" | "'d" | "’d" => Some(Modal::Would),
        "may" | "might" | "could" | "can" | "ca" => Some(Modal::May),
        "must" | "should" | "ought" => Some(Modal::Must),
        _ => None,
    }
}

fn is_adverb(word: &str) -> bool {
    word.len() > 3 && word.ends_with("ly") && word != "reply" && word != "italy"
        || BETWEEN.contains(&word)
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each group as `lemma` with its marks.
    fn described(text: &str) -> Vec<String> {
        let lexicon =
            Lexicon::new(["meet", "deny", "urge", "impose", "attack", "visit", "agree", "anger"]);
        let tokens = crate::tokens(text);
        let groups = verb_groups(text, &tokens, &lexicon);
        groups
            .iter()
            .map(|group| {
                let mut marks = group.verb.map_or("-", |verb| lexicon.lemma(verb)).to_owned();
                for (is_set, mark) in [
                    (group.is_passive, " passive"),
                    (group.is_negated, " not"),
                    (group.is_infinitive, " to"),
                    (group.is_progressive, " ing"),
                ] {
                    marks.push_str(if is_set { mark } else { "" });
                }
                if let Some(modal) = group.modal {
                    marks.push_str(&format!(" {modal:?}").to_lowercase());
                }
                if group.tense == Tense::PastPerfect {
                    marks.push_str(" had");
                }
                marks
            })
            .collect()
    }

    #[test]
    fn finds_groups() {
        let check = |text: &str, expected: &[&str]| assert_eq!(described(text), expected, "{text}");
        check("Abe will meet Putin", &["meet will"]);
        check("Ministers from both countries have not met him", &["meet not"]);
        check("Japan has imposed sanctions on Moscow", &["impose"]);
        check("Moscow denies sending troops", &["deny", "send"]);
        check("Abe urged Russia to fulfil its role", &["urge", "fulfil to"]);
        check("The village was attacked by rebels", &["attack passive"]);
        check("Putin had planned a return visit to Tokyo", &["plan had"]);
        check("They have been angered by disputes", &["anger passive"]);
        check("The talks between Japan and Russia", &[]);
        check("The attack on the disputed island", &[]);
        check("He is visiting Sochi to meet Abe", &["visit ing", "meet to"]);
        check("They could have agreed", &["agree may"]);
        check("Russia plans to visit Japan", &["plan", "visit to"]);
        check("They held talks with Japan", &["hold"]);
        check("Abe tried to arrange talks with Russia", &["try", "arrange to"]);
        check("The sides held talks in May", &["hold"]);
    }
}
