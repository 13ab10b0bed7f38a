//! Files with a token and its label a line: what the tagger learns from and is measured on.

use std::ops::Range;

use super::tags::Kind;

/// Whose rules a file's labels follow.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// World newswire: nine types, dates and sums among them.
    News,
    /// CoNLL-2003: four types; dates and sums are not marked.
    Conll,
}

/// A name in a sentence and what it names.
pub type Marked = (Range<usize>, Kind);

/// A document with its names.
#[derive(Clone, Debug, Default)]
pub struct Labelled {
    /// The tokens of each sentence.
    pub sentences: Vec<Vec<String>>,
    /// The names of each sentence.
    pub names: Vec<Vec<Marked>>,
}

/// The scheme that a file is written in: tabs stand in world newswire only.
pub fn scheme(text: &str) -> Scheme {
    let first = text.lines().find(|line| !line.trim().is_empty());
    if first.is_some_and(|line| line.contains('\t')) { Scheme::News } else { Scheme::Conll }
}

/// The documents of a file.
pub fn read(text: &str) -> Vec<Labelled> {
    let scheme = scheme(text);
    let mut documents = vec![Labelled::default()];
    let mut tokens: Vec<String> = Vec::new();
    let mut labels: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        let is_new = line.starts_with("-DOCSTART-");
        if is_new || line.trim().is_empty() {
            push(&mut documents, &mut tokens, &mut labels);
        }
        if is_new {
            documents.push(Labelled::default());
        } else if let Some((token, label)) = fields(line, scheme) {
            tokens.push(token.to_owned());
            labels.push(label);
        }
    }
    documents.retain(|document| !document.sentences.is_empty());
    documents
}

fn fields(line: &str, scheme: Scheme) -> Option<(&str, &str)> {
    match scheme {
        Scheme::News => {
            let mut fields = line.split('\t');
            Some((fields.next()?.trim(), fields.next()?.trim()))
        }
        Scheme::Conll => {
            let mut fields = line.split_whitespace();
            Some((fields.next()?, fields.next_back()?))
        }
    }
    .filter(|(token, _)| !token.is_empty())
}

fn push(documents: &mut [Labelled], tokens: &mut Vec<String>, labels: &mut Vec<&str>) {
    if let Some(document) = documents.last_mut()
        && !tokens.is_empty()
    {
        document.names.push(names(labels));
        document.sentences.push(std::mem::take(tokens));
    }
    labels.clear();
}

/// The names that labels spell, whether or not each begins with a `B-`.
pub fn names(labels: &[&str]) -> Vec<Marked> {
    let mut found: Vec<Marked> = Vec::new();
    let mut before = "";
    for (at, label) in labels.iter().enumerate() {
        let (part, kind) = label.split_once('-').unwrap_or(("O", ""));
        match (kind_of(kind), found.last_mut()) {
            (Some(_), Some((range, _))) if part == "I" && kind == before => range.end = at + 1,
            (Some(kind), _) => found.push((at..at + 1, kind)),
            (None, _) => {}
        }
        before = kind;
    }
    found
}

/// The labels that names spell, each name with a `B-` at its beginning.
pub fn labels(names: &[Marked], length: usize) -> Vec<String> {
    let mut labels = vec!["O".to_owned(); length];
    for (range, kind) in names {
        for (at, label) in labels.iter_mut().enumerate().take(range.end).skip(range.start) {
            let part = if at == range.start { "B" } else { "I" };
            *label = format!("{part}-{}", kind.label());
        }
    }
    labels
}

fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "PER" | "Person" => Kind::Person,
        "ORG" | "Organization" => Kind::Organization,
        "LOC" | "Location" | "Facility" => Kind::Location,
        "MISC" | "Misc" | "NORP" | "Product" => Kind::Miscellaneous,
        "DATE" | "Date" => Kind::Date,
        "MONEY" | "Money" => Kind::Money,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_formats() {
        let conll =
            "-DOCSTART- -X- O O\n\nAnna NNP I-NP I-PER\nin IN I-PP O\nRiga NNP I-NP I-LOC\n";
        let news = "Anna\tB-Person\nin\tO\nRiga\tB-Location\n\n.\tO\n";
        let expected = vec![(0..1, Kind::Person), (2..3, Kind::Location)];
        assert_eq!(read(conll)[0].names[0], expected);
        assert_eq!(read(news)[0].names, [expected, Vec::new()]);
        assert_eq!((scheme(conll), scheme(news)), (Scheme::Conll, Scheme::News));
    }

    #[test]
    fn labels_spell_names_back() {
        let marked = [(0..2, Kind::Person), (2..3, Kind::Person)];
        let labels = labels(&marked, 4);
        assert_eq!(labels, ["B-PER", "I-PER", "B-PER", "O"]);
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        assert_eq!(names(&labels), marked);
    }

    #[test]
    fn names_end_where_labels_change() {
        let check = |labels: &[&str], expected: &[Marked]| assert_eq!(names(labels), expected);
        check(&["I-PER", "I-PER", "B-PER"], &[(0..2, Kind::Person), (2..3, Kind::Person)]);
        check(&["I-PER", "I-ORG"], &[(0..1, Kind::Person), (1..2, Kind::Organization)]);
        check(&["B-LOC", "O", "I-LOC"], &[(0..1, Kind::Location), (2..3, Kind::Location)]);
        check(&["B-Law", "I-Law"], &[]);
    }
}
