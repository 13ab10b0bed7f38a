//! Learns the tagger of names: `train_names CORPORA OUT [all|FOLD/FOLDS] [NAME=VALUE...]`.
//!
//! `CORPORA` has `ner/eww/*.tsv` and `ner/conll2003/{eng.train,eng.testa}`. Of the newswire articles
//! every sixth by name is kept for the test; with `FOLD/FOLDS` a part of the others is kept instead,
//! as for choosing settings, and nothing is written. `share=N` learns from every N-th document alone, for
//! the curve of learning in `docs/language.md`.
#![allow(clippy::print_stdout)]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use dateline_language::names::{
    Kind, Names, Scheme,
    columns::{self, Labelled},
    train::{self, Plan},
};

type Error = Box<dyn std::error::Error>;
type Documents = Vec<(Labelled, Scheme)>;

/// One of so many articles is kept for the test.
const TEST_SHARE: usize = 6;

fn main() -> Result<(), Error> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: train_names CORPORA OUT [all|FOLD/FOLDS] [NAME=VALUE...]";
    let corpora = PathBuf::from(arguments.next().ok_or(usage)?);
    let out = PathBuf::from(arguments.next().ok_or(usage)?);
    let mode = arguments.next().unwrap_or_else(|| "all".to_owned());
    let mut plan = Plan::default();
    let mut share = 1;
    for setting in arguments {
        match setting.strip_prefix("share=") {
            Some(value) => share = value.parse::<usize>()?.max(1),
            None => set(&mut plan, &setting)?,
        }
    }
    let (train, news, conll) = split(&corpora, &mode)?;
    let train: Documents = train.into_iter().step_by(share).collect();
    let started = Instant::now();
    let trained = train::train(&train, &plan)?;
    println!("{} documents learned in {:?}", train.len(), started.elapsed());
    println!("{plan:?}");
    for (scheme, name) in [(Scheme::News, "news"), (Scheme::Conll, "conll")] {
        let names = trained.names(scheme)?;
        println!("-- {name}.bin: {} bytes", trained.bytes(scheme).len());
        println!("-- {name} model on newswire");
        report(&names, &news);
        println!("-- {name} model on CoNLL");
        report(&names, &conll);
        if mode == "all" && share == 1 {
            fs::write(out.join(format!("{name}.bin")), trained.bytes(scheme))?;
        }
    }
    Ok(())
}

fn set(plan: &mut Plan, setting: &str) -> Result<(), Error> {
    let (name, value) = setting.split_once('=').ok_or("a setting is NAME=VALUE")?;
    match name {
        "rounds" => plan.rounds = value.parse()?,
        "fold_rounds" => plan.fold_rounds = value.parse()?,
        "second_rounds" => plan.second_rounds = value.parse()?,
        "folds" => plan.folds = value.parse()?,
        "margin" => plan.margin = value.parse()?,
        "own" => plan.own = value.parse()?,
        "other" => plan.other = value.parse()?,
        "runs" => plan.runs = value.parse()?,
        "least" => plan.least = value.parse()?,
        "kept" => plan.kept = value.parse()?,
        "seed" => plan.seed = value.parse()?,
        name => return Err(format!("no setting {name}").into()),
    }
    Ok(())
}

/// What is learned from, and what of the newswire and of `eng.testa` is measured.
fn split(corpora: &Path, mode: &str) -> Result<(Documents, Documents, Documents), Error> {
    let mut paths: Vec<PathBuf> = fs::read_dir(corpora.join("ner/eww"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    let (kept, rest): (Vec<_>, Vec<_>) =
        paths.into_iter().enumerate().partition(|(index, _)| index % TEST_SHARE == 0);
    let conll = corpora.join("ner/conll2003");
    let train = read(&conll.join("eng.train"))?;
    let testa = read(&conll.join("eng.testa"))?;
    let fold = mode.split_once('/');
    let Some((fold, folds)) = fold else {
        let news = read_all(rest.iter().map(|(_, path)| path))?;
        return Ok(([train, news].concat(), read_all(kept.iter().map(|(_, path)| path))?, testa));
    };
    let (fold, folds): (usize, usize) = (fold.parse()?, folds.parse()?);
    let (held, learned): (Vec<_>, Vec<_>) =
        rest.iter().enumerate().partition(|(index, _)| index % folds == fold);
    let learned = read_all(learned.iter().map(|(_, (_, path))| path))?;
    let held = read_all(held.iter().map(|(_, (_, path))| path))?;
    Ok(([train, learned].concat(), held, testa))
}

fn read_all<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> Result<Documents, Error> {
    let mut documents = Vec::new();
    for path in paths {
        documents.extend(read(path)?);
    }
    Ok(documents)
}

fn read(path: &Path) -> Result<Documents, Error> {
    let text = fs::read_to_string(path)?;
    let scheme = columns::scheme(&text);
    Ok(columns::read(&text).into_iter().map(|document| (document, scheme)).collect())
}

/// Prints precision, recall and F1 of each kind.
fn report(names: &Names, documents: &Documents) {
    // Found and marked, found, marked.
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (document, scheme) in documents {
        let is_marked =
            |kind: Kind| *scheme == Scheme::News || !matches!(kind, Kind::Date | Kind::Money);
        let mut found = vec![Vec::new(); document.sentences.len()];
        for mention in names.tag(&document.sentences) {
            if is_marked(mention.kind) {
                found[mention.sentence].push((mention.first..mention.last, mention.kind));
            }
        }
        for (found, marked) in found.iter().zip(&document.names) {
            for (slot, names) in [(1, found), (2, marked)] {
                for name in names {
                    counts.entry(name.1.label()).or_default()[slot] += 1;
                }
            }
            for name in found.iter().filter(|name| marked.contains(name)) {
                counts.entry(name.1.label()).or_default()[0] += 1;
            }
        }
    }
    let mut all = [0; 3];
    for (label, count) in &counts {
        print(label, *count);
        all.iter_mut().zip(count).for_each(|(sum, part)| *sum += part);
    }
    let four: [usize; 3] = ["PER", "ORG", "LOC", "MISC"]
        .iter()
        .filter_map(|label| counts.get(label))
        .fold([0; 3], |sum, part| std::array::from_fn(|at| sum[at] + part[at]));
    print("four", four);
    print("all", all);
}

// Counts are far below what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn print(label: &str, [right, found, marked]: [usize; 3]) {
    let share = |part: usize, of: usize| 100.0 * part as f64 / (of.max(1)) as f64;
    let (precision, recall) = (share(right, found), share(right, marked));
    let f1 = share(2 * right, found + marked);
    println!("{label:6} P {precision:6.2} R {recall:6.2} F1 {f1:6.2} ({marked} marked)");
}
