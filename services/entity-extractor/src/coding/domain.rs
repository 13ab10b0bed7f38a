//! Stories of sport and markets talk of attacks, defeats and talks that are no events.

/// So many different words of one field make a story one of it.
const MIN_WORDS: usize = 3;

const SPORT: &[&str] = &[
    "wicket",
    "wickets",
    "batsman",
    "bowler",
    "innings",
    "goalkeeper",
    "striker",
    "midfielder",
    "tournament",
    "championship",
    "league",
    "semi-final",
    "quarter-final",
    "touchdown",
    "quarterback",
    "playoff",
    "playoffs",
    "coach",
    "scored",
    "halftime",
    "half-time",
    "penalty",
    "grand prix",
    "set-piece",
    "seed",
    "seeded",
    "wimbledon",
    "cup",
    "umpires",
    "opener",
    "runs",
    "fixture",
];
const MARKETS: &[&str] = &[
    "futures",
    "traders",
    "tonne",
    "tonnes",
    "bullish",
    "bearish",
    "shares",
    "dealer",
    "dealers",
    "per lb",
    "robusta",
    "arabica",
    "hedge",
    "basis points",
    "yields",
    "benchmark",
    "merger",
    "takeover",
    "shareholders",
    "dividend",
    "earnings",
    "airlines",
    "stocks",
];
const NATURE: &[&str] = &[
    "bees",
    "hornets",
    "species",
    "hailstones",
    "forecasters",
    "colonies",
    "fossil",
    "galaxy",
    "telescope",
    "lightning",
    "thunder",
    "storm",
];

/// Whether a story is about games, prices or nature; then nothing in it is coded.
pub(crate) fn is_foreign(title: &str, text: &str) -> bool {
    let lower = format!("{title} {text}").to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .collect();
    let has = |term: &str| {
        if term.contains(' ') { lower.contains(term) } else { words.contains(&term) }
    };
    let counts =
        [SPORT, MARKETS, NATURE].map(|terms| terms.iter().filter(|term| has(term)).count());
    counts.iter().any(|count| *count >= MIN_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_fields() {
        let check =
            |text: &str, expected: bool| assert_eq!(is_foreign("", text), expected, "{text}");
        check("The batsman lost three wickets in the tournament.", true);
        check("Futures fell, traders said, to $2 a tonne.", true);
        check("Ministers met in Berlin and agreed to meet again.", false);
        check("The coach carried troops to the border.", false);
    }
}
