//! Embargoes in notes: `Embargoed until 0600 GMT Oct. 7, 2014`, `HOLD FOR RELEASE 7 Oct 2014 06:00 GMT`.

use super::item::Moment;

/// What stands before the time.
const OPENERS: &[&str] = &[
    "embargoed until",
    "embargoed till",
    "embargoed to",
    "embargoed for release at",
    "embargoed for release",
    "embargoed for",
    "embargo until",
    "embargo:",
    "embargoed:",
    "hold for release until",
    "hold for release at",
    "hold for release",
    "not for release before",
    "not for publication before",
    "for release at",
];

/// The words of a note in which its time stands.
const WINDOW_WORDS: usize = 10;

/// The embargo that a note tells of; without a time where none is written, without a moment where
/// it cannot be read.
pub(super) fn find(note: &str) -> Option<Moment> {
    let lower = note.to_ascii_lowercase();
    let start = OPENERS.iter().find_map(|opener| lower.find(opener).map(|at| at + opener.len()));
    if let Some(start) = start {
        let words: Vec<&str> = note[start..].split_whitespace().take(WINDOW_WORDS).collect();
        return Some(read(&words));
    }
    let is_told = ["strictly embargoed", "under embargo"].iter().any(|words| lower.contains(words));
    is_told.then(Moment::default)
}

/// Reads the longest beginning of the words that is a time.
fn read(words: &[&str]) -> Moment {
    for count in (1..=words.len()).rev() {
        let text = words[..count].join(" ");
        let trimmed = text.trim_end_matches(['.', ',', ';', ')', '<', '=']);
        for candidate in [Some(trimmed.to_owned()), arranged(&words[..count])].into_iter().flatten()
        {
            let moment = Moment::read_embargo(&candidate);
            if moment.at.is_some() {
                return Moment { text: trimmed.to_owned(), ..moment };
            }
        }
    }
    Moment { text: words.join(" "), at: None }
}

/// The parts of a time in the order that dates have: day, month, year, clock, zone.
fn arranged(words: &[&str]) -> Option<String> {
    let (mut clock, mut zone, mut month, mut day, mut year) = (None, None, None, None, None);
    for word in words {
        let word = word.trim_matches(['.', ',', ';', '(', ')']);
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        match word.len() {
            1 | 2 if digits => day = day.or(Some(word.to_owned())),
            4 if digits && clock.is_none() && month.is_none() && year.is_none() => {
                clock = Some(format!("{}:{}", &word[..2], &word[2..]));
            }
            4 if digits => year = year.or(Some(word.to_owned())),
            4 | 5 if word.contains(':') => clock = clock.or(Some(word.to_owned())),
            2..=4 if matches!(word, "GMT" | "UTC" | "EST" | "EDT" | "CET" | "CEST" | "BST") => {
                zone = Some(word.to_owned());
            }
            3.. if is_month(word) => month = month.or(Some(word[..3].to_owned())),
            _ => {}
        }
    }
    let date = format!("{} {} {}", day?, month?, year?);
    Some(format!("{date} {} {}", clock?, zone.unwrap_or_default()))
}

fn is_month(word: &str) -> bool {
    const MONTHS: &[&str] =
        &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    word.is_ascii()
        && word.get(..3).is_some_and(|start| MONTHS.contains(&start.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_notes() {
        let check = |note: &str, expected: Option<&str>| {
            let at = find(note).and_then(|moment| moment.at).map(|at| at.to_string());
            assert_eq!(at.as_deref(), expected, "{note}");
        };
        let six = Some("2014-10-07T06:00:00.000Z");
        check("Eds: Embargoed until 0600 GMT Oct. 7, 2014. With photos.", six);
        check("EMBARGOED UNTIL 7 Oct 2014 06:00 GMT", six);
        check("HOLD FOR RELEASE 2014-10-07T06:00:00Z", six);
        check("Embargoed until Tuesday noon", None);
        check("With photos.", None);
        assert_eq!(find("With photos."), None);
        assert_eq!(find("Embargoed until Tuesday noon").unwrap().text, "Tuesday noon");
    }
}
