//! Verbs by their forms.

use std::collections::HashMap;

use crate::irregular::{DOUBLING, IRREGULAR};

/// What a form of a verb may be.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Form {
    /// `meet`: infinitive, or present of more than one.
    Base,
    /// `meets`.
    Third,
    /// `met` in "they met".
    Past,
    /// `met` in "have met", "were met".
    Participle,
    /// `meeting`.
    Gerund,
}

/// One way to read a word as a verb.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reading {
    /// The verb, as an index of [`Lexicon::lemma`].
    pub verb: usize,
    /// The form.
    pub form: Form,
}

/// Verbs of news text besides those that a caller adds: without them a clause has no end.
const COMMON: &str = include_str!("../data/verbs.txt");

/// The verbs that are known.
#[derive(Debug)]
pub struct Lexicon {
    lemmas: Vec<String>,
    forms: HashMap<String, Vec<Reading>>,
}

impl Lexicon {
    /// The common verbs and `more`.
    pub fn new<'a>(more: impl IntoIterator<Item = &'a str>) -> Self {
        let mut lexicon = Self { lemmas: Vec::new(), forms: HashMap::new() };
        let mut lemmas: Vec<&str> =
            COMMON.lines().filter(|line| !line.starts_with('#')).chain(more).collect();
        lemmas.sort_unstable();
        lemmas.dedup();
        for lemma in lemmas {
            lexicon.add(lemma);
        }
        lexicon
    }

    /// The readings of a word in lower case.
    pub fn readings(&self, word: &str) -> &[Reading] {
        self.forms.get(word).map_or(&[], Vec::as_slice)
    }

    /// The base form of a verb.
    pub fn lemma(&self, verb: usize) -> &str {
        self.lemmas.get(verb).map_or("", String::as_str)
    }

    fn add(&mut self, lemma: &str) {
        let verb = self.lemmas.len();
        self.lemmas.push(lemma.to_owned());
        let irregular = IRREGULAR.iter().find(|(base, _, _)| *base == lemma);
        let (past, participle) = match irregular {
            Some((_, past, participle)) => ((*past).to_owned(), (*participle).to_owned()),
            None => (ending(lemma, "ed"), ending(lemma, "ed")),
        };
        self.insert(lemma.to_owned(), verb, Form::Base);
        self.insert(third(lemma), verb, Form::Third);
        for form in past.split('/') {
            self.insert(form.to_owned(), verb, Form::Past);
        }
        for form in participle.split('/') {
            self.insert(form.to_owned(), verb, Form::Participle);
        }
        self.insert(ending(lemma, "ing"), verb, Form::Gerund);
    }

    fn insert(&mut self, form: String, verb: usize, kind: Form) {
        let reading = Reading { verb, form: kind };
        let readings = self.forms.entry(form).or_default();
        if !readings.contains(&reading) {
            readings.push(reading);
        }
    }
}

fn third(lemma: &str) -> String {
    if lemma.ends_with(['s', 'x', 'z', 'o']) || lemma.ends_with("ch") || lemma.ends_with("sh") {
        return format!("{lemma}es");
    }
    match consonant_y(lemma) {
        Some(stem) => format!("{stem}ies"),
        None => format!("{lemma}s"),
    }
}

/// `lemma` with `ed` or `ing`.
fn ending(lemma: &str, end: &str) -> String {
    if end == "ed"
        && let Some(stem) = consonant_y(lemma)
    {
        return format!("{stem}ied");
    }
    if let Some(stem) = lemma.strip_suffix("ie")
        && end == "ing"
    {
        return format!("{stem}ying");
    }
    let keeps = lemma.ends_with("ee") || lemma.ends_with("oe") || lemma.ends_with("ye");
    if let Some(stem) = lemma.strip_suffix('e')
        && (end == "ed" || !keeps)
    {
        return format!("{stem}{end}");
    }
    if doubles(lemma) {
        let last = lemma.chars().next_back().unwrap_or_default();
        return format!("{lemma}{last}{end}");
    }
    format!("{lemma}{end}")
}

fn consonant_y(lemma: &str) -> Option<&str> {
    let stem = lemma.strip_suffix('y')?;
    (!stem.ends_with(['a', 'e', 'i', 'o', 'u'])).then_some(stem)
}

/// One syllable of consonant, vowel, consonant, or a verb of the list.
fn doubles(lemma: &str) -> bool {
    let bytes = lemma.as_bytes();
    let is_vowel = |byte: &u8| b"aeiou".contains(byte);
    let vowels = bytes.iter().filter(|byte| is_vowel(byte)).count();
    let is_short = match bytes {
        [.., before, vowel, last] => {
            !is_vowel(before) && is_vowel(vowel) && !is_vowel(last) && !b"wxy".contains(last)
        }
        _ => false,
    };
    is_short && (vowels == 1 || DOUBLING.contains(&lemma))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_forms() {
        let lexicon = Lexicon::new([
            "meet", "ban", "deny", "visit", "agree", "expel", "die", "attack", "impose",
        ]);
        let check = |word: &str, lemma: &str, form: Form| {
            let found = lexicon
                .readings(word)
                .iter()
                .any(|reading| reading.form == form && lexicon.lemma(reading.verb) == lemma);
            assert!(found, "{word}");
        };
        check("met", "meet", Form::Past);
        check("met", "meet", Form::Participle);
        check("meeting", "meet", Form::Gerund);
        check("banned", "ban", Form::Past);
        check("denies", "deny", Form::Third);
        check("denied", "deny", Form::Past);
        check("visited", "visit", Form::Past);
        check("agreed", "agree", Form::Past);
        check("agreeing", "agree", Form::Gerund);
        check("expelled", "expel", Form::Participle);
        check("dying", "die", Form::Gerund);
        check("imposing", "impose", Form::Gerund);
        check("sought", "seek", Form::Past);
        assert!(lexicon.readings("teapot").is_empty());
    }
}
