//! Learns where sentences end: `train_sentences OUT FILE.conllu.gz... [NAME=VALUE...]`.
//!
//! Of the treebanks those with `-dev` in their names are scored and not learned from. For example, with
//! `models/sentences/ends-en.bin ../shared/corpora/ud/*.conllu.gz`.
#![allow(clippy::print_stdout)]

// Tags and trees are for the other example.
#[allow(dead_code)]
#[path = "eval_parse/conllu.rs"]
mod conllu;

use std::{
    collections::{BTreeSet, HashSet},
    env, fs,
    path::Path,
};

use conllu::Treebank;
use dateline_language::{SentencePlan, learn_sentences, segment_with};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let out = arguments.next().ok_or("usage: train_sentences OUT TREEBANK.conllu.gz...")?;
    let (settings, files): (Vec<_>, Vec<_>) = arguments.partition(|a| a.contains('='));
    let (scored, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.contains("-dev"));
    let mut plan = SentencePlan::default();
    for setting in &settings {
        match setting.split_once('=') {
            Some(("rounds", value)) => plan.rounds = value.parse()?,
            Some(("rate", value)) => plan.rate = value.parse()?,
            Some(("ridge", value)) => plan.ridge = value.parse()?,
            Some(("least", value)) => plan.least = value.parse()?,
            Some(("seed", value)) => plan.seed = value.parse()?,
            _ => return Err(format!("no setting {setting}").into()),
        }
    }
    let treebanks: Vec<Treebank> =
        files.iter().map(|file| Treebank::read(Path::new(file))).collect::<Result<_, _>>()?;
    let ends: Vec<BTreeSet<usize>> = treebanks.iter().map(ends).collect();
    let texts: Vec<_> = treebanks.iter().map(|bank| bank.text.as_str()).zip(&ends).collect();
    let weights = learn_sentences(&texts, plan);
    let full = weights.chunks_exact(2).filter(|row| row[0] != 0).count();
    println!("{} bytes, {full} of {} rows full", weights.len(), weights.len() / 2);
    for file in &scored {
        score(file, &weights)?;
    }
    fs::write(&out, weights)?;
    Ok(())
}

fn score(file: &str, weights: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let treebank = Treebank::read(Path::new(file))?;
    let spans = treebank.sentences.iter();
    let gold: HashSet<_> =
        spans.filter_map(|s| Some(s.first()?.span.start..s.last()?.span.end)).collect();
    let found: HashSet<_> =
        segment_with(weights, &treebank.text).into_iter().map(|s| s.span).collect();
    let right = gold.intersection(&found).count();
    let per_mille = 2000 * right / (gold.len() + found.len());
    println!(
        "{file}: {} marked, {} found, {right} right: F1 {}.{}",
        gold.len(),
        found.len(),
        per_mille / 10,
        per_mille % 10
    );
    Ok(())
}

fn ends(treebank: &Treebank) -> BTreeSet<usize> {
    treebank.sentences.iter().filter_map(|words| Some(words.last()?.span.end)).collect()
}
