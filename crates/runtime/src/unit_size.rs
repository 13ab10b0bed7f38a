//! How many records a stage takes at once: so few that the first of them need not wait long for the
//! last, and so many that commits do not eat the time of the work.

use std::time::Duration;

use dateline_bus::Limit;

/// Records of the first unit, of which nothing is known yet.
const FIRST: usize = 64;

/// A unit's work takes at least so many times as long as its commit.
const COMMITS: u32 = 5;

/// What units took of late.
#[derive(Debug, Default)]
pub(crate) struct UnitSize {
    record: Option<Duration>,
    commit: Duration,
}

impl UnitSize {
    /// The bound of the next unit, within the greatest one; `time` zero is no bound.
    pub(crate) fn limit(&self, most: Limit, time: Duration) -> Limit {
        if time.is_zero() {
            return most;
        }
        let records = self.record.map_or(FIRST, |record| {
            let time = time.max(self.commit * COMMITS);
            let records = time.as_nanos() / record.as_nanos().max(1);
            usize::try_from(records).unwrap_or(usize::MAX)
        });
        Limit { records: records.clamp(1, most.records), ..most }
    }

    /// Notes a unit.
    pub(crate) fn took(&mut self, records: usize, work: Duration, commit: Duration) {
        let each = work / u32::try_from(records.max(1)).unwrap_or(u32::MAX);
        self.record = Some(self.record.map_or(each, |record| blend(record, each)));
        self.commit = blend(self.commit, commit);
    }
}

/// One unit more counts for a quarter: a single slow one passes, a slower time is met soon.
fn blend(before: Duration, now: Duration) -> Duration {
    (before * 3 + now) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Limit = Limit { records: 1_000, bytes: 4_000_000 };
    const TIME: Duration = Duration::from_millis(100);

    fn after(records: usize, work_ms: u64, commit_ms: u64) -> usize {
        let mut size = UnitSize::default();
        for _ in 0..20 {
            size.took(records, Duration::from_millis(work_ms), Duration::from_millis(commit_ms));
        }
        size.limit(MOST, TIME).records
    }

    #[test]
    fn a_unit_is_what_is_handled_in_its_time() {
        assert_eq!(UnitSize::default().limit(MOST, TIME).records, FIRST);
        assert_eq!(after(50, 500, 0), 10, "10 ms each");
        assert_eq!(after(50, 5, 0), 1_000, "a tenth of a millisecond each: the bound of all units");
        assert_eq!(after(1, 3_000, 5), 1, "never none");
        assert_eq!(after(7, 0, 0), 1_000, "too fast to be measured");
    }

    #[test]
    fn a_slow_commit_wants_more_work() {
        assert_eq!(after(50, 500, 10), 10, "50 ms are less than the time");
        // A mean over units that began at nothing comes close only.
        assert!((38..=40).contains(&after(50, 500, 80)), "five times 80 ms");
    }

    #[test]
    fn no_time_is_no_bound() {
        let mut size = UnitSize::default();
        size.took(1, Duration::from_secs(1), Duration::ZERO);
        assert_eq!(size.limit(MOST, Duration::ZERO), MOST);
    }
}
