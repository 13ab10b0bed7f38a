//! Numbers of a wire's messages: one that is passed over is a story that did not arrive.

use std::collections::{BTreeMap, BTreeSet};

use dateline_record::{FetchState, Gap, RawStory, Timestamp};
use dateline_wire::newswire::{WireFormat, serial};

/// Services of one source whose numbers are remembered.
const MOST_SERVICES: usize = 200;

/// Gaps that are remembered.
const MOST_GAPS: usize = 20;

/// Compares the numbers of what came with the last ones before, and notes what is missing. Of a service
/// that was not known nothing is missing: a folder may begin anywhere. Of stories that are a part of what
/// waits nothing can be said, since the others may have the numbers: the count begins anew behind them.
pub(crate) fn note(state: &mut FetchState, stories: &[RawStory], now: Timestamp, is_whole: bool) {
    let mut came: BTreeMap<String, (u32, BTreeSet<u32>)> = BTreeMap::new();
    for story in stories {
        let format = WireFormat::of(story.format);
        if let Some(found) = format.and_then(|format| serial(format, story.body.as_bytes())) {
            came.entry(found.service).or_insert((found.of, BTreeSet::new())).1.insert(found.number);
        }
    }
    let mut all_missing = 0;
    for (service, (of, numbers)) in came {
        if !is_whole {
            state.wire_numbers.remove(&service);
            continue;
        }
        let last = state.wire_numbers.get(&service).copied();
        let (last, missing) = follow(last, of, &numbers);
        if missing > 0 {
            tracing::warn!(
                source_id = %state.source.id,
                wire_service = service,
                last_number = last,
                missing,
                "gap in the numbers of a wire, stories may have been lost"
            );
        }
        all_missing += missing;
        if state.wire_numbers.len() < MOST_SERVICES || state.wire_numbers.contains_key(&service) {
            state.wire_numbers.insert(service, last);
        }
    }
    if all_missing > 0 {
        let from = state.updated_at.min(now);
        state.gaps.push(Gap { from, until: now, new_items: all_missing });
        let surplus = state.gaps.len().saturating_sub(MOST_GAPS);
        state.gaps.drain(..surplus);
    }
}

/// The last number after these, and how many were passed over.
fn follow(last: Option<u32>, of: u32, numbers: &BTreeSet<u32>) -> (u32, u32) {
    let Some(mut last) = last else {
        return (numbers.last().copied().unwrap_or(0), 0);
    };
    let (before, after): (Vec<u32>, Vec<u32>) = numbers.iter().partition(|number| **number <= last);
    let mut missing = 0;
    for number in after.into_iter().chain(before) {
        if number > last {
            missing += number - last - 1;
        } else if last - number < of / 10 {
            // It came late or again: what is behind it has been counted.
            continue;
        } else {
            // The count has begun anew, by day or at its end, with 0 or 1.
            missing += number.saturating_sub(1);
        }
        last = number;
    }
    (last, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_is_counted() {
        let check = |last: Option<u32>, numbers: &[u32], expected: (u32, u32)| {
            let numbers = numbers.iter().copied().collect();
            assert_eq!(follow(last, 10_000, &numbers), expected, "{last:?} {numbers:?}");
        };
        check(None, &[17, 12], (17, 0));
        check(Some(12), &[13, 14], (14, 0));
        check(Some(12), &[14, 13], (14, 0));
        check(Some(12), &[13, 17], (17, 3));
        check(Some(17), &[17], (17, 0));
        check(Some(17), &[14], (17, 0));
        check(Some(9_998), &[9_999, 0, 1], (1, 0));
        check(Some(4_000), &[1, 2], (2, 0));
        check(Some(4_000), &[4_001, 4], (4, 3));
        check(Some(4_000), &[], (4_000, 0));
    }
}
