//! Keyword lines: which story a slug names, and what its version words say of this version.
//!
//! ANPA 1312 and IPTC 7901 carry no id. The id of a story is made of its slug without version
//! words and what the header gives of category and date, so that leads, corrections and kills of
//! the same day meet their story. A part of a slug is a version word where a comma, a slash or
//! the line's end sets it apart (`BC-EU-Talks, 1st Ld-Writethru`), where it stands as a trailing
//! word after an abridged slug (`BC-EU-Talks 2ndLd-Writethru`), or where it leads in capitals
//! (`URGENT BC-EU-Talks`, `KILL-Talks`). Words within the slug (`BC-US--Police Kill Two`) are none.

use dateline_record::Signal;

use super::words;

/// A slug, taken apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Keyword {
    /// The slug without version words.
    pub(super) base: String,
    /// What the version words say.
    pub(super) signal: Option<Signal>,
    pub(super) is_withheld: bool,
    pub(super) is_embargoed: bool,
    pub(super) is_urgent: bool,
}

/// What one version word says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mark {
    Signal(Signal),
    Withheld,
    Embargoed,
    Urgent,
    /// A count of words, a cycle: nothing.
    Filler,
}

impl Keyword {
    /// Takes a keyword line apart.
    pub(super) fn parse(line: &str) -> Self {
        let mut keyword = Self::default();
        let mut base = Vec::new();
        for (index, part) in line.split([',', '/']).enumerate() {
            let part = part.trim();
            match marks(part) {
                Some(found) if index > 0 || !is_name(part) => keyword.take(&found),
                _ if !part.is_empty() => base.push(keyword.strip(part)),
                _ => {}
            }
        }
        keyword.base =
            base.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        keyword
    }

    /// The slug as a key: letters and digits in lower case.
    pub(super) fn key(&self) -> String {
        let words = self.base.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
    }

    /// Adds what another line says of the same version.
    pub(super) fn merge(&mut self, other: &Self) {
        if let Some(signal) = other.signal {
            self.signal = stronger(self.signal, signal);
        }
        self.is_withheld |= other.is_withheld;
        self.is_embargoed |= other.is_embargoed;
        self.is_urgent |= other.is_urgent;
    }

    fn take(&mut self, marks: &[Mark]) {
        for mark in marks {
            match mark {
                Mark::Signal(signal) => self.signal = stronger(self.signal, *signal),
                Mark::Withheld => self.is_withheld = true,
                Mark::Embargoed => self.is_embargoed = true,
                Mark::Urgent => self.is_urgent = true,
                Mark::Filler => {}
            }
        }
    }

    /// Takes version words off both ends of a slug.
    fn strip(&mut self, part: &str) -> String {
        let mut words: Vec<&str> = part.split_whitespace().collect();
        self.strip_leading(&mut words);
        while words.len() > 1 {
            // The last two words are looked at together for `2nd Lead`, then the last one.
            let pair = words[words.len() - 2..].join(" ");
            let last = words[words.len() - 1];
            let (taken, found) = match (marks(&pair), marks(last)) {
                (Some(found), _) if words.len() > 2 => (2, found),
                (_, Some(found)) if is_apart(last, words[0]) => (1, found),
                _ => break,
            };
            self.take(&found);
            words.truncate(words.len() - taken);
        }
        let text = words.join(" ");
        self.strip_hyphens(&text)
    }

    fn strip_leading(&mut self, words: &mut Vec<&str>) {
        while words.len() > 1 {
            let word = words[0].trim_end_matches(':');
            let is_capital = word.chars().all(|c| c.is_uppercase() || !c.is_alphabetic());
            let Some(found) = marks(word).filter(|_| is_capital && word.len() > 2) else { return };
            self.take(&found);
            words.remove(0);
        }
    }

    /// `KILL-Talks`, `BC-KILL-Talks` and `Talks-CORRECTION`, where the slug itself is no capitals.
    fn strip_hyphens(&mut self, text: &str) -> String {
        let parts: Vec<&str> = text.split('-').collect();
        let is_word = |part: &str| part.len() > 2 && part.chars().all(|c| c.is_ascii_uppercase());
        if parts.len() < 2 || !text.chars().any(char::is_lowercase) {
            return text.to_owned();
        }
        let mut kept = Vec::new();
        for part in parts {
            match marks(part).filter(|_| is_word(part)) {
                Some(found) => self.take(&found),
                None => kept.push(part),
            }
        }
        kept.join("-")
    }
}

/// The one of two signals that says more.
pub(super) fn stronger(one: Option<Signal>, other: Signal) -> Option<Signal> {
    let rank = |signal: Signal| match signal {
        Signal::New => 0,
        Signal::Update => 1,
        Signal::Correction => 2,
        Signal::Kill => 3,
    };
    one.filter(|one| rank(*one) >= rank(other)).or(Some(other))
}

