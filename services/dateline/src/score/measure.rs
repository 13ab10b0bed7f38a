//! The measures: body F1 over runs of four words, paragraphs, title, authors and date, for each set
//! of pages. Precision and recall of bodies are means over pages, as in
//! article-extraction-benchmark; paragraphs are compared as multisets of normal texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use anyhow::Context;
use regex::Regex;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// Words of a run.
const RUN: usize = 4;

type Counts = HashMap<String, usize>;

/// What a page gave.
#[derive(Default)]
struct Set {
    pages: f64,
    /// Sums of precision and recall, with the pages that have one.
    precision: (f64, f64),
    recall: (f64, f64),
    /// Paragraphs that are right, found, and wanted.
    paragraphs: (f64, f64, f64),
    exact: f64,
    /// For title, authors and date: pages with a gold answer, answered, right.
    facts: [(f64, f64, f64); 3],
}

/// The measures of all sets.
pub(super) struct Measures {
    word: Regex,
    gap: Regex,
    by: Regex,
    names: Regex,
    date: Regex,
    sets: BTreeMap<String, Set>,
}

impl Measures {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            // Chinese, Japanese and Korean characters are words of their own.
            word: Regex::new(
                r"[\u{3040}-\u{30ff}\u{3400}-\u{9fff}\u{ac00}-\u{d7af}]|[\p{L}\p{N}_--\u{3040}-\u{30ff}\u{3400}-\u{9fff}\u{ac00}-\u{d7af}]+",
            )?,
            gap: Regex::new(r"[^\p{L}\p{N}_]+")?,
            by: Regex::new(r"(?i)^\s*(by|von|par|di|por)\s+")?,
            names: Regex::new(r"[;,/|]| and | und | & | et | y ")?,
            date: Regex::new(r"^\s*(\d{4}-\d\d-\d\d)")?,
            sets: BTreeMap::new(),
        })
    }

    /// Compares what was found on a page with the candidate that fits best.
    pub(super) fn add(&mut self, gold: &Value, answer: &Value) -> anyhow::Result<()> {
        let candidates = gold["candidates"].as_array().context("candidates: missing")?;
        let got = self.runs(answer);
        let mut best: Option<(usize, &Value)> = None;
        for candidate in candidates {
            let common = overlap(&self.runs(candidate), &got);
            if best.is_none_or(|(most, _)| common > most) {
                best = Some((common, candidate));
            }
        }
        let (common, best) = best.context("candidates: empty")?;
        let wanted = total(&self.runs(best));
        let (found, wanted_paragraphs) = (self.paragraphs(answer), self.paragraphs(best));
        let facts = ["title", "authors", "date"]
            .map(|name| (self.fact(name, &best[name]), self.fact(name, &answer[name])));
        let set = self.sets.entry(gold["set"].as_str().unwrap_or_default().to_owned()).or_default();
        set.pages += 1.0;
        mean(&mut set.precision, common, total(&got));
        mean(&mut set.recall, common, wanted);
        set.paragraphs.0 += float(overlap(&found, &wanted_paragraphs));
        set.paragraphs.1 += float(total(&found));
        set.paragraphs.2 += float(total(&wanted_paragraphs));
        set.exact += f64::from(u8::from(found == wanted_paragraphs));
        for (sums, (wanted, answered)) in set.facts.iter_mut().zip(facts) {
            let Some(wanted) = wanted else { continue };
            sums.0 += 1.0;
            sums.1 += f64::from(u8::from(answered.is_some()));
            sums.2 += f64::from(u8::from(answered.as_ref() == Some(&wanted)));
        }
        Ok(())
    }

    /// The runs of a page's text.
    fn runs(&self, page: &Value) -> Counts {
        let text = texts(&page["paragraphs"]).join("\n");
        let words: Vec<&str> = self.word.find_iter(&text).map(|word| word.as_str()).collect();
        let mut counts = Counts::new();
        for run in words.windows(RUN.min(words.len()).max(1)) {
            *counts.entry(run.join(" ")).or_default() += 1;
        }
        counts
    }

    fn normal(&self, text: &str) -> String {
        let composed: String = text.nfkc().collect();
        self.gap.replace_all(&composed, " ").trim().to_lowercase()
    }

    fn paragraphs(&self, page: &Value) -> Counts {
        let mut counts = Counts::new();
        for text in texts(&page["paragraphs"]) {
            let normal = self.normal(text);
            if !normal.is_empty() {
                *counts.entry(normal).or_default() += 1;
            }
        }
        counts
    }

    /// Title, set of authors or day, as it is compared; none where there is no answer.
    fn fact(&self, name: &str, value: &Value) -> Option<BTreeSet<String>> {
        let text = value.as_str().unwrap_or_default();
        let normal = match name {
            "authors" => {
                let joined = texts(value).join("; ");
                let joined = self.by.replace(&joined, "");
                self.names.split(&joined).map(|name| self.normal(name)).collect()
            }
            "date" => {
                self.date.captures(text).map(|found| found[1].to_owned()).into_iter().collect()
            }
            _ => BTreeSet::from([self.normal(text)]),
        };
        let normal: BTreeSet<String> = normal.into_iter().filter(|text| !text.is_empty()).collect();
        (!normal.is_empty()).then_some(normal)
    }

    /// All measures, a set after the other.
    pub(super) fn words(&self) -> String {
        let mut words = String::new();
        for (name, set) in &self.sets {
            let (precision, recall) = (ratio(set.precision), ratio(set.recall));
            let body = ratio((2.0 * precision * recall, precision + recall));
            let (right, found, wanted) = set.paragraphs;
            let paragraphs = ratio((2.0 * right, found + wanted));
            let exact = ratio((set.exact, set.pages));
            // Writing to a String cannot fail.
            let _ = writeln!(
                words,
                "{name}: pages {}  body F1 {body:.3} (P {precision:.3} R {recall:.3})  \
                 paragraph F1 {paragraphs:.3}  stories exact {exact:.3}",
                set.pages
            );
            for (name, (wanted, answered, right)) in
                ["title", "authors", "date"].iter().zip(set.facts)
            {
                if wanted == 0.0 {
                    continue;
                }
                let (accuracy, precision) = (ratio((right, wanted)), ratio((right, answered)));
                let _ = writeln!(
                    words,
                    "    {name}: accuracy {accuracy:.3}  precision {precision:.3}  n {wanted}"
                );
            }
        }
        words
    }
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn total(counts: &Counts) -> usize {
    counts.values().sum()
}

