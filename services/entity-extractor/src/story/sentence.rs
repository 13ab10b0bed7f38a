//! A sentence with its tokens and verb groups.

use std::ops::Range;

use dateline_language::{
    Lexicon, Token, TokenKind, VerbGroup,
    names::{Kind, Mention},
    tokens, verb_groups,
};

use crate::pairs::Scene;

/// Prepositions; `to` before a verb belongs to the verb.
const PREPOSITIONS: &[&str] = &[
    "of",
    "in",
    "on",
    "at",
    "by",
    "for",
    "with",
    "from",
    "about",
    "over",
    "against",
    "between",
    "into",
    "through",
    "under",
    "without",
    "during",
    "despite",
    "toward",
    "towards",
    "amid",
    "among",
    "near",
    "beyond",
    "than",
    "like",
    "via",
    "upon",
    "within",
    "across",
    "to",
    "around",
    "along",
    "off",
    "inside",
    "outside",
    "above",
    "below",
    "behind",
    "including",
    "per",
    "versus",
];
/// Words that open a clause of their own; several are prepositions before a noun.
const SUBORDINATORS: &[&str] = &[
    "that", "which", "who", "whom", "whose", "after", "before", "because", "while", "when", "if",
    "as", "since", "until", "although", "though", "whether", "where", "unless", "once", "why",
    "how", "what",
];

/// What a token is to the clause.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    /// Part of a noun phrase or of nothing.
    Word,
    /// Part of the verb group with this index.
    Verb(usize),
    Preposition,
    Conjunction,
    Subordinator,
    Comma,
    /// A verb that only the parser knows as one.
    Act,
    /// Any other mark: a clause ends here.
    Mark,
}

/// A word in lower case; the country is no pronoun.
fn lower(word: &str) -> String {
    if word == "US" { "u.s.".to_owned() } else { word.to_lowercase() }
}

/// One sentence.
pub(crate) struct Sentence<'t> {
    pub(crate) text: &'t str,
    pub(crate) index: usize,
    pub(crate) range: Range<usize>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) words: Vec<String>,
    pub(crate) groups: Vec<VerbGroup>,
    pub(crate) classes: Vec<Class>,
    /// What the tagger of names says, in order.
    pub(crate) tags: Vec<Mention>,
}

impl<'t> Sentence<'t> {
    pub(crate) fn new(text: &'t str, index: usize, range: Range<usize>, lexicon: &Lexicon) -> Self {
        let mut tokens = tokens(&text[range.clone()]);
        for token in &mut tokens {
            token.start += range.start;
            token.end += range.start;
        }
        let words: Vec<String> = tokens.iter().map(|token| lower(token.text(text))).collect();
        let groups = verb_groups(text, &tokens, lexicon);
        let mut sentence = Self {
            text,
            index,
            range,
            tokens,
            words,
            groups,
            classes: Vec::new(),
            tags: Vec::new(),
        };
        sentence.classes = (0..sentence.tokens.len()).map(|at| sentence.classify(at)).collect();
        for (index, group) in sentence.groups.iter().enumerate() {
            for at in group.first..=group.main {
                sentence.classes[at] = Class::Verb(index);
            }
        }
        sentence
    }

    /// Takes over the verbs that the parser found, where they were taken for words of a phrase:
    /// "demonstrators rioted".
    pub(crate) fn learn_verbs(&mut self, scene: &Scene) {
        let verbs = scene.predicates().filter_map(|word| Some(scene.spans.get(word)?.start));
        for start in verbs {
            let at = self.tokens.iter().position(|token| token.start == start);
            if let Some(class) = at.and_then(|at| self.classes.get_mut(at))
                && *class == Class::Word
            {
                *class = Class::Act;
            }
        }
    }

    fn classify(&self, at: usize) -> Class {
        let word = self.word(at);
        match self.tokens[at].kind {
            TokenKind::Mark if word == "," => Class::Comma,
            TokenKind::Mark if matches!(word, "-" | "$" | "£" | "€" | "%" | "&" | "/") => {
                Class::Word
            }
            TokenKind::Mark => Class::Mark,
            _ if matches!(word, "and" | "or" | "but" | "nor") => Class::Conjunction,
            _ if PREPOSITIONS.contains(&word) => Class::Preposition,
            _ if SUBORDINATORS.contains(&word) => Class::Subordinator,
            _ => Class::Word,
        }
    }

    /// The name of the tagger that holds tokens `first..last`.
    pub(crate) fn tag(&self, first: usize, last: usize) -> Option<&Mention> {
        self.tags.iter().find(|tag| tag.first <= first && last <= tag.last)
    }

    /// The kind of the name that lies in or over tokens `first..last`.
    pub(crate) fn tagged(&self, first: usize, last: usize) -> Option<&Mention> {
        let names = self.tags.iter().filter(|tag| tag.first < last && first < tag.last);
        names
            .filter(|tag| !matches!(tag.kind, Kind::Date | Kind::Money))
            .max_by_key(|tag| tag.last.min(last) - tag.first.max(first))
    }

    /// The token in lower case; empty beyond the ends.
    pub(crate) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The token as written.
    pub(crate) fn written(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    /// The words of tokens `first..last` as written, with what stands between them.
    pub(crate) fn phrase(&self, first: usize, last: usize) -> &'t str {
        let (Some(start), Some(end)) =
            (self.tokens.get(first), last.checked_sub(1).and_then(|last| self.tokens.get(last)))
        else {
            return "";
        };
        self.text.get(start.start..end.end).unwrap_or_default()
    }

    pub(crate) fn class(&self, at: usize) -> Class {
        self.classes.get(at).copied().unwrap_or(Class::Mark)
    }

    pub(crate) fn is_capital(&self, at: usize) -> bool {
        self.written(at).starts_with(char::is_uppercase)
    }
}
