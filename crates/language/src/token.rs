//! Tokens with their bytes.

/// What a token is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenKind {
    /// Letters, with digits, hyphens and full stops within.
    Word,
    /// Begins with a digit.
    Number,
    /// `'s` and `'` after a word.
    Possessive,
    /// One mark.
    Mark,
}

/// A token and its bytes in the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Token {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is made of.
    pub kind: TokenKind,
}

impl Token {
    /// The token's words.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Words that keep the full stop at their end.
pub(crate) const ABBREVIATIONS: &[&str] = &[
    "Mr", "Mrs", "Ms", "Dr", "Prof", "Gen", "Lt", "Col", "Capt", "Cmdr", "Adm", "Maj", "Sgt",
    "Gov", "Sen", "Rep", "Rev", "St", "Jr", "Sr", "Pres", "Sec", "Amb", "Hon", "Messrs", "Jan",
    "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec", "Inc", "Corp",
    "Co", "Ltd", "Bros", "No", "vs", "etc", "approx", "dept", "est", "Ala", "Ariz", "Ark", "Calif",
    "Colo", "Conn", "Del", "Fla", "Ga", "Ill", "Ind", "Kan", "Ky", "La", "Md", "Mass", "Mich",
    "Minn", "Miss", "Mo", "Mont", "Neb", "Nev", "Okla", "Ore", "Pa", "Tenn", "Tex", "Va", "Vt",
    "Wash", "Wis", "Wyo",
];

/// Splits text into tokens.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 5);
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let end = if c.is_alphanumeric() { word_end(text, at) } else { at + c.len_utf8() };
        if !c.is_whitespace() {
            push(text, at, end, &mut tokens);
        }
        at = end;
    }
    tokens
}

fn push(text: &str, start: usize, end: usize, tokens: &mut Vec<Token>) {
    let piece = &text[start..end];
    let first = piece.chars().next().unwrap_or(' ');
    if !first.is_alphanumeric() {
        return tokens.push(Token { start, end, kind: TokenKind::Mark });
    }
    let kind = if first.is_ascii_digit() { TokenKind::Number } else { TokenKind::Word };
    let cut = clitic(piece).map_or(end, |length| end - length);
    if cut > start {
        tokens.push(Token { start, end: cut, kind });
    }
    if cut < end {
        let is_possessive = matches!(&text[cut..end], "'s" | "’s" | "'S" | "’S" | "'" | "’");
        let kind = if is_possessive { TokenKind::Possessive } else { TokenKind::Word };
        tokens.push(Token { start: cut, end, kind });
    }
}

/// The bytes of `'s`, `n't`, `'ll`, `'ve`, `'re`, `'d` or a plural's `'` at a word's end.
fn clitic(word: &str) -> Option<usize> {
    let lower = word.to_ascii_lowercase();
    let ends = [
        "n't", "n’t", "'s", "’s", "'ll", "’ll", "'ve", "’ve", "'re", "’re", "'d", "’d", "'m", "’m",
        "'", "’",
    ];
    let end = ends.iter().find(|end| lower.ends_with(**end))?;
    (end.len() < word.len()).then_some(end.len())
}

/// A word goes on over hyphens, apostrophes and full stops between letters and digits.
fn word_end(text: &str, start: usize) -> usize {
    let mut end = start;
    let mut chars = text[start..].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let at = start + offset;
        if c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) {
            end = at + c.len_utf8();
            continue;
        }
        let next = chars.peek().map(|(_, next)| *next);
        let joins = next.is_some_and(char::is_alphanumeric)
            && is_joint(c, text[start..at].chars().next_back(), next);
        if !joins {
            let is_plural = matches!(c, '\'' | '’')
                && text[start..at].ends_with('s')
                && !next.is_some_and(char::is_alphanumeric);
            return if is_full_stop_kept(&text[start..at], c) || is_plural {
                at + c.len_utf8()
            } else {
                end
            };
        }
    }
    end
}

fn is_joint(c: char, before: Option<char>, next: Option<char>) -> bool {
    match c {
        '-' | '.' | '\'' | '’' | '&' | '\u{2010}' | '\u{2011}' => true,
        ',' => {
            before.is_some_and(|c| c.is_ascii_digit()) && next.is_some_and(|c| c.is_ascii_digit())
        }
        _ => false,
    }
}

/// The full stop of `U.S.`, `Mr.` and `J.` is part of the word.
fn is_full_stop_kept(word: &str, c: char) -> bool {
    if c != '.' {
        return false;
    }
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let has_stops = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
    is_initial || has_stops || ABBREVIATIONS.contains(&word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn splits() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = tokens(text).iter().map(|token| token.text(text)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("Abe urged Russia.", &["Abe", "urged", "Russia", "."]);
        check(
            "Japan's U.S. ties, Mr. Abe said.",
            &["Japan", "'s", "U.S.", "ties", ",", "Mr.", "Abe", "said", "."],
        );
        check("They didn't; Abe's won't", &["They", "did", "n't", ";", "Abe", "'s", "wo", "n't"]);
        check("Park Geun-hye (PKK) 17,000", &["Park", "Geun-hye", "(", "PKK", ")", "17,000"]);
        check("the rebels' leader", &["the", "rebels", "'", "leader"]);
        check("$1.2 billion 10-minute", &["$", "1.2", "billion", "10-minute"]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn tokens_tile_the_text(text in "\\PC{0,60}") {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert!(token.start >= end && token.end > token.start);
                prop_assert!(text[end..token.start].trim().is_empty());
                prop_assert!(text.get(token.start..token.end).is_some());
                end = token.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
