//! Words of a piece of text without white space.

use std::ops::Range;

use super::lists::{
    BEFORE_MORE, BEFORE_NUMBERS, CLITICS, ENDINGS, FACES, JOINED, NAME_PARTS, PREFIXES, TITLES,
    UNITS,
};

/// Cuts a piece into words.
pub(super) fn split(text: &str, piece: Range<usize>, words: &mut Vec<Range<usize>>) {
    let chunk = &text[piece.clone()];
    if chunk.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return push_letters(chunk, piece, words);
    }
    if FACES.contains(&chunk) || is_run(chunk) {
        return words.push(piece);
    }
    let core = core(text, &piece);
    marks(text, piece.start..core.start, words);
    if !core.is_empty() {
        split_core(text, core.clone(), words);
    }
    marks(text, core.end..piece.end, words);
}

fn is_run(chunk: &str) -> bool {
    let mut chars = chunk.chars();
    let first = chars.next();
    let same = "-=_*.~<>#+!?$";
    first.is_some_and(|first| same.contains(first) && chars.all(|c| c == first))
}

/// From the first letter or digit to the last, with the full stop of an abbreviation.
fn core(text: &str, piece: &Range<usize>) -> Range<usize> {
    let chunk = &text[piece.clone()];
    let is_inner = |c: char| c.is_alphanumeric() || is_combining(c);
    let Some(first) = chunk.find(is_inner) else {
        return piece.start..piece.start;
    };
    let last = chunk.char_indices().rev().find(|(_, c)| is_inner(*c));
    let last = last.map_or(first, |(at, c)| at + c.len_utf8());
    let mut core = piece.start + first..piece.start + last;
    let is_clitic = chunk[..first].ends_with(['\'', '’']);
    if is_clitic && (CLITICS.contains(&&chunk[first..last]) || chunk[first..].starts_with(is_digit))
    {
        core.start -= chunk[..first].chars().next_back().map_or(0, char::len_utf8);
    }
    if chunk[..first].ends_with('@')
        && chunk[first..last].chars().all(|c| c.is_alphanumeric() || c == '_')
    {
        core.start -= 1;
    }
    let behind = &text[core.end..piece.end];
    let is_own = behind.starts_with('.') && keeps_full_stop(text, &core)
        || behind.starts_with('/') && is_address(&text[core.clone()]);
    core.end += usize::from(is_own);
    core
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Whether the full stop behind a word is its own: `Mr.`, `J.`, `U.S.`, `No.` before a number.
pub(super) fn keeps_full_stop(text: &str, core: &Range<usize>) -> bool {
    let rest = &text[core.end + 1..];
    if rest.starts_with("..") {
        return false;
    }
    let word = &text[core.clone()];
    let word = word.rsplit(['-', '–', '/', '(', '"', '“']).next().unwrap_or(word);
    if BEFORE_NUMBERS.contains(&word) {
        return rest.trim_start().starts_with(is_digit);
    }
    if BEFORE_MORE.contains(&word) {
        let next = rest.trim_start();
        return next.starts_with(',') || next.starts_with(char::is_lowercase);
    }
    is_initial(word) || is_dotted(word) || is_title(word) || ENDINGS.contains(&word)
}

/// `Gen`, and `GEN` of a headline.
pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
        || (2..=4).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_uppercase())
            && TITLES.iter().any(|title| title.eq_ignore_ascii_case(word))
}

pub(super) fn is_initial(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_none()
}

/// `U.S`, `p.m`, `Ph.D`, `M.Sc`.
pub(super) fn is_dotted(word: &str) -> bool {
    word.contains('.')
        && word.len() <= 10
        && word.split('.').all(|part| {
            let letters = part.chars().count();
            letters == 1 && part.starts_with(char::is_alphabetic)
                || matches!(part, "Ph" | "Sc" | "St" | "al")
        })
}

fn is_address(word: &str) -> bool {
    word.contains("://") || word.starts_with("www.") || word.contains('@') && word.contains('.')
}

/// Marks before or behind a word: runs of the same mark stay together.
fn marks(text: &str, range: Range<usize>, words: &mut Vec<Range<usize>>) {
    let mut at = range.start;
    while at < range.end {
        let rest = &text[at..range.end];
        let first = rest.chars().next().unwrap_or(' ');
        let run = rest.chars().take_while(|c| *c == first).count();
        let count = match first {
            '(' | ')' | '[' | ']' | '{' | '}' | '"' | '“' | '”' | '%' | '$' | ',' | ';' | '&'
            | '#' => 1,
            '!' | '?' => rest.chars().take_while(|c| matches!(c, '!' | '?')).count(),
            '.' if rest.starts_with("...") => run,
            '\'' | '’' | '‘' | '`' => run.min(2),
            _ => run,
        };
        let length: usize = rest.chars().take(count).map(char::len_utf8).sum();
        if FACES.contains(&rest) {
            return words.push(at..range.end);
        }
        words.push(at..at + length);
        at += length;
    }
}

fn split_core(text: &str, core: Range<usize>, words: &mut Vec<Range<usize>>) {
    let word = &text[core.clone()];
    if is_address(word) || is_file(word) {
        return words.push(core);
    }
    let mut start = core.start;
    let mut at = core.start;
    while let Some(c) = text[at..core.end].chars().next() {
        let length = cut_length(&text[core.clone()], at - core.start, start - core.start);
        if length > 0 && at > start {
            push_word(text, start..at, words);
        }
        if length > 0 {
            words.push(at..at + length);
            start = at + length;
        }
        at += length.max(c.len_utf8());
    }
    if start < core.end {
        push_word(text, start..core.end, words);
    }
}

