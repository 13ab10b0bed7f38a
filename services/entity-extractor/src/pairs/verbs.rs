//! The verbs of the CAMEO dictionary: which type a verb tells, by the words around it.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use dateline_language::Relation;
use dateline_record::EventType;

use super::Scene;

const TABLES: [(&str, &str); 2] = [
    ("models/events/verbs.tsv", include_str!("../../../../models/events/verbs.tsv")),
    ("config/ontology/patterns.tsv", include_str!("../../../../config/ontology/patterns.tsv")),
];

/// Words of a pattern are looked for so far from the verb.
const REACH: usize = 12;

/// Words of patterns that say nothing of what is done.
const SMALL: &[&str] = &[
    "to", "in", "on", "at", "of", "for", "from", "with", "by", "into", "out", "up", "off", "over",
    "down", "about", "against", "away", "back", "through", "toward", "towards", "not", "as", "new",
    "that",
];

/// The number of a word that some pattern has.
pub(crate) type WordId = u32;

/// Words or phrases of which one must stand: `a/b c`.
#[derive(Debug)]
struct Wanted {
    written: &'static str,
    phrases: Vec<Vec<WordId>>,
}

/// A row of the table: the words that must stand around a verb, and the type.
#[derive(Debug)]
pub(crate) struct Pattern {
    before: Vec<Wanted>,
    behind: Vec<Wanted>,
    pub(crate) code: &'static str,
    pub(crate) kind: EventType,
    /// One of Dateline's own patterns.
    pub(crate) is_own: bool,
    /// How many verbs share the row.
    verbs: f32,
}

/// All rows, by verb.
#[derive(Debug, Default)]
pub(crate) struct Verbs {
    patterns: Vec<Pattern>,
    by_verb: HashMap<&'static str, Vec<usize>>,
    ids: HashMap<&'static str, WordId>,
}

impl Verbs {
    pub(crate) fn load() -> Result<Self> {
        let mut verbs = Self::default();
        for (table, (file, text)) in TABLES.into_iter().enumerate() {
            for (number, line) in text.lines().enumerate() {
                if !line.starts_with('#') {
                    verbs
                        .add(line, table > 0)
                        .with_context(|| format!("{file} line {}", number + 1))?;
                }
            }
        }
        for rows in verbs.by_verb.values_mut() {
            let patterns = &verbs.patterns;
            // Dateline's own rows go first, then the longer; of equal ones those that come last.
            let rank = |row: &usize| {
                let pattern = &patterns[*row];
                (pattern.is_own && pattern.has_content(), pattern.len(), *row)
            };
            rows.sort_by_key(|row| std::cmp::Reverse(rank(row)));
        }
        Ok(verbs)
    }

    fn add(&mut self, line: &'static str, is_own: bool) -> Result<()> {
        let columns: Vec<&'static str> = line.split('\t').collect();
        let [names, before, behind, code, kind] = columns[..] else {
            bail!("{} columns, not 5", columns.len());
        };
        let Some(kind) = EventType::ALL.iter().copied().find(|known| known.as_str() == kind) else {
            bail!("{kind:?} is no type");
        };
        let mut words = |side: &'static str| -> Vec<Wanted> {
            let words = side.split('|').filter(|word| !word.is_empty());
            words.map(|word| self.wanted(word)).collect()
        };
        let (before, behind) = (words(before), words(behind));
        let row = self.patterns.len();
        let names: Vec<&'static str> = names.split(' ').collect();
        #[allow(clippy::cast_precision_loss)] // a few
        let verbs = names.len() as f32;
        self.patterns.push(Pattern { before, behind, code, kind, is_own, verbs });
        for name in names {
            self.by_verb.entry(name).or_default().push(row);
        }
        Ok(())
    }

    fn wanted(&mut self, written: &'static str) -> Wanted {
        let mut id = |word| {
            let next = WordId::try_from(self.ids.len()).unwrap_or(WordId::MAX);
            *self.ids.entry(word).or_insert(next)
        };
        let phrases = written.split('/').map(|phrase| phrase.split(' ').map(&mut id).collect());
        Wanted { written, phrases: phrases.collect() }
    }

    /// The number of a word, where a pattern has it.
    pub(crate) fn id(&self, word: &str) -> Option<WordId> {
        self.ids.get(word).copied()
    }

    /// Verbs and their rows, and how many verbs share each, for training.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static str, &Pattern, f32)> {
        let mut names: Vec<&'static str> = self.by_verb.keys().copied().collect();
        names.sort_unstable();
        names.into_iter().flat_map(move |name| {
            self.by_verb[name].iter().map(move |row| {
                let pattern = &self.patterns[*row];
                (name, pattern, pattern.verbs)
            })
        })
    }

    /// A verb's base form, as the table spells it: a lemma that was guessed may have an `e` too many
    /// or too few.
    pub(crate) fn spelled(&self, lemma: String) -> String {
        if self.by_verb.contains_key(lemma.as_str()) {
            return lemma;
        }
        let shorter = lemma.strip_suffix('e').filter(|word| self.by_verb.contains_key(word));
        let longer = format!("{lemma}e");
        // `shel` of "shelled": of a double letter one was taken for that of the ending.
        let doubled: String = lemma.chars().chain(lemma.chars().last()).collect();
        match shorter {
            Some(shorter) => shorter.to_owned(),
            None if self.by_verb.contains_key(doubled.as_str()) => doubled,
            None if self.by_verb.contains_key(longer.as_str()) => longer,
            None => lemma,
        }
    }

    /// The CAMEO code that a verb tells by the words around it.
    pub(crate) fn code(&self, scene: &Scene, verb: usize) -> Option<String> {
        self.of(scene, verb).map(|pattern| pattern.code.to_owned())
    }

    /// The row that says most of the words around a verb.
    pub(crate) fn of(&self, scene: &Scene, verb: usize) -> Option<&Pattern> {
        let next = scene.lemma(verb + 1);
        let phrase = format!("{}_{next}", scene.lemma(verb));
        let rows = self.by_verb.get(phrase.as_str()).or(self.by_verb.get(scene.lemma(verb)))?;
        let mut fitting = rows.iter().map(|row| &self.patterns[*row]);
        fitting.find(|pattern| pattern.fits(scene, verb))
    }
}

