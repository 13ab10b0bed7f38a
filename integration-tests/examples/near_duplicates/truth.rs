//! Whether two natural stories tell of one event, by a rule that knows nothing of signatures: the
//! titles or the texts must say the same, and the numbers must not say otherwise.

use std::collections::BTreeSet;

use dateline_record::CleanStory;

/// The rule. One event: the smaller text stands nearly whole (8 of 10 runs of three words) in the
/// larger one with 8 of 10 of its numbers; or half of the words of the shorter title are in the
/// other one, no numbers of the titles differ, and half of the smaller text's numbers are in the
/// other text, or a third of its runs.
pub(crate) fn same_event(one: &CleanStory, other: &CleanStory) -> bool {
    let (runs_one, runs_other) = (runs(&one.text), runs(&other.text));
    let (numbers_one, numbers_other) = (numbers(&one.text), numbers(&other.text));
    let contained = within(&runs_one, &runs_other);
    let with_numbers = within(&numbers_one, &numbers_other);
    if contained >= 0.8 && with_numbers >= 0.8 {
        return true;
    }
    let (title_one, title_other) = (words(&one.title), words(&other.title));
    let titles = within(&title_one, &title_other);
    let conflict = differ(&numbers(&one.title), &numbers(&other.title));
    titles >= 0.5 && !conflict && (with_numbers >= 0.5 || contained >= 0.8)
}

/// Both have something that the other has not.
fn differ(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    one.difference(other).next().is_some() && other.difference(one).next().is_some()
}

fn list(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn words(text: &str) -> BTreeSet<String> {
    list(text).into_iter().filter(|word| word.len() > 2).collect()
}

fn numbers(text: &str) -> BTreeSet<String> {
    list(text).into_iter().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).collect()
}

fn runs(text: &str) -> BTreeSet<String> {
    list(text).windows(3).map(|run| run.join(" ")).collect()
}

/// The share of the smaller set that the larger one has.
fn within(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let smaller = one.len().min(other.len());
    if smaller == 0 {
        return 1.0;
    }
    count(one.intersection(other).count()) / count(smaller)
}
