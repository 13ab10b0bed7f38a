//! The ontology file: what verbs and nouns tell which event; validated when it is read.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail};
use dateline_record::{EventStatus, EventType};
use serde::Deserialize;

const PLOVER: &str = include_str!("../../../config/ontology/plover.toml");

/// Places where the other side of an event may stand, besides prepositions.
pub(crate) const OBJECT: &str = "object";
pub(crate) const TO_OBJECT: &str = "to-object";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: String,
    verb: Vec<VerbRule>,
    noun: Vec<NounRule>,
    operator: Vec<OperatorRule>,
    #[serde(default)]
    people: Vec<People>,
    /// Things by which force is used.
    #[serde(default)]
    means: Vec<String>,
    /// Verbs that tell nothing by themselves.
    #[serde(default)]
    vague: Vec<String>,
}

/// Nouns for people, and the sector that they belong to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    nouns: Vec<String>,
    sector: String,
}

/// A verb, or a verb and the words that must follow it, and the event it tells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerbRule {
    lemmas: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) kind: EventType,
    pub(crate) mode: Option<String>,
    pub(crate) cameo: String,
    pub(crate) target: Vec<String>,
    #[serde(default)]
    pub(crate) reciprocal: bool,
    #[serde(default)]
    pub(crate) alone: bool,
    /// The other side must be a person: a country that "receives" goods meets nobody.
    #[serde(default)]
    pub(crate) persons: bool,
}

/// A noun that is an event beside a light verb, or by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NounRule {
    nouns: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) kind: EventType,
    pub(crate) mode: Option<String>,
    pub(crate) cameo: String,
    pub(crate) light: Vec<String>,
    pub(crate) target: Vec<String>,
    #[serde(default)]
    pub(crate) reciprocal: bool,
    #[serde(default)]
    pub(crate) alone: bool,
    #[serde(default)]
    pub(crate) owned: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorRule {
    lemmas: Vec<String>,
    effect: String,
}

/// What an operator does to the act that it governs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    /// The act is only the content of the operator's own event.
    Drop,
    /// The act has this status.
    Status(EventStatus),
}

/// The rules, by the verbs and nouns that set them off.
#[derive(Debug)]
pub(crate) struct Ontology {
    label: String,
    verbs: Vec<VerbRule>,
    nouns: Vec<NounRule>,
    /// First word to (following words, rule), the longest first.
    by_verb: HashMap<String, Vec<(Vec<String>, usize)>>,
    by_noun: HashMap<String, Vec<usize>>,
    operators: HashMap<String, Effect>,
    people: HashMap<String, String>,
    means: HashSet<String>,
    vague: HashSet<String>,
}

impl Ontology {
    /// Reads the compiled-in file.
    pub(crate) fn load() -> Result<Self> {
        Self::parse(PLOVER).context("config/ontology/plover.toml")
    }

    fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        let mut ontology = Self {
            label: format!("{}@{}", file.name, file.version),
            verbs: Vec::new(),
            nouns: Vec::new(),
            by_verb: HashMap::new(),
            by_noun: HashMap::new(),
            operators: HashMap::new(),
            people: HashMap::new(),
            means: file.means.into_iter().collect(),
            vague: file.vague.into_iter().collect(),
        };
        for rule in file.verb {
            ontology.add_verb(rule)?;
        }
        for rule in file.noun {
            ontology.add_noun(rule)?;
        }
        for rule in file.operator {
            ontology.add_operator(&rule)?;
        }
        for people in file.people {
            for noun in people.nouns {
                if ontology.people.insert(noun.clone(), people.sector.clone()).is_some() {
                    bail!("people {noun:?} have two sectors: leave one");
                }
            }
        }
        for rules in ontology.by_verb.values_mut() {
            rules.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Ok(ontology)
    }

    fn add_verb(&mut self, rule: VerbRule) -> Result<()> {
        check(&rule.cameo, rule.lemmas.len(), &rule.target)?;
        let index = self.verbs.len();
        for lemma in &rule.lemmas {
            let mut words = lemma.split(' ').map(str::to_owned);
            let first = words.next().unwrap_or_default();
            let rest: Vec<String> = words.collect();
            let known = self.by_verb.entry(first).or_default();
            if known.iter().any(|(other, _)| *other == rest) {
                bail!("verb {lemma:?} has two rules: leave it in one");
            }
            known.push((rest, index));
        }
        self.verbs.push(rule);
        Ok(())
    }

    fn add_noun(&mut self, rule: NounRule) -> Result<()> {
        check(&rule.cameo, rule.nouns.len(), &rule.target)?;
        if rule.light.is_empty() && !rule.owned {
            bail!("noun {:?} has no light verb and is not owned: it can tell nothing", rule.nouns);
        }
        let index = self.nouns.len();
        for noun in &rule.nouns {
            let last = noun.rsplit(' ').next().unwrap_or_default();
            self.by_noun.entry(last.to_owned()).or_default().push(index);
        }
        self.nouns.push(rule);
        Ok(())
    }

