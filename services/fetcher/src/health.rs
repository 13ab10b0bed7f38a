//! How a source is: one list of conditions that commands show and metrics count.

use dateline_record::{FetchState, Timestamp};

use crate::schedule;

/// So many items that should have come and did not mean that a source is silent: by chance that
/// happens once in a thousand times.
pub const SILENT_ITEMS: f64 = 7.0;

/// What is the matter with a source.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Condition {
    /// It was not asked yet.
    New,
    /// All of it has been read.
    Ended,
    /// The last poll failed.
    Failing,
    /// It asks for a human, or for something that only a browser does.
    Challenge,
    /// It does not want to be asked: status 401, 403, 429 or 451, robots.txt, `Retry-After`.
    Blocked,
    /// It says that nothing has changed where something has.
    LyingValidators,
    /// It has gone to another address for good.
    Moved,
    /// Items may have been lost in the last day.
    Gap,
    /// Nothing has come for longer than its rhythm explains.
    Silent,
}

impl Condition {
    /// All conditions in their order.
    pub const ALL: [Self; 9] = [
        Self::New,
        Self::Ended,
        Self::Failing,
        Self::Challenge,
        Self::Blocked,
        Self::LyingValidators,
        Self::Moved,
        Self::Gap,
        Self::Silent,
    ];

    /// The word for commands and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ended => "ended",
            Self::Failing => "failing",
            Self::Challenge => "challenge",
            Self::Blocked => "blocked",
            Self::LyingValidators => "lying_validators",
            Self::Moved => "moved",
            Self::Gap => "gap",
            Self::Silent => "silent",
        }
    }
}

/// Everything that is the matter with a source; nothing where it is well.
pub fn conditions(state: &FetchState, now: Timestamp) -> Vec<Condition> {
    let holds = |condition: &Condition| holds(*condition, state, now);
    Condition::ALL.into_iter().filter(holds).collect()
}

fn holds(condition: Condition, state: &FetchState, now: Timestamp) -> bool {
    const DAY_MS: i64 = 86_400_000;
    let error = state.last_error.as_deref().filter(|_| state.failures > 0).unwrap_or_default();
    match condition {
        Condition::New => state.last_success_at.is_none() && state.failures == 0,
        Condition::Ended => state.exhausted,
        Condition::Failing => state.failures > 0,
        Condition::Challenge => error.contains("a challenge of"),
        Condition::Blocked => {
            let waits = |until: Option<Timestamp>| until.is_some_and(|until| until > now);
            let is_refused = ["status 401", "status 403", "status 429", "status 451", "robots"]
                .iter()
                .any(|word| error.contains(word));
            is_refused || state.hosts.iter().any(|host| waits(host.blocked_until))
        }
        Condition::LyingValidators => state.trust.distrusted_until.is_some_and(|until| until > now),
        Condition::Moved => state.moved.is_some(),
        Condition::Gap => {
            state.gaps.last().is_some_and(|gap| now.as_millis() - gap.until.as_millis() < DAY_MS)
        }
        Condition::Silent => schedule::missed(&state.rhythm, now) >= SILENT_ITEMS,
    }
}

#[cfg(test)]
mod tests {
    use dateline_record::{HostMemory, Rhythm};

    use super::*;

    const NOW: i64 = 1_772_409_600_000;

    fn state(change: impl FnOnce(&mut FetchState)) -> FetchState {
        let text = "kind = \"feed\"\nurl = \"https://example.org/feed\"\n";
        let spec = crate::read_spec("example", text, Timestamp::from_millis(0)).unwrap();
        let mut state = FetchState::new(spec);
        state.last_success_at = Some(Timestamp::from_millis(NOW));
        change(&mut state);
        state
    }

    fn rhythm(per_day: f32, silent_ms: i64) -> Rhythm {
        Rhythm {
            level: per_day * 20.0,
            watched_days: 20.0,
            last_arrival_at: Some(Timestamp::from_millis(NOW - silent_ms)),
            ..Rhythm::default()
        }
    }

    #[test]
    fn every_condition_is_told() {
        let check = |expected: &[&str], change: &dyn Fn(&mut FetchState)| {
            let found = conditions(&state(change), Timestamp::from_millis(NOW));
            let words: Vec<&str> = found.into_iter().map(Condition::as_str).collect();
            assert_eq!(words, expected);
        };
        let failed = |state: &mut FetchState, what: &str| {
            state.failures = 2;
            state.last_error = Some(what.to_owned());
        };
        check(&[], &|_| {});
        check(&["new"], &|state| state.last_success_at = None);
        check(&["ended"], &|state| state.exhausted = true);
        check(&["failing"], &|state| failed(state, "no answer in time"));
        check(&["failing", "blocked"], &|state| failed(state, "x answered with status 403"));
        check(&["failing", "challenge", "blocked"], &|state| {
            failed(state, "x answered with status 403 and a challenge of Cloudflare");
        });
        check(&["blocked"], &|state| {
            let blocked_until = Some(Timestamp::from_millis(NOW + 1));
            let host = "example.org".to_owned();
            state.hosts.push(HostMemory { host, crawl_delay_ms: 0, blocked_until });
        });
        check(&["lying_validators"], &|state| {
            state.trust.distrusted_until = Some(Timestamp::from_millis(NOW + 1));
        });
        check(&["gap"], &|state| {
            let (from, until) = (Timestamp::from_millis(0), Timestamp::from_millis(NOW - 1));
            state.gaps.push(dateline_record::Gap { from, until, new_items: 3 });
        });
        let hours = 3_600_000;
        check(&["silent"], &|state| state.rhythm = rhythm(24.0, 20 * hours));
        check(&[], &|state| state.rhythm = rhythm(24.0, 4 * hours));
        check(&[], &|state| state.rhythm = rhythm(2.0, 20 * hours));
    }
}