/// Whether a trailing word is set apart from a slug of one piece: wires write those without
/// spaces, so what follows a space is a version.
fn is_apart(last: &str, first: &str) -> bool {
    first.contains('-') && (has_ordinal(last) || last.chars().all(|c| !c.is_lowercase()))
        || first.contains('-') && last.to_ascii_lowercase().contains("writethru")
}

/// A first part that is a single word with small letters names a story even where it is a
/// version word elsewhere.
fn is_name(part: &str) -> bool {
    part.chars().any(char::is_lowercase) && !has_ordinal(part)
}

fn has_ordinal(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let rest = word[digits..].to_ascii_lowercase();
    digits > 0 && ["st", "nd", "rd", "th"].iter().any(|ending| rest.starts_with(ending))
}

/// What a text says where it is made of version words only; none where it is not.
fn marks(text: &str) -> Option<Vec<Mark>> {
    let spaced = text.replace(['-', '_', '('], " ").replace([')', ':', '=', '.'], " ");
    let mut found = Vec::new();
    for word in spaced.split_whitespace() {
        found.push(mark(word)?);
    }
    (!found.is_empty()).then_some(found)
}

fn mark(word: &str) -> Option<Mark> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let lower = word.to_ascii_lowercase();
    if digits == word.len() {
        return (digits > 0).then_some(Mark::Filler);
    }
    if digits > 0 {
        let rest = lower[digits..].strip_prefix(['s', 'n', 'r', 't'])?;
        let rest = rest.strip_prefix(['t', 'd', 'h'])?;
        return if rest.is_empty() { Some(Mark::Signal(Signal::Update)) } else { mark(rest) };
    }
    Some(match lower.as_str() {
        "urgent" | "bulletin" | "flash" | "alert" => Mark::Urgent,
        "withhold" | "withheld" => Mark::Withheld,
        "embargo" | "embargoed" => Mark::Embargoed,
        "mandatory" | "take" => Mark::Filler,
        "add" | "adds" | "sub" | "subs" | "insert" | "take2" | "rpt" | "repeat" | "repeats"
        | "lede" | "leadall" | "leads" | "lds" | "ldwritethru" => Mark::Signal(Signal::Update),
        _ => Mark::Signal(words::signal(&lower)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_versions_off() {
        let check = |line: &str, key: &str, signal: Option<Signal>| {
            let keyword = Keyword::parse(line);
            assert_eq!((keyword.key().as_str(), keyword.signal), (key, signal), "{line}");
        };
        check("BC-EU--Example Talks,466", "bc-eu-example-talks", None);
        let update = Some(Signal::Update);
        check("BC-EU--Example Talks, 1st Ld-Writethru,1140", "bc-eu-example-talks", update);
        check("BC-EU--ExampleTalks 3rdLd-Writethru", "bc-eu-exampletalks", update);
        check("BC-EU--Example Talks, 2nd Lead", "bc-eu-example-talks", update);
        check("BC-EU--Example Talks, ADD 1", "bc-eu-example-talks", update);
        check("URGENT BC-EU--Example Talks", "bc-eu-example-talks", None);
        let correction = Some(Signal::Correction);
        check("BC-EU--Example Talks, CORRECTION", "bc-eu-example-talks", correction);
        check("BC-EU--Example Talks, 1st Ld, Correction,50", "bc-eu-example-talks", correction);
        check("BC-EU--Example Talks, KILL", "bc-eu-example-talks", Some(Signal::Kill));
        check("BC-EU--ExampleTalks KILL", "bc-eu-exampletalks", Some(Signal::Kill));
        check("BC-KILL-EU--Example Talks", "bc-eu-example-talks", Some(Signal::Kill));
        check("Germany-talks/2nd lead", "germany-talks", update);
        check("Germany-talks/KILL", "germany-talks", Some(Signal::Kill));
        check("Germany-football/Munich/Example/", "germany-football-munich-example", None);
    }

    #[test]
    fn words_of_a_slug_are_no_versions() {
        let check = |line: &str, key: &str| {
            let keyword = Keyword::parse(line);
            assert_eq!((keyword.key().as_str(), keyword.signal), (key, None), "{line}");
        };
        check("BC-US--Police Kill", "bc-us-police-kill");
        check("BC-Film-Kill-List", "bc-film-kill-list");
        check("KILL-BILL-RETURNS", "kill-bill-returns");
        check("BC-US--Flash Flood", "bc-us-flash-flood");
        check("BC-US--10 Things to Know-Today,364", "bc-us-10-things-to-know-today");
        check("Correction", "correction");
    }

    #[test]
    fn tells_holds() {
        let keyword = Keyword::parse("BC-EU--Example Talks, EMBARGOED, URGENT");
        assert!(keyword.is_embargoed && keyword.is_urgent && !keyword.is_withheld);
        assert!(Keyword::parse("BC-EU--Example Talks, WITHHOLD").is_withheld);
    }
}
