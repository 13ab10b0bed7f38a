//! Stories with all their events: matched one to one by type and actors, as many as can be; then status,
//! days and places of the matched.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Count, kind, share};

const HAPPENED: [&str; 3] = ["actual", "ongoing", "historical"];

/// Words that do not tell places apart.
const PLACE_WORDS: [&str; 20] = [
    "the",
    "of",
    "river",
    "island",
    "islands",
    "islet",
    "sea",
    "lake",
    "province",
    "state",
    "region",
    "district",
    "department",
    "prefecture",
    "city",
    "town",
    "village",
    "county",
    "gulf",
    "bay",
];

#[derive(Default)]
struct Tally {
    events: Count,
    matched: usize,
    status: usize,
    dated: usize,
    overlap: usize,
    placed: usize,
    place: usize,
    unreal: usize,
    shown: usize,
    empty: usize,
    invented: usize,
}

pub(super) fn words(pairs: &[(Value, Vec<Value>)]) -> String {
    let mut tally = Tally::default();
    for (story, found) in pairs {
        tally.add(story, found);
    }
    [
        tally.events.line("type and actors"),
        share("status of the matched", tally.status, tally.matched),
        share("days that meet", tally.overlap, tally.dated),
        share("name of the place", tally.place, tally.placed),
        share("not so and put out as so", tally.shown, tally.unreal),
        format!("in {} stories without events: {} found\n", tally.empty, tally.invented),
    ]
    .concat()
}

impl Tally {
    fn add(&mut self, story: &Value, found: &[Value]) {
        let gold: Vec<&Value> = story["events"].as_array().into_iter().flatten().collect();
        let is_needed = |event: &Value| event["required"] != false;
        let matched = matching(&gold, found);
        let optional = matched.iter().filter(|(wanted, _)| !is_needed(gold[*wanted])).count();
        self.events.right += matched.len() - optional;
        self.events.found += found.len() - optional;
        self.events.wanted += gold.iter().filter(|event| is_needed(event)).count();
        if gold.is_empty() {
            self.empty += 1;
            self.invented += found.len();
        }
        for (wanted, given) in matched {
            self.compare(gold[wanted], &found[given]);
        }
    }

    fn compare(&mut self, gold: &Value, found: &Value) {
        self.matched += 1;
        self.status += usize::from(gold["status"] == found["status"]);
        if let Some(days) = days(gold) {
            self.dated += 1;
            self.overlap += usize::from(
                self::days(found).is_some_and(|other| days.0 <= other.1 && other.0 <= days.1),
            );
        }
        if gold["place"].is_object() {
            self.placed += 1;
            self.place += usize::from(place(gold) == place(found));
        }
        let is_so =
            |event: &Value| HAPPENED.contains(&event["status"].as_str().unwrap_or_default());
        if !is_so(gold) {
            self.unreal += 1;
            self.shown += usize::from(is_so(found));
        }
    }
}

fn days(event: &Value) -> Option<(&str, &str)> {
    let start = event["date"]["start"].as_str()?;
    Some((start, event["date"]["end"].as_str().unwrap_or(start)))
}

fn place(event: &Value) -> String {
    let name = event["place"]["name"].as_str().unwrap_or_default().to_lowercase();
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> =
        words.filter(|word| !word.is_empty() && !PLACE_WORDS.contains(word)).collect();
    words.join(" ")
}

/// As many pairs as can be, needed events and those of equal status first.
fn matching(gold: &[&Value], found: &[Value]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..gold.len()).collect();
    order.sort_by_key(|wanted| gold[*wanted]["required"] == false);
    let mut owner: Vec<Option<usize>> = vec![None; found.len()];
    for wanted in order {
        let mut seen = vec![false; found.len()];
        augment(wanted, (gold, found), &mut owner, &mut seen);
    }
    let pairs = owner.iter().enumerate();
    pairs.filter_map(|(given, wanted)| Some(((*wanted)?, given))).collect()
}