impl Pattern {
    /// Whether words around the verb say so, too.
    pub(crate) fn has_words(&self) -> bool {
        self.len() > 0
    }

    /// Whether one of the words says more than "to" or "out".
    pub(crate) fn has_content(&self) -> bool {
        let is_small = |word: &str| word.split('/').all(|word| SMALL.contains(&word));
        self.before.iter().chain(&self.behind).any(|word| !is_small(word.written))
    }

    /// The words before and behind the verb, as the table writes them.
    pub(crate) fn written(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let written = |side: &[Wanted]| side.iter().map(|word| word.written).collect();
        (written(&self.before), written(&self.behind))
    }

    fn len(&self) -> usize {
        self.before.len() + self.behind.len()
    }

    /// Whether a word hangs on a verb, however far down, or stands beside it; for Dateline's own words
    /// before any other verb.
    fn is_near(&self, scene: &Scene, verb: usize, word: usize) -> bool {
        scene.above(word).contains(&verb)
            || word <= verb + 2
            || self.is_own && !(verb + 1..word).any(|between| scene.is_verb(between))
    }

    fn fits(&self, scene: &Scene, verb: usize) -> bool {
        // "press on" is no "demand seats on": a row of small words alone wants them beside the verb.
        let is_close = !self.is_own && !self.has_content();
        let mut at = verb + 1;
        let reach = if is_close { self.behind.len() } else { REACH };
        let end = (verb + 1 + reach).min(scene.lemmas.len());
        for word in &self.behind {
            match (at..end)
                .find(|place| word.stands(scene, *place) && self.is_near(scene, verb, *place))
            {
                Some(place) => at = place + 1,
                None if self.is_own && is_passive_subject(scene, verb, word) => {}
                None => return false,
            }
        }
        let start = verb.saturating_sub(REACH);
        self.before.iter().all(|word| (start..verb).any(|place| word.stands(scene, place)))
    }
}

/// "The bombs were dropped": what stands behind the verb elsewhere stands before a passive one.
fn is_passive_subject(scene: &Scene, verb: usize, wanted: &Wanted) -> bool {
    let mut subjects = scene.parse.children_by(verb, Relation::NsubjPass);
    subjects.any(|subject| {
        (0..verb).any(|at| {
            (at == subject || scene.above(at).contains(&subject)) && wanted.stands(scene, at)
        })
    })
}

impl Wanted {
    /// Whether one of the phrases begins at a place.
    fn stands(&self, scene: &Scene, place: usize) -> bool {
        self.phrases.iter().any(|phrase| {
            let words = scene.ids.get(place..).unwrap_or_default();
            phrase.len() <= words.len()
                && phrase.iter().zip(words).all(|(word, ids)| ids.contains(&Some(*word)))
        })
    }
}
