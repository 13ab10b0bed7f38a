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
    let Some(rest) = opened(text) else {
        return false;
    };
    let names = rest.split(',').next().unwrap_or_default();
    rest.split_whitespace().count() <= MAX_WORDS
        && !text.ends_with(['.', '!', '?'])
        && names.split_whitespace().next().is_some()
        && names.split_whitespace().all(|word| is_name_word(word) || is_link(word))
}

/// What follows the words that open a byline.
pub(crate) fn opened(text: &str) -> Option<&str> {
    let lower = text.to_lowercase();
    let opener = OPENERS.iter().find(|opener| lower.starts_with(**opener))?;
    let start = text.char_indices().nth(opener.chars().count()).map_or(text.len(), |(at, _)| at);
    Some(&text[start..])
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
    word.chars().next().is_some_and(char::is_uppercase) && !word.ends_with(':')
}

/// `MDR`, `BBC`: capitals that no one can speak as a word.
fn is_initials(word: &str) -> bool {
    word.len() >= 3
        && word.chars().all(|c| c.is_ascii_uppercase())
        && !word.contains(['A', 'E', 'I', 'O', 'U', 'Y'])
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
        let name = without_mark(without_opener(part.trim()))
            .trim_matches(|c: char| !c.is_alphanumeric() && c != '.' && c != ')');
        let is_role = names.first().is_some_and(|first| is_person(first)) && is_described(name);
        if !name.is_empty() && !is_role && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// `Anna Example (aex)`, `안나 기자` without what stands behind the name.
fn without_mark(name: &str) -> &str {
    let name = name.split_once(" (").map_or(name, |(name, _)| name);
    name.strip_suffix(" 기자").or_else(|| name.strip_suffix("記者")).unwrap_or(name)
}

/// A post behind a name, in many words or with small letters: `professor of law at Example`.
fn is_described(part: &str) -> bool {
    let words = part.split_whitespace().count();
    let small = |word: &str| word.chars().next().is_some_and(char::is_lowercase) && !is_link(word);
    words > 5 || words > 1 && part.split_whitespace().any(small)
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
    if words == 1 {
        return is_dense_name(name);
    }
    (2..=5).contains(&words)
        && name.split_whitespace().all(|word| is_name_word(word) || is_link(word))
        && !name.bytes().any(|byte| byte.is_ascii_digit())
        && !name.split_whitespace().any(is_initials)
        && !is_post(name)
}

/// A Chinese, Japanese or Korean name, which has no space; houses end on words of their own.
fn is_dense_name(name: &str) -> bool {
    const HOUSES: &[&str] = &[
        "新聞",
        "新闻",
        "通信",
        "通訊",
        "通讯",
        "報",
        "报",
        "社",
        "部",
        "網",
        "网",
        "記者",
        "记者",
        "편집",
        "뉴스",
        "일보",
        "신문",
        "통신",
        "기자",
        "デジタル",
        "編集",
        "台",
        "室",
    ];
    let length = name.chars().count();
    (2..=6).contains(&length)
        && name.chars().all(|c| {
            matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
        })
        && !HOUSES.iter().any(|house| name.ends_with(house))
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
