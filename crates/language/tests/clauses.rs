//! What clauses say, from text to predicates, with the shipped parser.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fmt::Write, fs, path::PathBuf, sync::LazyLock};

use dateline_language::{Link, Parser, Predicate, Tense, predicates, segment};

static PARSER: LazyLock<Parser> = LazyLock::new(|| {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/parse/parser-en.bin");
    Parser::load(&fs::read(file).unwrap()).unwrap()
});

/// `verb(subjects > objects | by agents | preposition noun) flags [said by sources]`.
fn write(words: &[&str], predicate: &Predicate) -> String {
    let row = |list: &[usize]| list.iter().map(|word| words[*word]).collect::<Vec<_>>().join("+");
    let mut text = format!("{}({}", words[predicate.word], row(&predicate.subjects));
    for (mark, list) in
        [(" > ", &predicate.objects), (" to ", &predicate.recipients), (" by ", &predicate.agents)]
    {
        if !list.is_empty() {
            write!(text, "{mark}{}", row(list)).unwrap();
        }
    }
    for oblique in &predicate.obliques {
        let case = oblique.case.map_or("at", |case| words[case]);
        write!(text, " | {} {}", case.to_lowercase(), words[oblique.word]).unwrap();
    }
    text.push(')');
    let flags = [
        (predicate.is_passive, "passive"),
        (predicate.is_negated, "not"),
        (predicate.is_progressive, "ing"),
        (predicate.is_perfect, "perfect"),
        (predicate.is_infinitive, "to"),
        (predicate.tense == Tense::Past || predicate.tense == Tense::PastPerfect, "past"),
        (predicate.link == Link::Complement, "that"),
    ];
    for (_, flag) in flags.iter().filter(|(is_set, _)| *is_set) {
        write!(text, " {flag}").unwrap();
    }
    if let Some(modal) = predicate.modal {
        write!(text, " {modal:?}").unwrap();
    }
    if !predicate.sources.is_empty() {
        write!(text, " [{}]", row(&predicate.sources)).unwrap();
    }
    text
}

fn read(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for sentence in segment(text) {
        let words = sentence.forms(text);
        let parse = PARSER.parse(&words);
        found.extend(predicates(&words, &parse).iter().map(|predicate| write(&words, predicate)));
    }
    found
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(read(text), expected, "{text}");
}

#[test]
fn voices_and_tenses() {
    check("Russia has attacked Ukraine.", &["attacked(Russia > Ukraine) perfect"]);
    check("Rebels killed ten soldiers on Monday.", &["killed(Rebels > soldiers | on Monday) past"]);
    check(
        "Ten soldiers were killed by rebels on Monday.",
        &["killed(soldiers by rebels | on Monday) passive past"],
    );
    check("The two sides will not meet in Geneva.", &["meet(sides | in Geneva) not Will"]);
    check("The army had been shelling the town.", &["shelling(army > town) ing perfect past"]);
    check("Iran could have attacked the ship.", &["attacked(Iran > ship) perfect May"]);
    check("No one was hurt.", &["hurt(one) passive not past"]);
    check(
        "The minister handed the president a letter.",
        &["handed(minister > letter to president) past"],
    );
}

#[test]
fn rows_are_taken_apart() {
    check(
        "Iran and Iraq talked with Turkey and Syria in Geneva.",
        &["talked(Iran+Iraq | with Turkey | with Syria | in Geneva) past"],
    );
    check(
        "Police arrested the man and charged him with murder.",
        &["arrested(Police > man) past", "charged(Police > him | with murder) past"],
    );
    check(
        "The ministers will meet and discuss the crisis.",
        &["meet(ministers) Will", "discuss(ministers > crisis) Will"],
    );
}

#[test]
fn subjects_are_found_elsewhere() {
    check(
        "The president agreed to visit China.",
        &["agreed(president) past", "visit(president > China) to"],
    );
    check(
        "Washington urged Israel to stop the strikes.",
        &["urged(Washington to Israel) past", "stop(Israel > strikes) to"],
    );
    check(
        "Gunmen who attacked the convoy fled to Chad.",
        &["attacked(Gunmen > convoy) past", "fled(Gunmen | to Chad) past"],
    );
    check(
        "Soldiers stormed the house, killing two men.",
        &["stormed(Soldiers > house) past", "killing(Soldiers > men)"],
    );
}

#[test]
fn reports_are_read_in_both_directions() {
    check(
        "The ministry said rebels had attacked the base.",
        &["said(ministry) past", "attacked(rebels > base) perfect past that [ministry]"],
    );
    check(
        "Rebels attacked the base, the ministry said.",
        &["attacked(Rebels > base) past that [ministry]", "said(ministry) past"],
    );
    check("According to the police, two men shot the mayor.", &["shot(men > mayor) past [police]"]);
    check(
        "The official said that Iran would not accept the deal.",
        &["said(official) past", "accept(Iran > deal) not that Would [official]"],
    );
}
