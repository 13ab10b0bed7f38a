//! The views: what is current, the same names and columns in every warehouse.

use crate::model::{CLUSTERS, Column, EVENTS, MENTIONS, RELATIONS, STORIES, Table};

use super::Dialect;

/// A view.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// Its query.
    pub query: String,
    /// Its columns in their order.
    pub columns: Vec<String>,
}

/// What `events_current` adds to the columns of `events`, from the story.
const OF_STORY: [&str; 4] = ["title", "url", "source_id", "published_at"];

/// How many stories and outlets carry what one cluster tells, and from when to when.
const CARRIED: &str = "SELECT
    clusters.cluster_id AS cluster_id,
    count(*) AS stories,
    count(DISTINCT stories.provider) AS outlets,
    min(coalesce(stories.published_at, stories.fetched_at)) AS first_at,
    max(coalesce(stories.published_at, stories.fetched_at)) AS last_at
FROM clusters
INNER JOIN stories ON clusters.story_id = stories.story_id
WHERE stories.status = 'usable' AND clusters.cluster_id IS NOT NULL
GROUP BY clusters.cluster_id";

/// The views over current tables.
pub fn current_views(dialect: Dialect) -> Vec<View> {
    vec![events_current(dialect), carried()]
}

/// The views over logs.
pub fn log_views(dialect: Dialect) -> Vec<View> {
    let mut views = vec![newest(dialect, &STORIES), newest(dialect, &CLUSTERS)];
    let parts = [(&EVENTS, &STORIES), (&MENTIONS, &STORIES), (&RELATIONS, &CLUSTERS)];
    views.extend(parts.map(|(part, whole)| part_of_newest(dialect, part, whole)));
    views.extend(current_views(dialect));
    views
}

/// The events of stories that may be used, with what a reader wants to know of the story.
fn events_current(dialect: Dialect) -> View {
    let own = EVENTS.columns.iter().map(|column| column.name);
    let columns: Vec<String> = own.chain(OF_STORY).map(|name| dialect.word(name)).collect();
    let mut listed = Vec::new();
    for column in &columns {
        let table = if OF_STORY.contains(&column.as_str()) { "stories" } else { "events" };
        listed.push(format!("{table}.{column} AS {column}"));
    }
    let query = format!(
        "SELECT\n    {}\nFROM events\nINNER JOIN stories ON events.story_id = stories.story_id\n\
         WHERE stories.status = 'usable'",
        listed.join(",\n    ")
    );
    View { name: "events_current", query, columns }
}

fn carried() -> View {
    let columns = ["cluster_id", "stories", "outlets", "first_at", "last_at"];
    let columns = columns.map(str::to_owned).into();
    View { name: "carried", query: CARRIED.to_owned(), columns }
}

fn names(dialect: Dialect, columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| dialect.word(column.name)).collect()
}

/// The newest version of each story: that of the greatest revision, and of one revision the last.
fn newest(dialect: Dialect, table: &Table) -> View {
    let columns = names(dialect, table.columns);
    let query = format!(
        "SELECT\n    {}\nFROM (\n    SELECT\n        *,\n        row_number() OVER (\n            \
         PARTITION BY story_id ORDER BY revision DESC, log_offset DESC\n        ) AS version_rank\n    \
         FROM {}\n) AS ranked\nWHERE version_rank = 1",
        columns.join(",\n    "),
        dialect.log(table)
    );
    View { name: table.name, query, columns }
}

/// What the newest version of each story says.
fn part_of_newest(dialect: Dialect, part: &Table, whole: &Table) -> View {
    let columns = names(dialect, part.columns);
    let listed: Vec<String> =
        columns.iter().map(|column| format!("part.{column} AS {column}")).collect();
    let (log, whole) = (dialect.log(part), whole.name);
    let (log, merged) = log.split_once(' ').map_or((log.as_str(), ""), |(log, more)| (log, more));
    let merged = if merged.is_empty() { String::new() } else { format!(" {merged}") };
    let query = format!(
        "SELECT\n    {}\nFROM {log} AS part{merged}\nINNER JOIN {whole} AS whole\n    \
         ON part.story_id = whole.story_id\n    AND part.revision = whole.revision\n    \
         AND part.log_offset = whole.log_offset",
        listed.join(",\n    ")
    );
    View { name: part.name, query, columns }
}