/// What two multisets have in common.
fn overlap(one: &Counts, other: &Counts) -> usize {
    one.iter().map(|(text, count)| other.get(text).map_or(0, |found| *count.min(found))).sum()
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn mean(sum: &mut (f64, f64), part: usize, whole: usize) {
    if whole > 0 {
        sum.0 += float(part) / float(whole);
        sum.1 += 1.0;
    }
}

fn ratio((part, whole): (f64, f64)) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_measured_against_the_candidate_that_fits_best() {
        let mut measures = Measures::new().unwrap();
        let gold = json!({"set": "s", "candidates": [
            {"paragraphs": ["Something else altogether here."], "title": "No"},
            {"paragraphs": ["One two three four five.", "Six."], "title": "A  Title!",
             "authors": ["Ann Ash", "Ben Birch"], "date": "2024-05-06T07:00:00Z"},
        ]});
        let answer = json!({"paragraphs": ["one two three four five", "SIX"], "title": "a title",
            "authors": ["By Ben Birch and Ann Ash"], "date": "2024-05-07"});
        measures.add(&gold, &answer).unwrap();
        let exact = json!({"paragraphs": ["One two three four five.", "Six"], "title": "other"});
        measures.add(&gold, &exact).unwrap();
        assert_eq!(
            measures.words(),
            "s: pages 2  body F1 0.667 (P 0.667 R 0.667)  paragraph F1 1.000  stories exact 1.000\n    \
             title: accuracy 0.500  precision 0.500  n 2\n    \
             authors: accuracy 0.500  precision 1.000  n 2\n    \
             date: accuracy 0.000  precision 0.000  n 2\n"
        );
    }

    #[test]
    fn characters_of_scripts_without_spaces_are_words() {
        let measures = Measures::new().unwrap();
        let runs = |text: &str| total(&measures.runs(&json!({"paragraphs": [text]})));
        assert_eq!(
            [runs("東京で会談した"), runs("a b"), runs(""), runs("a_1 é ü x y")],
            [4, 1, 0, 2]
        );
    }
}
