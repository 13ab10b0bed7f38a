//! Base forms by the longest suffix that a word's tag knows.

use std::collections::HashMap;

use super::{
    ParserError,
    file::{Sections, bad},
};
use crate::{Form, Lexicon, Xpos};

/// What to cut off a word's end, in characters, and what to put there.
type Edit = (u8, Box<str>);

/// Rules learned from a treebank.
#[derive(Debug)]
pub(super) struct Lemmas {
    rules: HashMap<Xpos, HashMap<Box<str>, Edit>>,
    /// Verbs whose forms are sure: rules guess at those that the treebank does not have.
    verbs: Lexicon,
}

impl Lemmas {
    pub(super) fn load(file: &Sections<'_>) -> Result<Self, ParserError> {
        let mut rules: HashMap<Xpos, HashMap<Box<str>, Edit>> = HashMap::new();
        for line in file.lines("lemmas")? {
            let mut fields = line.split('\t');
            let mut field =
                || fields.next().ok_or_else(|| bad("lemmas", "a line without four fields"));
            let (tag, suffix, cut, add) = (field()?, field()?, field()?, field()?);
            let cut = cut.parse().map_err(|_| bad("lemmas", "a cut that is no number"))?;
            rules.entry(Xpos::from_name(tag)).or_default().insert(suffix.into(), (cut, add.into()));
        }
        Ok(Self { rules, verbs: Lexicon::new([]) })
    }

    /// The base form; names keep their letters as they are.
    pub(super) fn of(&self, word: &str, xpos: Xpos) -> String {
        let lower = word.to_lowercase();
        if let Some(verb) = self.verb(&lower, xpos) {
            return verb.to_owned();
        }
        let Some((cut, add)) = self.rule(&format!("^{lower}"), xpos) else {
            return if is_name(xpos) { word.to_owned() } else { lower };
        };
        let form = if is_name(xpos) { word } else { &lower };
        let kept = form.chars().count().saturating_sub(usize::from(*cut));
        form.chars().take(kept).chain(add.chars()).collect()
    }

    /// Adds verbs that are sure.
    pub(super) fn add<'a>(&mut self, verbs: impl IntoIterator<Item = &'a str>) {
        self.verbs = Lexicon::new(verbs);
    }

    fn verb(&self, word: &str, xpos: Xpos) -> Option<&str> {
        let form = match xpos {
            Xpos::Vbd => Form::Past,
            Xpos::Vbn => Form::Participle,
            Xpos::Vbg => Form::Gerund,
            Xpos::Vbz => Form::Third,
            _ => return None,
        };
        let mut readings = self.verbs.readings(word).iter().filter(|reading| reading.form == form);
        // Where two verbs share a form, "found" and "lay", the treebank's rules know the commoner.
        let verb = readings.next()?.verb;
        readings.next().is_none().then(|| self.verbs.lemma(verb))
    }

    fn rule(&self, word: &str, xpos: Xpos) -> Option<&Edit> {
        let rules = self.rules.get(&xpos)?;
        let mut starts = word.char_indices().map(|(at, _)| at).chain([word.len()]);
        starts.find_map(|start| rules.get(&word[start..]))
    }
}

fn is_name(xpos: Xpos) -> bool {
    matches!(xpos, Xpos::Nnp | Xpos::Nnps)
}