fn augment(
    wanted: usize,
    events: (&[&Value], &[Value]),
    owner: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    let (gold, found) = events;
    let mut choices: Vec<usize> =
        (0..found.len()).filter(|given| fits(gold[wanted], &found[*given])).collect();
    choices.sort_by_key(|given| gold[wanted]["status"] != found[*given]["status"]);
    for given in choices {
        if std::mem::replace(&mut seen[given], true) {
            continue;
        }
        let is_free = owner[given].is_none_or(|other| augment(other, events, owner, seen));
        if is_free {
            owner[given] = Some(wanted);
            return true;
        }
    }
    false
}

fn fits(gold: &Value, found: &Value) -> bool {
    let name = kind(found["type"].as_str().unwrap_or_default());
    let also = gold["accept"].as_array().into_iter().flatten();
    let mut names = also.chain(std::iter::once(&gold["type"]));
    if !names.any(|other| kind(other.as_str().unwrap_or_default()) == name) {
        return false;
    }
    let (gold_source, gold_target) = (codes(&gold["source"]), codes(&gold["target"]));
    let (source, target) = (codes(&found["source"]), codes(&found["target"]));
    let home = gold["place"]["country"].as_str().unwrap_or_default();
    let side = |wanted: &BTreeSet<String>, given: &BTreeSet<String>, other: &BTreeSet<String>| {
        if wanted.is_empty() {
            return given.iter().all(|code| other.contains(code) || code == home || code == "UNK");
        }
        shares(wanted, given)
    };
    let straight =
        side(&gold_source, &source, &gold_target) && side(&gold_target, &target, &gold_source);
    if straight || gold["reciprocal"] != true {
        return straight;
    }
    let turned =
        side(&gold_source, &target, &gold_target) && side(&gold_target, &source, &gold_source);
    let all: BTreeSet<String> = source.union(&target).cloned().collect();
    let is_one_sided = source.is_empty() || target.is_empty();
    turned || is_one_sided && shares(&gold_source, &all) && shares(&gold_target, &all)
}

/// A body without a name may be any.
fn shares(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let is_body = |code: &str| matches!(code, "UNO" | "EUR");
    one.iter().any(|a| {
        other.iter().any(|b| a == b || a == "IGO" && is_body(b) || b == "IGO" && is_body(a))
    })
}

fn codes(side: &Value) -> BTreeSet<String> {
    let actors = side.as_array().into_iter().flatten();
    let codes = actors.filter_map(|actor| actor["code"].as_str());
    codes.filter(|code| !code.is_empty()).map(|code| code.chars().take(3).collect()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn matches_one_to_one() {
        let event = |kind: &str, one: &str, other: &str, status: &str| {
            json!({"type": kind, "source": [{"code": one}], "target": [{"code": other}],
                "status": status, "date": {"start": "2014-10-07", "end": "2014-10-07"}})
        };
        let story = json!({"events": [event("ACCUSE", "USA", "SYR", "actual"),
            event("ASSAULT", "TUR", "SYR", "planned")]});
        let found = vec![
            event("ACCUSE", "USA", "SYR", "actual"),
            event("ASSAULT", "TUR", "SYR", "actual"),
            event("ASSAULT", "TUR", "SYR", "actual"),
        ];
        let text = words(&[(story, found)]);
        assert!(text.contains("recall 100.0"), "{text}");
        assert!(text.contains("precision 66.7"), "{text}");
        assert!(text.contains("status of the matched: 50.0 % of 2"), "{text}");
        assert!(text.contains("not so and put out as so: 100.0 % of 1"), "{text}");
    }

    #[test]
    fn direction_counts_where_it_does() {
        let gold = |reciprocal: bool| {
            json!({"type": "CONSULT", "source": [{"code": "USA"}], "target": [{"code": "RUS"}],
                "reciprocal": reciprocal})
        };
        let turned =
            json!({"type": "CONSULT", "source": [{"code": "RUS"}], "target": [{"code": "USA"}]});
        assert!(fits(&gold(true), &turned));
        assert!(!fits(&gold(false), &turned));
    }
}
