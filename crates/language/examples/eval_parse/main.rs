//! Scores tokens, sentences, tags, trees and lemmas on treebanks, and says how fast they come.
//!
//! `eval_parse [--errors] MODEL FILE.conllu.gz...`; for example, with
//! `models/parse/parser-en.bin ../shared/corpora/ud/ewt-dev.conllu.gz`.
#![allow(clippy::print_stdout)]

mod conllu;

use std::{
    collections::{BTreeMap, HashSet},
    env,
    hash::Hash,
    path::Path,
    time::Instant,
};

use conllu::Treebank;
use dateline_language::{Parse, Parser, Sentence, segment};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How often a speed is measured; the best run counts.
const RUNS: usize = 5;

/// How often a text is read in one go, since once takes less than the clock ticks.
const REPEATS: usize = 50;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let shows_errors = arguments.iter().any(|argument| argument == "--errors");
    let mut files = arguments.iter().filter(|argument| !argument.starts_with("--"));
    let model = files.next().ok_or("usage: eval_parse [--errors] MODEL FILE.conllu.gz...")?;
    let bytes = std::fs::read(model)?;
    let started = Instant::now();
    let parser = Parser::load(&bytes)?;
    println!("load {:.0} ms", started.elapsed().as_secs_f64() * 1e3);
    for file in files {
        let treebank = Treebank::read(Path::new(file))?;
        println!("{file}: {} sentences, {} words", treebank.sentences.len(), treebank.words());
        score_text(&treebank, shows_errors);
        score_parse(&parser, &treebank);
        score_raw(&parser, &treebank);
    }
    Ok(())
}

/// Runs something several times: the result and the seconds of processor time of the fastest run.
fn timed<T>(run: impl Fn() -> T) -> (T, f64) {
    let mut best = f64::INFINITY;
    let mut result = None;
    for _ in 0..RUNS {
        let started = processor_seconds();
        let made = run();
        best = best.min(processor_seconds() - started);
        result = Some(made);
    }
    (result.unwrap_or_else(run), best)
}

