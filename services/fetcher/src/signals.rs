//! What wires and sites write into titles and first lines when they correct or take back a story.

use dateline_record::{Signal, Status};

/// Words that take a story back, in capitals as wires write them.
const KILLS: &[&str] =
    &["KILL", "KILLED", "MANDATORY KILL", "WITHDRAWN", "WITHDRAWAL", "RETRACTED", "RETRACTION"];

/// Words that correct one.
const CORRECTIONS: &[&str] = &["CORRECTED", "CORRECTION", "CORRECTING"];

/// What a title and the beginning of a text say of the story's state; none where nothing.
pub(crate) fn marked(title: &str, text: &str) -> Option<Signal> {
    if starts_with_marker(title, KILLS) {
        return Some(Signal::Kill);
    }
    let is_corrected = starts_with_marker(title, CORRECTIONS)
        || starts_with_marker(text, CORRECTIONS)
        || text.trim_start().trim_start_matches('(').starts_with("Corrects ");
    is_corrected.then_some(Signal::Correction)
}

/// The status that goes with a signal where the provider names none.
pub(crate) fn status(signal: Signal) -> Status {
    if signal == Signal::Kill { Status::Canceled } else { Status::Usable }
}

/// Whether a marker stands at the beginning and is set apart: `KILL: …`, `[WITHDRAWN] …`,
/// `CORRECTED-…`, but not a headline in capitals that begins with the same word.
fn starts_with_marker(text: &str, markers: &[&str]) -> bool {
    let text = text.trim_start();
    let bracketed = text.strip_prefix(['[', '(', '*']).map(|rest| rest.trim_start_matches('*'));
    let is_set_apart = |rest: &str| {
        rest.is_empty()
            || rest.starts_with([':', '-', '\u{2013}', '\u{2014}'])
            || (bracketed.is_some() && rest.starts_with([']', ')', '*']))
            || [" -", " \u{2013}", " \u{2014}", " /", " **"]
                .iter()
                .any(|sign| rest.starts_with(sign))
    };
    let start = bracketed.unwrap_or(text).trim_start();
    markers.iter().filter_map(|marker| start.strip_prefix(marker)).any(is_set_apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_markers() {
        let check = |title: &str, text: &str, expected: Option<Signal>| {
            assert_eq!(marked(title, text), expected, "{title:?} {text:?}");
        };
        check("KILL: Minister resigns", "", Some(Signal::Kill));
        check("WITHDRAWN - Minister resigns", "", Some(Signal::Kill));
        check("[RETRACTED] Minister resigns", "", Some(Signal::Kill));
        check("*** MANDATORY KILL ***", "", Some(Signal::Kill));
        check("KILLED IN ACTION, THE LAST LETTER", "", None);
        check("KILL BILL RETURNS TO CINEMAS", "", None);
        check("Withdrawn troops return home", "", None);
        check("CORRECTED-Minister did not resign", "", Some(Signal::Correction));
        check("Correction fluid prices rise", "", None);
        check(
            "Minister resigns",
            "(Corrects name in paragraph 2) TOKYO -",
            Some(Signal::Correction),
        );
        check("Minister resigns", "CORRECTION: the name was wrong.", Some(Signal::Correction));
        check("Minister resigns", "He corrects himself.", None);
        check("", "", None);
    }
}