/// `report-12.doc`: what has a hyphen, a digit and an ending.
fn is_file(word: &str) -> bool {
    let Some((name, end)) = word.rsplit_once('.') else { return false };
    (2..=4).contains(&end.len())
        && end.bytes().all(|byte| byte.is_ascii_alphabetic())
        && name.contains(['-', '_'])
        && name.contains(is_digit)
}

/// The bytes of the mark at a place where a word is cut; 0 where the mark is the word's own.
fn cut_length(word: &str, at: usize, start: usize) -> usize {
    let c = word[at..].chars().next().unwrap_or(' ');
    if c.is_alphanumeric() {
        return 0;
    }
    let (before, after) = (&word[start..at], &word[at + c.len_utf8()..]);
    let digits = before.ends_with(is_digit) && after.starts_with(is_digit);
    let run = word[at..].chars().take_while(|next| *next == c).map(char::len_utf8).sum();
    let is_cut = match c {
        '-' | '.' if run > 1 => true,
        '-' | '\u{2010}' | '\u{2011}' => is_hyphen_cut(word, start, at),
        '.' => !after.is_empty() && is_glued(before, after),
        ',' => !(digits && is_group(after)),
        ':' => !digits,
        '/' => {
            let is_short = before.len() == 1 && after.len() == 1;
            !(digits || is_short || matches!(word, "w/o" | "s/he" | "w/out"))
        }
        '\'' | '’' | '&' | '_' | '@' | '·' | '$' => false,
        _ => !is_combining(c),
    };
    if is_cut { run } else { 0 }
}

/// "end.Next": a full stop without its space.
fn is_glued(before: &str, after: &str) -> bool {
    let next = after.chars().next().unwrap_or(' ');
    let letters = before.chars().rev().take_while(|c| c.is_lowercase()).count();
    letters >= 2 && next.is_uppercase() && after.chars().nth(1).is_some_and(char::is_lowercase)
}

/// Whether what stands behind a comma is a group of a number: "1,000", "5,00".
fn is_group(after: &str) -> bool {
    (2..=3).contains(&after.bytes().take_while(u8::is_ascii_digit).count())
}

fn is_hyphen_cut(word: &str, start: usize, at: usize) -> bool {
    let (before, after) = (&word[start..at], &word[at + 1..]);
    if word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'/' | b'.')) {
        return !is_telephone(word);
    }
    let is_name = before.starts_with(char::is_uppercase) && after.starts_with(char::is_uppercase);
    let before = before.to_lowercase();
    let is_prefix = PREFIXES.contains(&before.as_str()) && after.starts_with(char::is_alphanumeric);
    !is_prefix || is_name && NAME_PARTS.contains(&before.as_str())
}

/// Groups of digits that are no range: two hyphens, or three and four digits.
fn is_telephone(word: &str) -> bool {
    let groups: Vec<usize> = word.split('-').map(str::len).collect();
    groups.len() > 2 || groups == [3, 4] || groups == [1, 4]
}

fn push_word(text: &str, range: Range<usize>, words: &mut Vec<Range<usize>>) {
    let word = &text[range.clone()];
    if word.starts_with(is_digit) {
        return push_number(word, range, words);
    }
    if let Some(at) = word.find('$').filter(|at| word[at + 1..].starts_with(is_digit)) {
        words.push(range.start..range.start + at + 1);
        return push_number(&word[at + 1..], range.start + at + 1..range.end, words);
    }
    let cut = clitic(word).map_or(range.end, |length| range.end - length);
    if cut > range.start && cut < range.end {
        push_letters(&text[range.start..cut], range.start..cut, words);
        words.push(cut..range.end);
    } else {
        push_letters(word, range, words);
    }
}

fn push_letters(word: &str, range: Range<usize>, words: &mut Vec<Range<usize>>) {
    if (4..=8).contains(&word.len()) {
        let joined = JOINED.iter().find(|(joined, _)| joined.eq_ignore_ascii_case(word));
        if let Some((_, length)) = joined {
            words.push(range.start..range.end - length);
            return words.push(range.end - length..range.end);
        }
    }
    words.push(range);
}

fn push_number(word: &str, range: Range<usize>, words: &mut Vec<Range<usize>>) {
    let digits = word.find(char::is_alphabetic).unwrap_or(word.len());
    let unit = word[digits..].trim_end_matches('.').to_lowercase();
    if digits < word.len() && UNITS.contains(&unit.as_str()) {
        words.push(range.start..range.start + digits);
        return words.push(range.start + digits..range.end);
    }
    match clitic(word) {
        Some(length) => {
            words.push(range.start..range.end - length);
            words.push(range.end - length..range.end);
        }
        None => words.push(range),
    }
}

/// The bytes of `n't`, `'s`, `'ll` and their like at the end of a word.
fn clitic(word: &str) -> Option<usize> {
    let at = word.rfind(['\'', '’'])?;
    let mark = word[at..].chars().next()?.len_utf8();
    let end = &word[at + mark..];
    if end.eq_ignore_ascii_case("t") && word[..at].ends_with(['n', 'N']) && at > 1 {
        return Some(word.len() - at + 1);
    }
    let is_clitic = CLITICS.iter().any(|clitic| clitic.eq_ignore_ascii_case(end));
    (is_clitic && at > 0).then_some(word.len() - at)
}