/// What this thread has used: a busy machine takes turns away, which a clock would count.
fn processor_seconds() -> f64 {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat");
    let nanoseconds = used.ok().and_then(|used| used.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e9
}

fn f1<T: Eq + Hash>(gold: &HashSet<T>, found: &HashSet<T>) -> f64 {
    let both = gold.intersection(found).count();
    200.0 * share(both, gold.len() + found.len())
}

fn share(part: usize, whole: usize) -> f64 {
    f64::from(u32::try_from(part).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(whole.max(1)).unwrap_or(u32::MAX))
}

fn score_text(treebank: &Treebank, shows_errors: bool) {
    let sentences = segment(&treebank.text);
    let repeated = treebank.text.repeat(REPEATS);
    let (_, seconds) = timed(|| segment(&repeated));
    let gold: HashSet<_> =
        treebank.sentences.iter().flatten().map(|word| word.span.clone()).collect();
    let found: HashSet<_> = sentences.iter().flat_map(|s| s.words.clone()).collect();
    let spans =
        treebank.sentences.iter().filter_map(|s| Some(s.first()?.span.start..s.last()?.span.end));
    let gold_spans: HashSet<_> = spans.collect();
    let found_spans: HashSet<_> = sentences.iter().map(|s| s.span.clone()).collect();
    println!(
        "  raw text: token F1 {:.2}, sentence F1 {:.2}, {:.1} MB a second of one core",
        f1(&gold, &found),
        f1(&gold_spans, &found_spans),
        share(repeated.len(), 1_000_000) / seconds,
    );
    if shows_errors {
        show_tokens(treebank, &sentences);
        show_sentences(treebank, &gold_spans, &sentences);
    }
}

fn show_tokens(treebank: &Treebank, sentences: &[Sentence]) {
    let starts = |spans: &mut dyn Iterator<Item = usize>| spans.collect::<HashSet<_>>();
    let gold = starts(&mut treebank.sentences.iter().flatten().map(|word| word.span.start));
    let found = starts(&mut sentences.iter().flat_map(|s| s.words.iter().map(|word| word.start)));
    let mut wrong: Vec<_> = gold.symmetric_difference(&found).copied().collect();
    wrong.sort_unstable();
    for at in wrong {
        let kind = if gold.contains(&at) { "uncut" } else { "cut" };
        let (before, after) = treebank.text.split_at(at);
        let before = &before[before.rfind(' ').map_or(0, |space| space + 1)..];
        println!("    {kind} {before}|{}", after.split(' ').next().unwrap_or_default());
    }
}

fn show_sentences(treebank: &Treebank, gold: &HashSet<std::ops::Range<usize>>, found: &[Sentence]) {
    let gold_ends: HashSet<_> = gold.iter().map(|span| span.end).collect();
    let found_ends: HashSet<_> = found.iter().map(|sentence| sentence.span.end).collect();
    let mut wrong: Vec<_> = gold_ends.symmetric_difference(&found_ends).copied().collect();
    wrong.sort_unstable();
    for at in wrong {
        let kind = if gold_ends.contains(&at) { "missed" } else { "extra" };
        let (before, after) = treebank.text.split_at(at);
        let before: String =
            before.chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
        let after: String = after.chars().take(30).collect();
        println!("    {kind} {before:?} | {after:?}");
    }
}

/// Right answers, and all.
#[derive(Default)]
struct Count(usize, usize);

impl Count {
    fn add(&mut self, is_right: bool) {
        self.0 += usize::from(is_right);
        self.1 += 1;
    }
}

fn score_parse(parser: &Parser, treebank: &Treebank) {
    let words: Vec<Vec<&str>> = treebank
        .sentences
        .iter()
        .map(|s| s.iter().map(|word| word.form.as_str()).collect())
        .collect();
    let sentences: Vec<&[&str]> = words.iter().map(Vec::as_slice).collect();
    let (trees, seconds) = timed(|| parser.parse_all(&sentences));
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for (sentence, parse) in treebank.sentences.iter().zip(&trees) {
        for (word, node) in sentence.iter().zip(parse.nodes()) {
            let is_head = word.head == node.head;
            let mut add = |name, is_right| counts.entry(name).or_default().add(is_right);
            add("UPOS", word.upos == node.upos.as_str());
            add("XPOS", word.xpos == node.xpos.as_str());
            add("UAS", is_head);
            add("LAS", is_head && word.relation == node.relation.as_str());
            let base = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
            add(
                "LAS of whole relations",
                is_head && base(&word.relation) == base(node.relation.as_str()),
            );
            if word.lemma != "_" {
                let lemma = parser.lemma(&word.form, *node);
                add("lemmas", lemma.to_lowercase() == word.lemma.to_lowercase());
            }
        }
    }
    print!("  gold words:");
    for (name, Count(right, all)) in &counts {
        print!(" {name} {:.2}", 100.0 * share(*right, *all));
    }
    println!();
    score_relations(treebank, &trees);
    println!(
        "  tag and parse: {:.1}k words a second of one core",
        share(treebank.words(), 1000) / seconds
    );
}

/// Relations that events are read from.
const CORE: [&str; 11] = [
    "nsubj",
    "nsubj:pass",
    "obj",
    "iobj",
    "obl",
    "obl:agent",
    "ccomp",
    "xcomp",
    "conj",
    "parataxis",
    "acl:relcl",
];

fn score_relations(treebank: &Treebank, trees: &[Parse]) {
    print!("  F1 of relations:");
    for core in CORE {
        let (mut gold, mut found) = (HashSet::new(), HashSet::new());
        for (sentence, tree) in treebank.sentences.iter().zip(trees) {
            for (word, node) in sentence.iter().zip(tree.nodes()) {
                if word.relation == core {
                    gold.insert((word.span.start, word.head));
                }
                if node.relation.as_str() == core {
                    found.insert((word.span.start, node.head));
                }
            }
        }
        print!(" {core} {:.1}", f1(&gold, &found));
    }
    println!();
}

fn parse_text(parser: &Parser, text: &str) -> (Vec<Sentence>, Vec<Parse>) {
    let sentences = segment(text);
    let words: Vec<Vec<&str>> = sentences.iter().map(|sentence| sentence.forms(text)).collect();
    let trees = parser.parse_all(&words.iter().map(Vec::as_slice).collect::<Vec<_>>());
    (sentences, trees)
}

/// Words count as right where they are cut as in the treebank, and so are their heads.
fn score_raw(parser: &Parser, treebank: &Treebank) {
    let ((sentences, trees), seconds) = timed(|| parse_text(parser, &treebank.text));
    let (mut tags, mut heads, mut relations) = (HashSet::new(), HashSet::new(), HashSet::new());
    for sentence in &treebank.sentences {
        for word in sentence {
            let head = word.head.map(|head| sentence[usize::from(head)].span.clone());
            let relation = word.relation.split(':').next().unwrap_or_default().to_owned();
            tags.insert((word.span.clone(), word.upos.clone()));
            heads.insert((word.span.clone(), head.clone()));
            relations.insert((word.span.clone(), head, relation));
        }
    }
    let (mut own_tags, mut own_heads, mut own_relations) =
        (HashSet::new(), HashSet::new(), HashSet::new());
    for (sentence, parse) in sentences.iter().zip(&trees) {
        for (span, node) in sentence.words.iter().zip(parse.nodes()) {
            let head = node.head.map(|head| sentence.words[usize::from(head)].clone());
            own_tags.insert((span.clone(), node.upos.as_str().to_owned()));
            own_heads.insert((span.clone(), head.clone()));
            own_relations.insert((span.clone(), head, node.relation.base().as_str().to_owned()));
        }
    }
    println!(
        "  raw text: UPOS {:.2}, UAS {:.2}, LAS of whole relations {:.2}; text to trees {:.1}k words a second of one core",
        f1(&tags, &own_tags),
        f1(&heads, &own_heads),
        f1(&relations, &own_relations),
        share(own_tags.len(), 1000) / seconds,
    );
}
