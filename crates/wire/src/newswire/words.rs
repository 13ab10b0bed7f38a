//! The words that wires use for status, signal, urgency and kind of item, in all their spellings.

use dateline_record::{Signal, Status};

use super::item::{Concept, Urgency, WireItem};
use crate::Problem;

/// White space as one space, none at the ends; none where nothing is left.
pub(super) fn squeeze(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    Some(words.join(" ")).filter(|text| !text.is_empty())
}

/// What stands after the scheme: `usable` of `stat:usable` and of
/// `http://cv.iptc.org/newscodes/pubstatusg2/usable`.
pub(super) fn code(word: &str) -> String {
    let code = word.trim().trim_end_matches('/').rsplit([':', '/']).next().unwrap_or_default();
    code.trim().to_ascii_lowercase()
}

/// Takes over a status. A word that nobody knows is refused: the story might be forbidden.
pub(super) fn take_status(item: &mut WireItem, field: &str, word: &str) -> Result<(), Problem> {
    item.status = match code(word).replace([' ', '_', '-'], "").as_str() {
        "usable" | "open" | "published" | "released" => Status::Usable,
        "embargoed" | "embargo" => Status::Embargoed,
        "withheld" | "withhold" | "hold" | "onhold" => Status::Withheld,
        "canceled" | "cancelled" | "cancel" | "killed" | "kill" | "withdrawn" | "retracted"
        | "recalled" | "deleted" => Status::Canceled,
        _ => {
            let what = format!(
                "{word:?} is no status that is known: write usable, embargoed, withheld or canceled"
            );
            return Err(Problem::bad(field, what));
        }
    };
    item.status_text = Some(word.trim().to_owned());
    Ok(())
}

/// The signal that a word of a wire stands for; none for words that say nothing of it.
pub(super) fn signal(word: &str) -> Option<Signal> {
    let word = code(word).replace([' ', '_', '-'], "");
    Some(match word.as_str() {
        "kill" | "killed" | "mandatorykill" | "bulletinkill" | "withdrawal" | "withdrawn"
        | "retraction" | "retracted" | "cancel" | "canceled" | "cancelled" | "elimination" => {
            Signal::Kill
        }
        "correction" | "corrected" | "corrective" | "correct" | "corrects" => Signal::Correction,
        "update" | "updated" | "updates" | "rewrite" | "writethru" | "writethrough" | "refile"
        | "refiled" | "lead" | "ld" | "newlead" => Signal::Update,
        _ => return None,
    })
}

/// What a note to editors says at its head: `Corrects name`, `MANDATORY KILL`, `UPDATES with`.
pub(super) fn note_signal(note: &str) -> Option<Signal> {
    let note = note.trim_start_matches(['(', '*', ' ']);
    let note = ["Eds:", "EDS:", "Editors:"]
        .iter()
        .find_map(|head| note.strip_prefix(head))
        .unwrap_or(note);
    let note = note.trim_start();
    let first = note.split([' ', ':', '-', '.', ',', ')']).next()?;
    if note.starts_with("MANDATORY KILL") || note.starts_with("BULLETIN KILL") {
        return Some(Signal::Kill);
    }
    // A verb in small letters may be part of any sentence; a kill is written in capitals.
    signal(first).filter(|signal| *signal != Signal::Kill || first.chars().all(char::is_uppercase))
}

/// What the head of a title says: `UPDATE 2-Gold rises`, `CORRECTED-Gold rises`, `REFILE-…`.
pub(super) fn title_signal(title: &str) -> Option<Signal> {
    let (head, _) = title.split_once('-')?;
    let word = head.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let is_capital = word.len() > 5 && word.chars().all(|c| c.is_ascii_uppercase());
    signal(word).filter(|signal| is_capital && *signal != Signal::Kill)
}

/// 1 to 9 of the IPTC, where 5 is routine and more is less urgent still; or a word or letter.
pub(super) fn urgency(text: &str) -> Option<Urgency> {
    let text = text.trim();
    let level = match text.parse::<u8>() {
        Ok(number @ 1..=9) => Some(number.min(5)),
        Ok(_) => None,
        Err(_) => match text.to_ascii_lowercase().as_str() {
            "f" | "flash" => Some(1),
            "b" | "bulletin" | "alert" | "newsalert" => Some(2),
            "u" | "urgent" => Some(3),
            "r" | "rush" | "regular" | "priority" => Some(4),
            "d" | "s" | "w" | "z" | "a" | "c" | "deferred" | "routine" | "normal" | "advance" => {
                Some(5)
            }
            _ => None,
        },
    };
    (!text.is_empty()).then(|| Urgency { level, text: text.to_owned() })
}

/// Genres, services and titles of what is meant for editors.
const ADVISORIES: &[&str] = &[
    "advisory",
    "advisories",
    "media advisory",
    "press advisory",
    "editors advisory",
    "advisory to editors",
    "daybook",
    "daybooks",
    "news budget",
    "news digest",
    "news schedule",
    "editors note",
    "editorial note",
    "editorial advisory",
    "note to editors",
    "notes to editors",
    "planner",
    "diary",
    "daily agenda",
    "forward planner",
];

