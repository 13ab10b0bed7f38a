//! Words of time as intervals of days, resolved against the story's day. Nothing is invented: a
//! month without a year stays open where the story has no day.

mod reader;

use dateline_record::{Basis, DateInterval, Granularity};
use jiff::civil::Date;
pub(super) use reader::month_number;
use reader::simple;

use super::attach::{self, Tie};
use crate::{
    pairs::Scene,
    story::sentence::{Class, Sentence},
};

/// Where in time an act lies against the story's day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    Past,
    Future,
}

/// What expressions are read against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calendar {
    /// The story's day.
    pub(crate) day: Option<Date>,
    /// The day that was spoken of last: "the next day" is the one after it.
    pub(crate) last: Option<Date>,
    pub(crate) direction: Direction,
}

/// The expression behind token `from` that stands nearest to `trigger` in its clause; of those that the parse ties to the
/// act or to a verb beside it the nearest, whatever stands between.
pub(crate) fn near(
    sentence: &Sentence,
    (from, trigger): (usize, usize),
    calendar: Calendar,
    scene: Option<&Scene>,
) -> Option<DateInterval> {
    let byte = |at: usize| sentence.tokens.get(at).map_or(0, |token| token.start);
    let told = scene.and_then(|scene| Some((scene, attach::word_at(scene, byte(trigger))?)));
    let mut best: Option<((Tie, usize), DateInterval)> = None;
    let mut at = from;
    while at < sentence.tokens.len() {
        let Some((interval, length)) = expression(sentence, at, calendar) else {
            at += 1;
            continue;
        };
        let distance = distance(sentence, trigger, at);
        let tie = told.map_or(Tie::Far, |(scene, trigger)| {
            let word = attach::word_at(scene, byte(at));
            word.map_or(Tie::Far, |word| attach::tie(scene, trigger, word))
        });
        let place = match tie {
            Tie::Own | Tie::Beside => Some((tie, trigger.abs_diff(at))),
            Tie::Far => (distance < usize::MAX).then_some((tie, distance)),
            Tie::Report => None,
        };
        if let Some(place) = place
            && best.as_ref().is_none_or(|(known, _)| place < *known)
        {
            best = Some((place, interval));
        }
        at += length;
    }
    best.map(|(_, interval)| interval)
}

/// The first day of the past that a sentence names.
pub(crate) fn first_day(sentence: &Sentence, calendar: Calendar) -> Option<Date> {
    (0..sentence.tokens.len()).find_map(|at| day_at(sentence, at, calendar))
}

/// The last one.
pub(crate) fn last_day(sentence: &Sentence, calendar: Calendar) -> Option<Date> {
    (0..sentence.tokens.len()).rev().find_map(|at| day_at(sentence, at, calendar))
}

fn day_at(sentence: &Sentence, at: usize, calendar: Calendar) -> Option<Date> {
    let (interval, _) = expression(sentence, at, calendar)?;
    let day: Date = interval.from.parse().ok()?;
    let is_past = calendar.day.is_none_or(|today| day <= today);
    (interval.granularity == Granularity::Day && interval.from == interval.to && is_past)
        .then_some(day)
}

/// Tokens between, and infinite where another clause lies between.
fn distance(sentence: &Sentence, trigger: usize, at: usize) -> usize {
    let (from, to) = (trigger.min(at), trigger.max(at));
    let finite = |at: usize| matches!(sentence.class(at), Class::Verb(group) if sentence.groups[group].is_finite() && sentence.groups[group].main == at);
    let verbs = (from + 1..to).filter(|at| finite(*at)).count();
    let marks = (from..to)
        .filter(|at| {
            sentence.class(*at) == Class::Mark || sentence.class(*at) == Class::Subordinator
        })
        .count();
    if verbs > usize::from(at < trigger) || marks > 1 || marks > 0 && verbs > 0 {
        return usize::MAX;
    }
    to - from + if at < trigger { 3 } else { 0 }
}

/// The expression that begins at a token, and its length in tokens; of "from A to B" both.
fn expression(sentence: &Sentence, at: usize, calendar: Calendar) -> Option<(DateInterval, usize)> {
    if is_limit(sentence, at) {
        return None;
    }
    let (from, mut to, granularity, mut length) = simple(sentence, at, calendar)?;
    let back = |count: usize| at.checked_sub(count).map_or("", |at| sentence.word(at));
    let is_part = matches!(back(1), "last" | "next" | "early" | "late" | "mid" | "the");
    let before = if is_part { back(2) } else { back(1) };
    // "between 1964 and 1973", "from last Friday to Tuesday".
    let joins = match before {
        "between" => "and",
        "from" => "to",
        _ => "",
    };
    if !joins.is_empty()
        && sentence.word(at + length) == joins
        && let Some((_, end, _, more)) = simple(sentence, at + length + 1, calendar)
        && end >= from
    {
        to = end;
        length += 1 + more;
    }
    let text = sentence.phrase(at, at + length).to_owned();
    // "since May 30": until the story's day.
    let to = if before == "since" { calendar.day.unwrap_or(to).max(to) } else { to };
    Some((interval(from, to, granularity, Basis::Expression, Some(text)), length))
}

