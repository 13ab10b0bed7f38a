//! Bylines: the line that names the authors, and the names in it.

use crate::{draft::Draft, repair};

/// Words that open a byline, in the languages of the wires; lower case.
const OPENERS: &[&str] = &[
    "by ",
    "by: ",
    "von ",
    "par ",
    "por ",
    "di ",
    "door ",
    "reporting by ",
    "av ",
    "af ",
    "text: ",
    "text ",
    "author: ",
    "autor: ",
    "auteur: ",
    "przez ",
    "written by ",
    "story by ",
    "ein kommentar von ",
    "kommentar von ",
    "eine analyse von ",
    "ein gastbeitrag von ",
    "von: ",
    "oleh ",
    "yazan: ",
    "автор: ",
];

/// What stands between two names, in the languages of the bylines.
const LINKS: &[&str] = &[
    " and ", " und ", " et ", " y ", " e ", " en ", " og ", " och ", " i ", " ja ", " ve ", " & ",
    " и ", " a ", " with ", " mit ", " avec ", " con ",
];

/// A byline has at most so many words.
const MAX_WORDS: usize = 14;

/// Takes a byline from the head of the body and splits the authors' names.
pub(crate) fn take(draft: &mut Draft) {
    let heads = draft.paragraphs.len().min(3);
    if let Some(index) = (0..heads).find(|index| is_byline(&draft.paragraphs[*index].text)) {
        let text = draft.paragraphs[index].text.clone();
        draft.byline.get_or_insert(text);
        draft.drop_paragraph(index, "byline");
    }
    if draft.authors.is_empty()
        && let Some(byline) = &draft.byline
    {
        draft.authors = names(byline);
    }
}

/// Whether a paragraph is nothing but a byline in English or German, French, Spanish form.
fn is_byline(text: &str) -> bool {
    let lower = text.to_lowercase();
    let Some(opener) = OPENERS.iter().find(|opener| lower.starts_with(**opener)) else {
        return false;
    };
    let rest =
        &text[text.char_indices().nth(opener.chars().count()).map_or(text.len(), |(at, _)| at)..];
    let names = rest.split(',').next().unwrap_or_default();
    rest.split_whitespace().count() <= MAX_WORDS
        && !text.ends_with(['.', '!', '?'])
        && names.split_whitespace().next().is_some()
        && names.split_whitespace().all(|word| is_name_word(word) || is_link(word))
}

fn is_link(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "und"
            | "et"
            | "y"
            | "e"
            | "&"
            | "de"
            | "van"
            | "von"
            | "der"
            | "bin"
            | "al"
            | "la"
            | "in"
    )
}

fn is_name_word(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// The names in a byline: `By A Writer and B Writer, Reuters` gives two.
pub(crate) fn names(byline: &str) -> Vec<String> {
    split(byline).into_iter().filter(|name| is_person(name)).collect()
}

/// The parts of a byline that may be names, whoever they name.
pub(crate) fn split(byline: &str) -> Vec<String> {
    let mut text = repair::line(byline);
    for link in LINKS {
        text = text.replace(link, ",");
    }
    let mut names: Vec<String> = Vec::new();
    for part in text.split([',', ';', '|', '/', '•', '·', '、']) {
        let name = without_opener(part.trim())
            .trim_matches(|c: char| !c.is_alphanumeric() && c != '.' && c != ')');
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn without_opener(part: &str) -> &str {
    let lower = part.to_lowercase();
    let opener = OPENERS.iter().find(|opener| lower.starts_with(**opener));
    opener
        .and_then(|opener| part.get(opener.len()..))
        .unwrap_or(part)
        .trim_start_matches(':')
        .trim()
}

/// Whether a text is a person's name: two to five words with capitals, no post, no house.
pub(crate) fn is_person(name: &str) -> bool {
    let words = name.split_whitespace().count();
    (2..=5).contains(&words)
        && name.split_whitespace().all(|word| is_name_word(word) || is_link(word))
        && !name.bytes().any(|byte| byte.is_ascii_digit())
        && !is_post(name)
}

/// A post or a house that stands beside the names.
fn is_post(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "correspondent",
        "reporter",
        "editor",
        "writer",
        "staff",
        "news",
        "press",
        "desk",
        "agency",
        "reuters",
        "bureau",
        "redaktion",
        "team",
        "service",
        "korrespondent",
        "korrespondentin",
        "reporterin",
        "redakteur",
        "redakteurin",
        "redaktør",
        "journalist",
        "journaliste",
        "rédaction",
        "redacción",
        "redazione",
        "redaktionen",
        "redakcja",
        "agencia",
        "agences",
        "agentur",
        "min",
        "uhr",
        "foto:",
        "photo:",
    ];
    let lower = name.to_lowercase();
    lower.split_whitespace().any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_bylines_from_sentences() {
        let check = |text: &str, expected: bool| assert_eq!(is_byline(text), expected, "{text}");
        check("By Anna Example and Bo Sample", true);
        check("By Anna Example, Example Wire", true);
        check("Von Anna van der Probe", true);
        check("By Monday the ministers had met.", false);
        check("By the time they met", false);
        check("By", false);
    }

    #[test]
    fn splits_names() {
        let check =
            |byline: &str, expected: &[&str]| assert_eq!(names(byline), expected, "{byline}");
        check("By Anna Example and Bo Sample, Reuters", &["Anna Example", "Bo Sample"]);
        check("Anna Example, Staff Writer", &["Anna Example"]);
        check("By Reuters", &[]);
        check("", &[]);
    }
}
