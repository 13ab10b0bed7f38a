//! `dateline sources` without a folder: how each source is.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use console::SourceRow as Row;
use dateline_bus::{Go, Start, Topic};
use dateline_record::{FetchState, Record, SourceKind, SourceSpec, Timestamp, read};
use dateline_runtime::clock;
use fetcher::health::{Condition, conditions};

use super::{Desk, print_json, span, table};
use crate::{arguments::BusOptions, eprintln, println};

/// Prints how each source is; 1 where one needs a person.
pub(crate) fn health(config: Option<&Path>, options: &BusOptions) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(config, options)?;
    let now = clock::now();
    let (rows, errands) = look(&desk, now)?;
    if options.json {
        rows.iter().try_for_each(print_json)?;
    } else {
        print(&rows, errands, now);
    }
    let harmless = [Condition::New.as_str(), Condition::Ended.as_str()];
    let is_ill = |row: &Row| row.conditions.iter().any(|word| !harmless.contains(word));
    Ok(ExitCode::from(u8::from(rows.iter().any(is_ill))))
}

/// How each source is, and how many errands wait.
pub(crate) fn look(desk: &Desk, now: Timestamp) -> anyhow::Result<(Vec<Row>, usize)> {
    let wanted = newest::<SourceSpec>(desk)?;
    let states = newest::<FetchState>(desk)?;
    let mut rows = Vec::new();
    for (key, spec) in &wanted {
        if SourceSpec::is_errand_id(spec.id.as_str()) {
            continue;
        }
        // A source that no fetcher has met yet has no state.
        let state = states.get(key).cloned().unwrap_or_else(|| FetchState::new(spec.clone()));
        rows.push(row(&state, now));
    }
    let errands = states.values().filter(|state| is_errand(&state.source)).count();
    Ok((rows, errands))
}

fn is_errand(spec: &SourceSpec) -> bool {
    matches!(spec.kind, SourceKind::Errand(_))
}

/// The newest record of each key on a compacted topic.
fn newest<R: Record>(desk: &Desk) -> anyhow::Result<BTreeMap<String, R>> {
    let topic = Topic::new(R::TOPIC);
    let mut found = BTreeMap::new();
    desk.bus.scan(&desk.bus.starts(&topic, Start::Earliest)?, &mut |received| {
        let key = received.record.key.unwrap_or_default();
        let key = String::from_utf8_lossy(&key).into_owned();
        match received.record.value.and_then(|value| read::<R>(&value).ok()) {
            Some(record) => found.insert(key, record),
            None => found.remove(&key),
        };
        Go::On
    })?;
    Ok(found)
}

fn row(state: &FetchState, now: Timestamp) -> Row {
    let found = conditions(state, now);
    let interval = state.next_poll_at.as_millis().saturating_sub(state.updated_at.as_millis());
    let watched = state.rhythm.watched_days;
    Row {
        source_id: state.source.id.to_string(),
        kind: kind(&state.source.kind),
        conditions: found.into_iter().map(Condition::as_str).collect(),
        last_story_at: state.rhythm.last_arrival_at,
        last_success_at: state.last_success_at,
        next_poll_at: state.next_poll_at,
        interval_s: interval.max(0) / 1_000,
        failures: state.failures,
        items_a_day: if watched > 0.0 { state.rhythm.level / watched } else { 0.0 },
        gaps: state.gaps.len(),
        pending: state.pending.len(),
        moved_to: state.moved.as_ref().map(|moved| moved.to.clone()),
        last_error: state.last_error.clone().filter(|_| state.failures > 0),
    }
}

fn kind(kind: &SourceKind) -> &'static str {
    match kind {
        SourceKind::Feed { .. } => "feed",
        SourceKind::Sitemap(_) => "sitemap",
        SourceKind::Api(_) => "api",
        SourceKind::Front(_) => "front",
        SourceKind::Folder { .. } => "folder",
        SourceKind::Push => "push",
        SourceKind::Errand(_) => "errand",
    }
}

fn print(rows: &[Row], errands: usize, now: Timestamp) {
    let head = ["source", "kind", "health", "last story", "last success", "next poll", "a day"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    let ago = |at: Option<Timestamp>| {
        at.map_or("-".to_owned(), |at| format!("{} ago", span(now.as_millis() - at.as_millis())))
    };
    cells.extend(rows.iter().map(|row| {
        let health = row.conditions.join(" ");
        let left = row.next_poll_at.as_millis() - now.as_millis();
        vec![
            row.source_id.clone(),
            row.kind.to_owned(),
            if health.is_empty() { "ok".to_owned() } else { health },
            ago(row.last_story_at),
            ago(row.last_success_at),
            if left > 0 { format!("in {}", span(left)) } else { "now".to_owned() },
            format!("{:.1}", row.items_a_day),
        ]
    }));
    println(&table(&cells));
    for row in rows {
        if let Some(error) = &row.last_error {
            eprintln(&format!("{}: failed {} times: {error}", row.source_id, row.failures));
        }
        if let Some(to) = &row.moved_to {
            eprintln(&format!("{}: has moved to {to}: write that address", row.source_id));
        }
    }
    if errands > 0 {
        eprintln(&format!("{errands} errands wait: pages of other hosts, embargoes, deliveries"));
    }
}
