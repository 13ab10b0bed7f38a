//! Why a warehouse cannot take a record: the first field with a value that it cannot hold.

use dateline_record::{StoryEvents, StoryRelations, Timestamp};
use dateline_runtime::Landing;

use crate::model::{
    self, CLUSTERS, ClusterRow, EVENTS, EventRow, Log, MENTIONS, MentionRow, RELATIONS,
    RelationRow, STORIES, StoryRow, Table, Value,
};

/// What a warehouse cannot hold, beyond what none can.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Whether text may contain the character NUL.
    pub(crate) takes_nul: bool,
    /// The years within which days and times must be; none where they are words.
    pub(crate) years: Option<(i16, i16)>,
    /// The most bytes of a text that rows are looked up by.
    pub(crate) key_bytes: usize,
}

impl Limits {
    /// SQLite and JSON keep times and days as words, and any text that a record can bring.
    pub(crate) const NONE: Self = Self { takes_nul: true, years: None, key_bytes: usize::MAX };
    /// Files that keep days as numbers.
    #[cfg(feature = "parquet")]
    pub(crate) const CALENDAR: Self = Self { years: Some((1, 9999)), ..Self::NONE };
    /// `ClickHouse` keeps days and times by `Date32` and `DateTime64`, which end there.
    pub(crate) const CLICKHOUSE: Self = Self { years: Some((1900, 2299)), ..Self::NONE };
    /// PostgreSQL has no NUL in text, and an index holds 2,704 bytes a row.
    pub(crate) const POSTGRES: Self =
        Self { takes_nul: false, years: Some((1, 9999)), key_bytes: 1_024 };
}

/// The path of a field and what is wrong there; none where the record can be held.
pub(crate) fn unfit(record: &Landing, limits: &Limits) -> Option<String> {
    match record {
        Landing::Events(result) => unfit_story(result, limits),
        Landing::Relations(record) => unfit_relations(record, limits),
    }
}

fn unfit_story(result: &StoryEvents, limits: &Limits) -> Option<String> {
    if let Some(what) = unfit_revision("story.revision", result.story.revision.0) {
        return Some(what);
    }
    if limits.takes_all() {
        return None;
    }
    let row = StoryRow { log: nowhere(), result, result_hash: None };
    let mut found = limits.check("story", &STORIES, &model::story_values(&row));
    if result.story.status.recalls() {
        return found;
    }
    for (number, event) in result.events.iter().enumerate() {
        found = found.or_else(|| {
            let values = model::event_values(&EventRow { result, event });
            limits.check(&format!("events[{number}]"), &EVENTS, &values)
        });
    }
    for (number, mention) in result.mentions.iter().enumerate() {
        found = found.or_else(|| {
            let values = model::mention_values(&MentionRow { result, mention });
            limits.check(&format!("mentions[{number}]"), &MENTIONS, &values)
        });
    }
    found
}

fn unfit_relations(record: &StoryRelations, limits: &Limits) -> Option<String> {
    let since = record.unchanged_since.map_or(0, |revision| revision.0);
    let row = ClusterRow { log: nowhere(), record };
    let mut found = unfit_revision("revision", record.revision.0)
        .or_else(|| unfit_revision("unchanged_since", since))
        .or_else(|| limits.check("cluster", &CLUSTERS, &model::cluster_values(&row)));
    for (number, relation) in record.relations.iter().enumerate() {
        found = found.or_else(|| {
            let values = model::relation_values(&RelationRow { record, relation });
            limits.check(&format!("relations[{number}]"), &RELATIONS, &values)
        });
    }
    found
}

/// A row that is only looked at stands nowhere.
fn nowhere() -> Log<'static> {
    let ingested_at = Timestamp::from_millis(0);
    Log { op: "", topic: "", partition: 0, offset: 0, ingested_at }
}

fn unfit_revision(field: &str, revision: u64) -> Option<String> {
    let fits = i64::try_from(revision).is_ok();
    (!fits).then(|| format!("{field}: {revision} is above 2^63"))
}

impl Limits {
    /// Whether no value but a revision can be too much, so that there is nothing to look at.
    fn takes_all(&self) -> bool {
        self.takes_nul && self.years.is_none() && self.key_bytes == usize::MAX
    }

    fn check(&self, place: &str, table: &Table, values: &[Value<'_>]) -> Option<String> {
        let mut pairs = table.columns.iter().zip(values);
        pairs.find_map(|(column, value)| {
            let what = self.fault(value, table.is_looked_up_by(column.name))?;
            Some(format!("{place}.{}: {what}", column.name))
        })
    }

    fn fault(&self, value: &Value<'_>, is_key: bool) -> Option<String> {
        match value {
            Value::Text(text) if !self.takes_nul && text.contains('\0') => {
                Some("contains the character NUL, which the target cannot hold".to_owned())
            }
            Value::Text(text) if is_key && text.len() > self.key_bytes => {
                let (has, most) = (text.len(), self.key_bytes);
                Some(format!("has {has} bytes, the target finds rows by {most} at most"))
            }
            Value::Date(day) => self.fault_of_day(day),
            Value::Time(time) => self.fault_of_year(time.date().year(), &time.to_string()),
            _ => None,
        }
    }

    fn fault_of_day(&self, day: &str) -> Option<String> {
        self.years?;
        let Some(year) = year_of(day) else {
            return Some(format!("{day:?} is no day of the calendar, written YYYY-MM-DD"));
        };
        self.fault_of_year(year, day)
    }

    fn fault_of_year(&self, year: i16, what: &str) -> Option<String> {
        let (first, last) = self.years?;
        let is_held = (first..=last).contains(&year);
        (!is_held).then(|| format!("{what} is outside the years {first} to {last}"))
    }
}

/// The year of a day of the calendar.
fn year_of(day: &str) -> Option<i16> {
    let is_plain = day.len() == 10 && !day.starts_with(['-', '+']);
    let time = Timestamp::parse(&format!("{day}T00:00:00Z")).filter(|_| is_plain)?;
    Some(time.date().year())
}
