//! Sentences and words of news texts against a file that was annotated by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashSet, fs, hash::Hash, ops::Range, path::PathBuf};

use dateline_language::segment;

/// What the file holds: a text, its sentences and its words.
#[derive(Default)]
struct Annotated {
    text: String,
    sentences: Vec<Range<usize>>,
    words: Vec<Range<usize>>,
}

/// A line is a sentence, `|` cuts words, an empty line ends a paragraph.
fn annotated() -> Annotated {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/wire.txt");
    let lines = fs::read_to_string(file).unwrap();
    let mut gold = Annotated::default();
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        if line.is_empty() {
            gold.text.truncate(gold.text.trim_end().len());
            gold.text.push_str("\n\n");
            continue;
        }
        let start = gold.text.len();
        for piece in line.split(' ') {
            for word in piece.split('|').filter(|word| !word.is_empty()) {
                gold.words.push(gold.text.len()..gold.text.len() + word.len());
                gold.text.push_str(word);
            }
            gold.text.push(' ');
        }
        gold.sentences.push(start..gold.text.len() - 1);
    }
    gold
}

/// Per mille of what is in both, and what is in one only.
fn compare<T: Eq + Hash + Clone>(gold: &[T], found: &[T]) -> (usize, Vec<T>) {
    let (gold, found): (HashSet<T>, HashSet<T>) =
        (gold.iter().cloned().collect(), found.iter().cloned().collect());
    let both = gold.intersection(&found).count();
    let wrong = gold.symmetric_difference(&found).cloned().collect();
    (2000 * both / (gold.len() + found.len()), wrong)
}

#[test]
fn two_hundred_wire_sentences_are_cut_as_annotated() {
    let gold = annotated();
    assert!(gold.sentences.len() >= 200, "{} sentences", gold.sentences.len());
    let found = segment(&gold.text);
    let sentences: Vec<_> = found.iter().map(|sentence| sentence.span.clone()).collect();
    let words: Vec<_> = found.iter().flat_map(|sentence| sentence.words.clone()).collect();
    let (sentence_f1, wrong_sentences) = compare(&gold.sentences, &sentences);
    let (word_f1, wrong_words) = compare(&gold.words, &words);
    for range in wrong_sentences.iter().chain(&wrong_words) {
        println!("in one only: {:?}", &gold.text[range.clone()]);
    }
    println!("per mille: sentences {sentence_f1}, words {word_f1}");
    assert!(sentence_f1 >= 980, "sentences {sentence_f1}");
    assert!(word_f1 >= 995, "words {word_f1}");
}
