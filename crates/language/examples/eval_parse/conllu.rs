//! Reads a treebank, and the raw text that its words were cut from.

use std::{fs::File, io::Read, ops::Range, path::Path};

/// A word of a treebank, and its bytes in the raw text.
pub(crate) struct Word {
    pub(crate) form: String,
    pub(crate) lemma: String,
    pub(crate) upos: String,
    pub(crate) xpos: String,
    pub(crate) head: Option<u16>,
    pub(crate) relation: String,
    pub(crate) span: Range<usize>,
}

/// Sentences, and their text as it stood before: paragraphs with an empty line between them.
#[derive(Default)]
pub(crate) struct Treebank {
    pub(crate) sentences: Vec<Vec<Word>>,
    pub(crate) text: String,
}

impl Treebank {
    /// Reads a file in CoNLL-U, packed by gzip.
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut text = String::new();
        flate2::read::GzDecoder::new(File::open(path)?).read_to_string(&mut text)?;
        let mut treebank = Self::default();
        for sentence in text.split("\n\n").filter(|sentence| !sentence.trim().is_empty()) {
            let begins = |line: &str| line.starts_with("# newdoc") || line.starts_with("# newpar");
            if sentence.lines().any(begins) && !treebank.text.is_empty() {
                treebank.text.truncate(treebank.text.trim_end().len());
                treebank.text.push_str("\n\n");
            }
            treebank.add(sentence);
        }
        Ok(treebank)
    }

    fn add(&mut self, sentence: &str) {
        let mut words = Vec::new();
        // The last word of a form that joins several, and whether a space follows that form.
        let mut joined: Option<(usize, bool)> = None;
        for line in sentence.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [id, form, lemma, upos, xpos, _, head, relation, _, misc] = fields[..] else {
                continue;
            };
            let spaced = !misc.contains("SpaceAfter=No");
            if let Some((_, last)) = id.split_once('-') {
                joined = last.parse().ok().map(|last| (last, spaced));
                continue;
            }
            let Ok(id) = id.parse::<usize>() else { continue };
            let start = self.text.len();
            self.text.push_str(form);
            words.push(Word {
                form: form.to_owned(),
                lemma: lemma.to_owned(),
                upos: upos.to_owned(),
                xpos: xpos.to_owned(),
                head: head.parse::<u16>().unwrap_or(0).checked_sub(1),
                relation: relation.to_owned(),
                span: start..self.text.len(),
            });
            let is_spaced = match joined {
                Some((last, _)) if id < last => false,
                Some((last, spaced)) if id == last => spaced,
                _ => spaced,
            };
            if is_spaced {
                self.text.push(' ');
            }
        }
        self.sentences.push(words);
    }

    /// How many words there are.
    pub(crate) fn words(&self) -> usize {
        self.sentences.iter().map(Vec::len).sum()
    }
}
