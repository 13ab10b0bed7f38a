//! Trains models/events/pairs.bin from marked pairs, and prints how well types are told in
//! cross-validation.
//!
//! `cargo run --release -p entity-extractor --example train_pairs -- IN.jsonl GOLD.jsonl OUT.bin NEWS...`
//!
//! NEWS are files of ordinary news, one word a line before a blank or a tab, an empty line behind each
//! sentence: pairs between which no word tells an act are examples without an event.
#![allow(clippy::print_stdout)]

use std::{collections::BTreeMap, env, fs};

use anyhow::{Context, Result};
use dateline_record::EventType;
use entity_extractor::pairs::{Example, Marked, Plan, Trained, Trainer};
use serde_json::Value;

const FOLDS: usize = 5;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [sentences, gold, out, news @ ..] = args.as_slice() else {
        anyhow::bail!("usage: train_pairs IN.jsonl GOLD.jsonl OUT.bin [NEWS...]");
    };
    let plan = Plan {
        epochs: 6,
        rate: 0.2,
        decay: 0.000_02,
        table_weight: 0.1,
        none_weight: 0.5,
        quiet_weight: 0.1,
        type_epochs: 30,
        type_cost: 0.05,
        seed: 7,
    };
    let table: toml::Table = include_str!("../../../config/dateline.toml").parse()?;
    let trainer = Trainer::new(table["entity-extractor"].clone().try_into()?)?;
    let marked = read(sentences, gold)?;
    let examples: Result<Vec<Vec<Example>>> =
        marked.iter().map(|marked| trainer.examples(marked, &plan)).collect();
    let (examples, mut weak) = (examples?, trainer.table_examples(&plan));
    println!("{} sentences, {} rows of the table", examples.len(), weak.len());
    let mut quiet = Vec::new();
    for path in news {
        for sentence in spoken(&fs::read_to_string(path).context(path.clone())?) {
            quiet.extend(trainer.quiet_examples(&sentence, &plan));
        }
    }
    println!("{} pairs of ordinary news", quiet.len());
    weak.extend(quiet);
    validate(&trainer, &marked, (&examples, &weak), &plan);
    let all: Vec<&Example> = examples.iter().flatten().chain(&weak).collect();
    fs::write(out, Trained::learn(&all, &plan).bytes())?;
    Ok(())
}

/// The sentences of a file of words.
fn spoken(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for line in text.lines() {
        let word = line.split([' ', '\t']).next().unwrap_or_default();
        let Some(last) = sentences.last_mut() else { continue };
        if word.is_empty() {
            sentences.push(String::new());
        } else if last.is_empty() || matches!(word, "." | "," | ";" | ":" | "'s" | "?" | "!" | ")")
        {
            last.push_str(word);
        } else {
            last.push(' ');
            last.push_str(word);
        }
    }
    sentences.retain(|sentence| sentence.len() > 20 && !sentence.starts_with("http"));
    sentences
}

fn read(sentences: &str, gold: &str) -> Result<Vec<Marked>> {
    let rows = |path: &str| -> Result<Vec<Value>> {
        fs::read_to_string(path)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    };
    let (sentences, gold) = (rows(sentences)?, rows(gold)?);
    let (mut marked, mut left_out) = (Vec::new(), 0);
    for (row, gold) in sentences.iter().zip(&gold) {
        match one(row, gold) {
            Ok(one) => marked.push(one),
            Err(_) => left_out += 1,
        }
    }
    println!("{left_out} sentences without both marks are left out");
    Ok(marked)
}

/// A sentence with `<s>` and `<t>` around the sides.
fn one(row: &Value, gold: &Value) -> Result<Marked> {
    let marked = row["marked"].as_str().context("no marked")?;
    let (mut text, mut marks) = (String::new(), BTreeMap::new());
    let mut rest = marked;
    while let Some(at) = rest.find('<') {
        let tag = ["<s>", "</s>", "<t>", "</t>"].iter().find(|tag| rest[at..].starts_with(**tag));
        let end = at + tag.map_or(1, |tag| tag.len());
        text.push_str(&rest[..if tag.is_some() { at } else { end }]);
        if let Some(tag) = tag {
            marks.insert(*tag, text.len());
        }
        rest = &rest[end..];
    }
    text.push_str(rest);
    let mark =
        |tag: &str| marks.get(tag).copied().with_context(|| format!("{}: no {tag}", row["id"]));
    let root = match gold["root"].as_str().unwrap_or_default() {
        "YIELD" => "CONCEDE",
        root => root,
    };
    let kind = EventType::ALL.iter().copied().find(|kind| kind.as_str() == root);
    Ok(Marked {
        source: mark("<s>")?..mark("</s>")?,
        target: mark("<t>")?..mark("</t>")?,
        kind: kind.with_context(|| format!("no type {root}"))?,
        text,
    })
}

fn validate(
    trainer: &Trainer,
    marked: &[Marked],
    (examples, weak): (&[Vec<Example>], &[Example]),
    plan: &Plan,
) {
    let mut counts: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    let mut mixed: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for fold in 0..FOLDS {
        let kept = examples.iter().enumerate().filter(|(number, _)| number % FOLDS != fold);
        let kept: Vec<&Example> = kept.flat_map(|(_, all)| all).chain(weak).collect();
        let model = Trained::learn(&kept, plan);
        for number in (0..examples.len()).filter(|number| number % FOLDS == fold) {
            let found = trainer.best_type(&model, &examples[number][0]).as_str();
            let gold = marked[number].kind.as_str();
            counts.entry(gold).or_default()[0] += 1.0;
            counts.entry(found).or_default()[1] += 1.0;
            if gold == found {
                counts.entry(gold).or_default()[2] += 1.0;
            } else {
                *mixed.entry((gold, found)).or_default() += 1;
            }
        }
    }
    let score = |[gold, found, right]: &[f64; 3]| 2.0 * right / (gold + found).max(1.0);
    for (kind, all) in &counts {
        println!("  {kind:<10} {:>5} F1 {:.1}", all[0], 100.0 * score(all));
    }
    let mean = counts.values().map(score).sum::<f64>() / 15.0;
    let right: f64 = counts.values().map(|all| all[2]).sum();
    let sum: f64 = counts.values().map(|all| all[0]).sum();
    println!("{FOLDS}-fold: macro F1 {:.1}, right {:.1} %", 100.0 * mean, 100.0 * right / sum);
    let mut mixed: Vec<_> = mixed.into_iter().collect();
    mixed.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((gold, found), count) in mixed.iter().take(12) {
        println!("  {count:>3} {gold} taken for {found}");
    }
}