/// Words that stand at the head of a title and are set apart from it.
const ADVISORY_HEADS: &[&str] =
    &["ADVISORY", "DIARY", "DAYBOOK", "EDITORS NOTE", "EDITORS' NOTE", "EDITOR'S NOTE", "PLANNER"];

/// Whether an item is meant for editors and no story, by its genres, its slug and its title.
pub(super) fn is_advisory(item: &WireItem) -> bool {
    let is_genre = |genre: &Concept| {
        let name = genre.name.as_deref().is_some_and(is_advisory_name);
        name || genre.code.as_deref().is_some_and(|word| is_advisory_name(&code(word)))
    };
    item.genres.iter().any(is_genre)
        || item.slug.as_deref().is_some_and(is_advisory_slug)
        || item.title.as_deref().is_some_and(is_advisory_title)
}

fn is_advisory_name(name: &str) -> bool {
    let name: String = name.to_lowercase().replace(['\'', '\u{2019}'], "");
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    ADVISORIES.contains(&name.as_str())
}

/// `BC-EU-Talks-Advisory`, `AP-Editors Note`, `BC-US--Daybook`: the last part, versions apart.
fn is_advisory_slug(slug: &str) -> bool {
    let base = super::slug::Keyword::parse(slug).base;
    let last = base.rsplit(['-', '/', ',']).find(|part| !part.trim().is_empty());
    last.is_some_and(is_advisory_name) || is_advisory_name(&base)
}

fn is_advisory_title(title: &str) -> bool {
    let title = title.trim();
    let is_head = |head: &&str| {
        title.strip_prefix(*head).is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.is_empty() || rest.starts_with(['-', ':', '/', '\u{2013}', '\u{2014}'])
        })
    };
    is_advisory_name(title) || ADVISORY_HEADS.iter().any(is_head)
}

/// Whether a version number says that there were versions before: some wires count in seconds.
pub(super) fn is_later_version(version: Option<u64>) -> bool {
    version.is_some_and(|version| (2..=1_000).contains(&version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::newswire::WireFormat;

    #[test]
    fn statuses() {
        let check = |word: &str, expected: Option<Status>| {
            let mut item = WireItem::new(WireFormat::Ninjs);
            let taken = take_status(&mut item, "pubstatus", word);
            assert_eq!(taken.ok().map(|()| item.status), expected, "{word}");
        };
        check("stat:usable", Some(Status::Usable));
        check("OPEN", Some(Status::Usable));
        check("http://cv.iptc.org/newscodes/pubstatusg2/canceled", Some(Status::Canceled));
        check("Cancelled", Some(Status::Canceled));
        check("Withheld", Some(Status::Withheld));
        check(" Embargoed ", Some(Status::Embargoed));
        check("", None);
        check("perhaps", None);
    }

    #[test]
    fn heads_of_titles_and_notes() {
        let check = |title: &str, expected: Option<Signal>| {
            assert_eq!(title_signal(title), expected, "{title}");
        };
        check("UPDATE 2-Gold rises", Some(Signal::Update));
        check("CORRECTED-Gold rises", Some(Signal::Correction));
        check("Update-heavy month for gold", None);
        check("Gold rises", None);
        let check = |note: &str, expected: Option<Signal>| {
            assert_eq!(note_signal(note), expected, "{note}");
        };
        check("Eds: Corrects name in paragraph 2", Some(Signal::Correction));
        check("MANDATORY KILL", Some(Signal::Kill));
        check("Kill Bill is a film", None);
        check("With photos", None);
    }

    #[test]
    fn one_scale_of_urgency() {
        let check = |text: &str, expected: Option<u8>| {
            assert_eq!(urgency(text).and_then(|urgency| urgency.level), expected, "{text}");
        };
        check("1", Some(1));
        check("4", Some(4));
        check("8", Some(5));
        check("0", None);
        check("10", None);
        check("u", Some(3));
        check("Flash", Some(1));
        check("DEFAULT", None);
    }

    #[test]
    fn advisories() {
        let check = |slug: &str, title: &str, expected: bool| {
            let item = WireItem {
                slug: Some(slug.to_owned()),
                title: Some(title.to_owned()),
                ..WireItem::new(WireFormat::Nitf)
            };
            assert_eq!(is_advisory(&item), expected, "{slug} {title}");
        };
        check("BC-EU-Talks-Advisory", "", true);
        check("BC-EU-Talks-Advisory, 1st Ld", "", true);
        check("BC-US--Daybook", "", true);
        check("Advisory", "", true);
        check("", "EDITORS' NOTE: A story is to come", true);
        check("", "ADVISORY-Ministers to speak at noon", true);
        check("BC-US--Travel Advisory", "Travel advisory issued", false);
        check("BC-EU-Talks", "Advisory board resigns", false);
        check("", "Diary of a minister found", false);
    }
}
