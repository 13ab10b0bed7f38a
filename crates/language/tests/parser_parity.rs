//! Holds the forward pass to the training tool's own output on the same weights.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, io::Read, path::PathBuf};

use dateline_language::{Node, Parse, Parser, Xpos};

/// Rounding in another order may tip a choice between two equal scores, no more than that.
const SAME_PER_MILLE: usize = 999;

struct Word {
    form: String,
    head: Option<u16>,
    relation: String,
    tag: String,
}

fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/parse")
}

fn fixture() -> Vec<Vec<Word>> {
    let file = fs::File::open(models().join("fixture-en.tsv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let sentences = text.split("\n\n").filter(|part| !part.trim().is_empty());
    sentences.map(|part| part.lines().map(word).collect()).collect()
}

fn word(line: &str) -> Word {
    let fields: Vec<&str> = line.split('\t').collect();
    let head: u16 = fields[1].parse().unwrap();
    Word {
        form: fields[0].to_owned(),
        head: head.checked_sub(1),
        relation: fields[2].to_owned(),
        tag: fields[3].to_owned(),
    }
}

fn parse_all(parser: &Parser, sentences: &[Vec<Word>]) -> Vec<Parse> {
    let words: Vec<Vec<&str>> = sentences
        .iter()
        .map(|words| words.iter().map(|word| word.form.as_str()).collect())
        .collect();
    parser.parse_all(&words.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn parses_as_the_training_tool_does() {
    let parser = Parser::load(&fs::read(models().join("parser-en.bin")).unwrap()).unwrap();
    let sentences = fixture();
    assert!(sentences.len() >= 1000, "{} sentences", sentences.len());
    let (mut words, mut heads, mut relations, mut tags) = (0, 0, 0, 0);
    for (sentence, parse) in sentences.iter().zip(parse_all(&parser, &sentences)) {
        assert_eq!(sentence.len(), parse.len());
        for (word, node) in sentence.iter().zip(parse.nodes()) {
            words += 1;
            heads += usize::from(word.head == node.head);
            relations +=
                usize::from(word.head == node.head && word.relation == node.relation.as_str());
            let tag = format!("{}_{}", node.upos.as_str(), node.xpos.as_str());
            tags += usize::from(word.tag == tag);
        }
    }
    println!("of {words} words the same: heads {heads}, with relations {relations}, tags {tags}");
    for (what, same) in [("heads", heads), ("relations", relations), ("tags", tags)] {
        assert!(same * 1000 >= words * SAME_PER_MILLE, "{same} of {words} {what}");
    }
}

#[test]
fn batches_change_no_parse() {
    let parser = Parser::load(&fs::read(models().join("parser-en.bin")).unwrap()).unwrap();
    let sentences: Vec<Vec<Word>> = fixture().into_iter().take(60).collect();
    let together = parse_all(&parser, &sentences);
    for (sentence, parse) in sentences.iter().zip(&together) {
        let words: Vec<&str> = sentence.iter().map(|word| word.form.as_str()).collect();
        assert_eq!(&parser.parse(&words), parse);
    }
}

#[test]
fn overlong_and_empty_sentences_are_parsed() {
    let parser = Parser::load(&fs::read(models().join("parser-en.bin")).unwrap()).unwrap();
    let long = vec!["talks"; 2500];
    let all = parser.parse_all(&[&[], &["They", "met"], &long, &["Yes"]]);
    assert_eq!(all.iter().map(Parse::len).collect::<Vec<_>>(), [0, 2, 2500, 1]);
    assert_eq!(all[1], parser.parse(&["They", "met"]));
    assert_eq!(all[3], parser.parse(&["Yes"]));
}

#[test]
fn spoilt_files_are_refused() {
    let bytes = fs::read(models().join("parser-en.bin")).unwrap();
    let check = |bytes: &[u8], expected: &str| {
        let error = Parser::load(bytes).unwrap_err().to_string();
        assert!(error.starts_with(&format!("parser file: {expected}")), "{error}");
    };
    check(b"", "magic");
    check(b"DLPARSE0", "magic");
    check(b"DLPARSE1", "norms: missing");
    check(&bytes[..bytes.len() - 1], "section: cut short");
}

#[test]
fn lemmas() {
    let parser = Parser::load(&fs::read(models().join("parser-en.bin")).unwrap()).unwrap();
    let parser = parser.with_verbs(["prohibit", "expel"]);
    let check = |word: &str, xpos: &str, expected: &str| {
        let node = Node { xpos: Xpos::from_name(xpos), ..Node::default() };
        assert_eq!(parser.lemma(word, node), expected, "{word} {xpos}");
    };
    check("Met", "VBD", "meet");
    check("fled", "VBN", "flee");
    check("prohibiting", "VBG", "prohibit");
    check("expelled", "VBN", "expel");
    check("studies", "VBZ", "study");
    check("n't", "RB", "not");
    check("armies", "NNS", "army");
    check("Philippines", "NNP", "Philippines");
    check("better", "JJR", "good");
    check("", "NN", "");
}