    fn add_operator(&mut self, rule: &OperatorRule) -> Result<()> {
        let effect = match rule.effect.as_str() {
            "drop" => Effect::Drop,
            status => match EventStatus::parse(status) {
                Some(status) => Effect::Status(status),
                None => bail!(
                    "operator {:?}: effect {status:?} is no status and not \"drop\"",
                    rule.lemmas
                ),
            },
        };
        for lemma in &rule.lemmas {
            if self.operators.insert(lemma.clone(), effect).is_some() {
                bail!("operator {lemma:?} has two rules: leave it in one");
            }
        }
        Ok(())
    }

    /// `name@version`.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// All verbs that the rules name.
    pub(crate) fn lemmas(&self) -> impl Iterator<Item = &str> {
        let light = self.nouns.iter().flat_map(|rule| rule.light.iter());
        let light = light.filter_map(|verb| verb.split(' ').next());
        let operators = self.operators.keys().filter_map(|verb| verb.split(' ').next());
        self.by_verb.keys().map(String::as_str).chain(light).chain(operators)
    }

    /// The rule of a verb that is followed by `next`, and how many of the next words belong to it.
    pub(crate) fn verb(&self, lemma: &str, next: &[&str]) -> Option<(&VerbRule, usize)> {
        let rules = self.by_verb.get(lemma)?;
        let fits = |words: &[String]| {
            next.len() >= words.len() && words.iter().zip(next).all(|(a, b)| a == b)
        };
        let (words, index) = rules.iter().find(|(words, _)| fits(words))?;
        Some((self.verbs.get(*index)?, words.len()))
    }

    /// The rules of a noun that ends with `word`.
    pub(crate) fn noun(&self, word: &str) -> impl Iterator<Item = &NounRule> {
        let indexes = self.by_noun.get(word).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.nouns.get(*index))
    }

    /// The sector of people that a noun, in its base form, stands for.
    pub(crate) fn people(&self, noun: &str) -> Option<&str> {
        self.people.get(noun).map(String::as_str)
    }

    /// Whether a noun, in its base form, is a thing by which force is used.
    pub(crate) fn is_means(&self, noun: &str) -> bool {
        self.means.contains(noun)
    }

    /// Whether a verb tells an act only with the words around it: "go", "have", "increase".
    pub(crate) fn is_vague(&self, verb: &str) -> bool {
        self.vague.contains(verb)
    }

    /// What a verb does to the act that it governs.
    pub(crate) fn operator(&self, lemma: &str) -> Option<Effect> {
        self.operators.get(lemma).copied()
    }
}

fn check(cameo: &str, names: usize, target: &[String]) -> Result<()> {
    if names == 0 {
        bail!("a rule names no word: give it lemmas or nouns");
    }
    let is_code = (2..=4).contains(&cameo.len()) && cameo.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        bail!("cameo {cameo:?} is no code of two to four digits");
    }
    if target.iter().any(|place| place.contains(' ') || place.is_empty()) {
        bail!("target {target:?}: one word each, \"object\" or a preposition");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_sound_and_covers_the_types() {
        let ontology = Ontology::load().unwrap();
        for kind in EventType::ALL {
            let has = ontology.verbs.iter().any(|rule| rule.kind == *kind)
                || ontology.nouns.iter().any(|rule| rule.kind == *kind);
            assert!(has, "{kind:?} has no rule");
        }
        assert!(ontology.label().starts_with("plover@"));
    }

    #[test]
    fn the_longest_verb_goes_first() {
        let ontology = Ontology::load().unwrap();
        let check = |lemma: &str, next: &[&str], expected: Option<EventType>| {
            let found = ontology.verb(lemma, next).map(|(rule, _)| rule.kind);
            assert_eq!(found, expected, "{lemma} {next:?}");
        };
        check("call", &["on", "Russia"], Some(EventType::Request));
        check("call", &["Russia"], None);
        check("pull", &["out", "of"], Some(EventType::Retreat));
        check("meet", &[], Some(EventType::Consult));
    }

    #[test]
    fn a_bad_file_is_refused_with_its_fault() {
        let check = |verb: &str, part: &str| {
            let text = format!("name='x'\nversion='1'\nnoun=[]\noperator=[]\n[[verb]]\n{verb}");
            let error = format!("{:#}", Ontology::parse(&text).unwrap_err());
            assert!(error.contains(part), "{error}");
        };
        check("lemmas=['meet']\ntype='MEET'\ncameo='04'\ntarget=[]", "MEET");
        check("lemmas=['meet']\ntype='CONSULT'\ncameo='4'\ntarget=[]", "cameo");
        check("lemmas=[]\ntype='CONSULT'\ncameo='04'\ntarget=[]", "no word");
        check("lemmas=['meet','meet']\ntype='CONSULT'\ncameo='04'\ntarget=[]", "two rules");
        check("lemmas=['meet']\ntype='CONSULT'\ncameo='04'\ntarget=[]\nmod='x'", "mod");
    }
}
