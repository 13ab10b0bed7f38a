//! `dateline score ner`: tags files of tokens with marked names and says how many names were found.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use dateline_language::names::{
    Kind, Names, Scheme,
    columns::{self, Labelled, Marked},
};

use crate::{arguments::Unusable, println};

/// Names found and marked, found, and marked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count {
    right: usize,
    found: usize,
    marked: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.found += other.found;
        self.marked += other.marked;
    }

    // Counts are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    fn line(self, label: &str) -> String {
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        let precision = percent(self.right, self.found);
        let recall = percent(self.right, self.marked);
        let f1 = percent(2 * self.right, self.found + self.marked);
        format!(
            "{label:<6} {:>6} marked  precision {precision:6.2}  recall {recall:6.2}  f1 {f1:.2}",
            self.marked
        )
    }
}

/// Scores, and writes what was found beside what is marked where that is asked for.
pub(crate) fn names(
    files: &[PathBuf],
    scheme: Scheme,
    predictions: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let names = Names::load(scheme)?;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut lines = String::new();
    for file in files {
        let text = fs::read_to_string(file)
            .map_err(|error| Unusable(format!("{}: {error}", file.display())))?;
        let written = columns::scheme(&text);
        for document in columns::read(&text) {
            let found = tag(&names, &document, written);
            count(&document, &found, &mut counts);
            if predictions.is_some() {
                list(&document, &found, &mut lines);
            }
        }
    }
    if let Some(path) = predictions {
        fs::write(path, lines)
            .with_context(|| format!("--predictions: {} cannot be written", path.display()))?;
    }
    println(&report(&counts));
    Ok(ExitCode::SUCCESS)
}

/// The names found in each sentence, of the kinds that the file marks.
fn tag(names: &Names, document: &Labelled, written: Scheme) -> Vec<Vec<Marked>> {
    let is_marked =
        |kind: Kind| written == Scheme::News || !matches!(kind, Kind::Date | Kind::Money);
    let mut found = vec![Vec::new(); document.sentences.len()];
    for mention in names.tag(&document.sentences) {
        if is_marked(mention.kind) {
            found[mention.sentence].push((mention.first..mention.last, mention.kind));
        }
    }
    found
}

fn count(document: &Labelled, found: &[Vec<Marked>], counts: &mut BTreeMap<&'static str, Count>) {
    for (found, marked) in found.iter().zip(&document.names) {
        for name in found {
            let count = counts.entry(name.1.label()).or_default();
            count.found += 1;
            count.right += usize::from(marked.contains(name));
        }
        for name in marked {
            counts.entry(name.1.label()).or_default().marked += 1;
        }
    }
}

/// A token, its mark and what was found for it on each line; an empty line ends a sentence.
fn list(document: &Labelled, found: &[Vec<Marked>], lines: &mut String) {
    for ((tokens, marked), found) in document.sentences.iter().zip(&document.names).zip(found) {
        let marked = columns::labels(marked, tokens.len());
        let found = columns::labels(found, tokens.len());
        for ((token, marked), found) in tokens.iter().zip(&marked).zip(&found) {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{token}\t{marked}\t{found}");
        }
        lines.push('\n');
    }
}

fn report(counts: &BTreeMap<&str, Count>) -> String {
    let mut all = Count::default();
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        if let Some(count) = counts.get(kind.label()) {
            all.add(*count);
            lines.push(count.line(kind.label()));
        }
    }
    lines.push(all.line("all"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_found_and_marked() {
        let document = Labelled {
            sentences: vec![vec!["Anna".to_owned(), "left".to_owned(), "Riga".to_owned()]],
            names: vec![vec![(0..1, Kind::Person), (2..3, Kind::Location)]],
        };
        let found = vec![vec![(0..1, Kind::Person), (2..3, Kind::Organization)]];
        let mut counts = BTreeMap::new();
        count(&document, &found, &mut counts);
        assert_eq!(counts["PER"], Count { right: 1, found: 1, marked: 1 });
        assert_eq!(counts["LOC"], Count { right: 0, found: 0, marked: 1 });
        let report = report(&counts);
        assert!(report.ends_with("f1 50.00"), "{report}");
        let mut lines = String::new();
        list(&document, &found, &mut lines);
        assert_eq!(lines, "Anna\tB-PER\tB-PER\nleft\tO\tO\nRiga\tB-LOC\tB-ORG\n\n");
    }
}
