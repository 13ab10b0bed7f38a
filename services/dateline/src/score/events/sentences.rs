//! Sentences with one event each, as PLOVER's gold records are: pairs of actors with and without type
//! and sector.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Count, kind};

/// Type, one actor, the other, and whether they may change places.
type Key = (String, String, String, bool);

pub(super) fn words(pairs: &[(Value, Vec<Value>)]) -> String {
    let measures = [
        ("type and both actors by country", true, false),
        ("type and both actors by country and sector", true, true),
        ("both actors by country", false, false),
    ];
    let mut out = String::new();
    for (label, has_type, has_sector) in measures {
        let mut count = Count::default();
        for (gold, found) in pairs {
            let wanted = keys(gold, has_type, has_sector);
            let given = found.iter().flat_map(|event| keys(event, has_type, has_sector));
            let given: BTreeSet<Key> = given.map(|key| as_wanted(key, &wanted)).collect();
            count.right += wanted.intersection(&given).count();
            count.found += given.len();
            count.wanted += wanted.len();
        }
        out.push_str(&count.line(label));
    }
    out
}

fn keys(event: &Value, has_type: bool, has_sector: bool) -> BTreeSet<Key> {
    let name = if has_type { kind(event["type"].as_str().unwrap_or_default()) } else { "" };
    let side = |side: &Value| -> Vec<String> {
        let actors = side.as_array().into_iter().flatten();
        actors.map(|actor| code(actor, has_sector)).collect()
    };
    let (sources, targets) = (side(&event["source"]), side(&event["target"]));
    if event["reciprocal"] == true || targets.is_empty() && sources.len() > 1 {
        let pairs = sources.iter().enumerate().flat_map(|(number, one)| {
            sources[number + 1..].iter().map(move |other| (one.min(other), one.max(other)))
        });
        return pairs
            .map(|(one, other)| (name.to_owned(), one.clone(), other.clone(), true))
            .collect();
    }
    let or_none = |side: Vec<String>| if side.is_empty() { vec![String::new()] } else { side };
    let (sources, targets) = (or_none(sources), or_none(targets));
    let pairs = sources.iter().flat_map(|one| targets.iter().map(move |other| (one, other)));
    pairs.map(|(one, other)| (name.to_owned(), one.clone(), other.clone(), false)).collect()
}

/// Country or body; the records of 2016 have one code for all bodies, and no sector is the government.
fn code(actor: &Value, has_sector: bool) -> String {
    let code = match actor["code"].as_str().unwrap_or_default() {
        "UNO" | "EUR" => "IGO",
        code => code,
    };
    let sector = actor["sector"].as_str().filter(|sector| has_sector && *sector != "GOV");
    let sector: String = sector.unwrap_or_default().chars().take(3).collect();
    format!("{code}/{sector}")
}

/// A mutual act of the gold file takes either order, and a directed one a mutual prediction.
fn as_wanted(key: Key, wanted: &BTreeSet<Key>) -> Key {
    let (name, one, other, is_mutual) = key;
    let (low, high) = if one <= other { (&one, &other) } else { (&other, &one) };
    let mutual = (name.clone(), low.clone(), high.clone(), true);
    if !is_mutual {
        return if wanted.contains(&mutual) { mutual } else { (name, one, other, false) };
    }
    let orders = [(low, high), (high, low)];
    let directed = orders.map(|(one, other)| (name.clone(), one.clone(), other.clone(), false));
    let fits = |key: &&Key| wanted.contains(*key);
    if wanted.contains(&mutual) {
        return mutual;
    }
    directed.iter().find(fits).cloned().unwrap_or(mutual)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_pairs() {
        let actor = |code: &str| json!({"code": code, "sector": "GOV"});
        let gold = json!({"type": "CONSULT", "source": [actor("USA"), actor("RUS")], "target": [],
            "reciprocal": true});
        let check = |found: Value, expected: &str| {
            let words = words(&[(gold.clone(), vec![found])]);
            assert!(words.starts_with(expected), "{words}");
        };
        check(gold.clone(), "type and both actors by country: precision 100.0  recall 100.0");
        check(
            json!({"type": "CONSULT", "source": [actor("RUS")], "target": [actor("USA")]}),
            "type and both actors by country: precision 100.0  recall 100.0",
        );
        check(
            json!({"type": "ACCUSE", "source": [actor("RUS")], "target": [actor("USA")]}),
            "type and both actors by country: precision 0.0",
        );
    }
}