/// "by Friday", "before the end of June": when something is to be done, not when it was told.
fn is_limit(sentence: &Sentence, at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |at| sentence.word(at));
    matches!(before(1), "by" | "until" | "before") || before(1) == "of" && before(2) == "end"
}

/// An interval as the record has it.
pub(crate) fn interval(
    from: Date,
    to: Date,
    granularity: Granularity,
    basis: Basis,
    text: Option<String>,
) -> DateInterval {
    DateInterval { from: from.to_string(), to: to.to_string(), granularity, basis, text }
}

#[cfg(test)]
mod tests {
    use dateline_language::Lexicon;

    use super::*;

    fn resolved(text: &str, day: Option<&str>, direction: Direction) -> Option<(String, String)> {
        let lexicon = Lexicon::new(["meet"]);
        let sentence = Sentence::new(text, 0, 0..text.len(), &lexicon);
        let day = day.map(|day| day.parse().unwrap());
        near(&sentence, (0, 1), Calendar { day, last: None, direction }, None)
            .map(|interval| (interval.from, interval.to))
    }

    #[test]
    fn resolves() {
        let check = |text: &str, direction: Direction, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
            assert_eq!(resolved(text, Some("2014-10-08"), direction), expected, "{text}");
        };
        let day = |day| Some((day, day));
        check("They met on Tuesday.", Direction::Past, day("2014-10-07"));
        check("They met on Wednesday.", Direction::Past, day("2014-10-08"));
        check("They meet on Wednesday.", Direction::Future, day("2014-10-15"));
        check("They met in March.", Direction::Past, Some(("2014-03-01", "2014-03-31")));
        check("They met in December.", Direction::Past, Some(("2013-12-01", "2013-12-31")));
        check("They meet in February.", Direction::Future, Some(("2015-02-01", "2015-02-28")));
        check("They met on January 19.", Direction::Past, day("2014-01-19"));
        check("They met on Jan. 19, 2012.", Direction::Past, day("2012-01-19"));
        check("They met in 2012.", Direction::Past, Some(("2012-01-01", "2012-12-31")));
        check("They met last week.", Direction::Past, Some(("2014-09-29", "2014-10-05")));
        check("They met yesterday.", Direction::Past, day("2014-10-07"));
        check("They met in March last year.", Direction::Past, Some(("2013-03-01", "2013-03-31")));
        check("They met in late September.", Direction::Past, Some(("2014-09-21", "2014-09-30")));
        check("They met in late 2012.", Direction::Past, Some(("2012-09-01", "2012-12-31")));
        check("They met in the early 1990s.", Direction::Past, Some(("1990-01-01", "1994-12-31")));
        check(
            "They fought from 1964 to 1973.",
            Direction::Past,
            Some(("1964-01-01", "1973-12-31")),
        );
        check(
            "They fought between 2001 and 2003.",
            Direction::Past,
            Some(("2001-01-01", "2003-12-31")),
        );
        check(
            "They met from last Friday to Tuesday.",
            Direction::Past,
            Some(("2014-10-03", "2014-10-07")),
        );
        check("They met two days ago.", Direction::Past, day("2014-10-06"));
        check("They met three months ago.", Direction::Past, Some(("2014-07-01", "2014-07-31")));
        check("They met last spring.", Direction::Past, Some(("2014-03-01", "2014-05-31")));
        check("They meet next spring.", Direction::Future, Some(("2015-03-01", "2015-05-31")));
        check("They met earlier this month.", Direction::Past, Some(("2014-10-01", "2014-10-08")));
        check("They meet later this month.", Direction::Future, Some(("2014-10-08", "2014-10-31")));
        check("They meet next Friday.", Direction::Past, day("2014-10-10"));
        check("They met 2012 people.", Direction::Past, None);
        check("They met.", Direction::Past, None);
        check("They agreed to leave by Friday.", Direction::Past, None);
        check("They agreed to leave before the end of June.", Direction::Past, None);
    }

    #[test]
    fn invents_no_year() {
        assert_eq!(resolved("They met in March.", None, Direction::Past), None);
        assert_eq!(resolved("They met on Tuesday.", None, Direction::Past), None);
        let dated = resolved("They met in March 2012.", None, Direction::Past);
        assert_eq!(dated, Some(("2012-03-01".to_owned(), "2012-03-31".to_owned())));
    }
}
