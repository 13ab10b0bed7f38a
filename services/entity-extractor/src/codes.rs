//! What is written beside an event's type: CAMEO code, score, contexts; read from `config/ontology`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context as _, Result, bail};
use dateline_record::{Context, EventType};
use serde::Deserialize;

const CODES: &str = include_str!("../../../config/ontology/plover-codes.toml");
const CAMEO: &str = include_str!("../../../config/ontology/cameo.tsv");

/// Words of the longest phrase that tells a context.
const MAX_PHRASE_WORDS: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    kinds: Vec<KindRow>,
    context: Vec<ContextRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindRow {
    #[serde(rename = "type")]
    kind: EventType,
    cameo: String,
    score: f64,
    #[serde(default)]
    modes: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextRow {
    context: Context,
    words: Vec<String>,
}

/// A row of the crosswalk.
#[derive(Debug)]
struct Cameo {
    code: &'static str,
    kind: EventType,
    mode: &'static str,
    contexts: Vec<Context>,
}

/// The tables.
#[derive(Debug)]
pub(crate) struct Codes {
    kinds: Vec<KindRow>,
    contexts: HashMap<String, Context>,
    cameo: Vec<Cameo>,
}

impl Codes {
    /// Reads the compiled-in files.
    pub(crate) fn load() -> Result<Self> {
        let file: File = toml::from_str(CODES).context("config/ontology/plover-codes.toml")?;
        let mut contexts = HashMap::new();
        for row in file.context {
            for word in row.words {
                contexts.entry(word).or_insert(row.context);
            }
        }
        if let Some(missing) =
            EventType::ALL.iter().find(|kind| file.kinds.iter().all(|row| row.kind != **kind))
        {
            bail!("config/ontology/plover-codes.toml: no [[type]] for {}", missing.as_str());
        }
        let lines = CAMEO.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        let cameo = lines.map(|(number, line)| {
            cameo_row(line).with_context(|| {
                format!("config/ontology/cameo.tsv line {}: build it again", number + 1)
            })
        });
        Ok(Self { kinds: file.kinds, contexts, cameo: cameo.collect::<Result<_>>()? })
    }

    fn row(&self, kind: EventType) -> Option<&KindRow> {
        self.kinds.iter().find(|row| row.kind == kind)
    }

    /// From -10, the worst conflict, to 10, the best cooperation.
    pub(crate) fn score(&self, kind: EventType, mode: Option<&str>) -> Option<f64> {
        let row = self.row(kind)?;
        let mode = mode.map(|mode| mode.strip_prefix("retreat-").unwrap_or(mode));
        Some(mode.and_then(|mode| row.modes.get(mode)).copied().unwrap_or(row.score))
    }

    /// The code that a rule gave where it is of the type, else one that the crosswalk has for type
    /// and mode, else the type's root.
    pub(crate) fn cameo(
        &self,
        kind: EventType,
        mode: Option<&str>,
        given: Option<&str>,
    ) -> Option<String> {
        if let Some(code) = given.filter(|code| self.type_of(code) == Some(kind)) {
            return Some(code.to_owned());
        }
        let mode = mode.map_or("", |mode| mode.strip_prefix("retreat-").unwrap_or(mode));
        let of_mode = self
            .cameo
            .iter()
            .filter(|row| row.kind == kind && row.mode == mode && !mode.is_empty());
        let best = of_mode.min_by_key(|row| (row.code.len(), row.code)).map(|row| row.code);
        best.map(str::to_owned).or_else(|| Some(self.row(kind)?.cameo.clone()))
    }

    /// The mode that a CAMEO code stands for, where it is of the type.
    pub(crate) fn mode(&self, kind: EventType, code: Option<&str>) -> Option<String> {
        let row = self.cameo.iter().find(|row| Some(row.code) == code && row.kind == kind)?;
        (!row.mode.is_empty()).then(|| row.mode.to_owned())
    }

    /// The type of a CAMEO code; a root has that of most of its codes, and 08 is both of two.
    pub(crate) fn type_of(&self, code: &str) -> Option<EventType> {
        let mut part = code;
        while part.len() >= 2 {
            if let Some(row) = self.cameo.iter().find(|row| row.code == part) {
                return Some(row.kind);
            }
            part = &part[..part.len() - 1];
        }
        self.kinds.iter().find(|row| row.cameo == code).map(|row| row.kind)
    }

    /// What a sentence is about, by its words in lower case, and what a CAMEO code says of it.
    pub(crate) fn contexts(&self, words: &[&str], code: Option<&str>) -> Vec<Context> {
        let mut found: BTreeSet<Context> = BTreeSet::new();
        for first in 0..words.len() {
            for last in first + 1..=words.len().min(first + MAX_PHRASE_WORDS) {
                let phrase = words[first..last].join(" ");
                let singular = phrase.strip_suffix('s').unwrap_or(&phrase);
                let known = self.contexts.get(&phrase).or_else(|| self.contexts.get(singular));
                found.extend(known);
            }
        }
        let row = code.and_then(|code| self.cameo.iter().find(|row| row.code == code));
        found.extend(row.iter().flat_map(|row| &row.contexts));
        found.into_iter().collect()
    }
}

fn cameo_row(line: &'static str) -> Result<Cameo> {
    let columns: Vec<&'static str> = line.split('\t').collect();
    let [code, kind, mode, contexts] = columns[..] else {
        bail!("{} columns, not 4", columns.len());
    };
    let kind = EventType::parse(kind).with_context(|| format!("{kind:?} is no type"))?;
    let parts = contexts.split(';').filter(|part| !part.is_empty());
    let contexts = parts
        .map(|part| Context::parse(part).with_context(|| format!("{part:?} is no context")))
        .collect::<Result<_>>()?;
    Ok(Cameo { code, kind, mode, contexts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_its_type() {
        let codes = Codes::load().unwrap();
        let check = |kind: EventType, mode: Option<&str>, given: Option<&str>, expected: &str| {
            assert_eq!(codes.cameo(kind, mode, given).as_deref(), Some(expected), "{kind:?}");
        };
        check(EventType::Consult, Some("visit"), None, "042");
        check(EventType::Consult, None, Some("041"), "041");
        // A meeting to come is AGREE: the rule's code for a meeting is not one of it.
        check(EventType::Agree, None, Some("042"), "03");
        check(EventType::Sanction, None, Some("163"), "163");
        check(EventType::Retreat, Some("retreat-release"), None, "0841");
        for kind in EventType::ALL {
            let code = codes.cameo(*kind, None, None).unwrap();
            assert!((2..=4).contains(&code.len()), "{code}");
            let score = codes.score(*kind, None).unwrap();
            assert!((-10.0..=10.0).contains(&score));
        }
    }

    #[test]
    fn both_ways_agree() {
        let codes = Codes::load().unwrap();
        for row in &codes.cameo {
            let back = codes.cameo(row.kind, Some(row.mode), None).unwrap();
            let is_root = matches!(back.as_str(), "08" | "19");
            assert!(is_root || codes.type_of(&back) == Some(row.kind), "{} {back}", row.code);
        }
    }

    #[test]
    fn words_tell_contexts() {
        let codes = Codes::load().unwrap();
        let check = |text: &str, expected: &[Context]| {
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(codes.contexts(&words, None), expected, "{text}");
        };
        check("the troops crossed", &[Context::Military]);
        check("nuclear talks in parliament", &[Context::Legislative, Context::Cbrn]);
        check("refugee camps were flooded", &[Context::Migration]);
        check("they met", &[]);
    }
}
