//! What tells prose from labels: length, the end of a sentence, the density of a script.

/// Characters, with those of the dense scripts counted twice.
pub(crate) fn weight(text: &str) -> usize {
    text.chars().map(|c| if is_dense(c) { 2 } else { 1 }).sum()
}

fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Whether a text ends as a sentence does; closing quotes and brackets may follow its mark.
pub(crate) fn ends_sentence(text: &str) -> bool {
    let closing: &[char] =
        &['"', '”', '“', '„', '\'', '’', '‘', '»', '«', '›', '‹', ')', ' ', '」', '』', ']', '*'];
    let end = text.trim_end_matches(closing);
    end.ends_with([
        '.', '!', '?', '…', '。', '！', '？', ':', ';', '।', '؟', '۔', '።', '॥', '၊', '။',
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_end_of_a_sentence() {
        let check =
            |text: &str, expected: bool| assert_eq!(ends_sentence(text), expected, "{text}");
        check("They met.", true);
        check("„Sie trafen sich.“", true);
        check("「会った。」", true);
        check("He said (twice).", true);
        check("Photo desk", false);
        check("", false);
    }

    #[test]
    fn weighs_scripts() {
        assert_eq!(weight("ab"), 2);
        assert_eq!(weight("会議"), 4);
    }
}
