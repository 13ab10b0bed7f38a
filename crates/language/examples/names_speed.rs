//! Raw text to names, tokens a second on one thread: `names_speed FILE...` (token files of any scheme).
#![allow(clippy::print_stdout)]

use std::{env, fs, time::Instant};

use dateline_language::{
    names::{Names, Scheme, columns},
    sentences, tokens,
};

// The counts are small beside what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let names = Names::load(Scheme::News)?;
    println!("load: {} ms", started.elapsed().as_millis());
    let mut texts = Vec::new();
    for path in env::args().skip(1) {
        for document in columns::read(&fs::read_to_string(&path)?) {
            let lines: Vec<String> = document.sentences.iter().map(|s| s.join(" ")).collect();
            texts.push(lines.join("\n\n"));
        }
    }
    let started = Instant::now();
    let (mut count, mut found) = (0, 0);
    for text in &texts {
        let document: Vec<Vec<&str>> = sentences(text)
            .into_iter()
            .map(|range| {
                let sentence = &text[range];
                tokens(sentence).iter().map(|token| token.text(sentence)).collect()
            })
            .collect();
        count += document.iter().map(Vec::len).sum::<usize>();
        found += names.tag(&document).len();
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{} texts, {count} tokens, {found} names", texts.len());
    println!("tokens a second: {:.0}", count as f64 / seconds);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!("memory: {}", peak.unwrap_or("unknown"));
    Ok(())
}
