//! Events, the latest first, filtered and paged: a page follows the key of the one before, so that
//! it costs the same however deep it lies.

use dateline_record::{
    EventStatus, EventType, Quad, Timestamp,
    words::{holds, words},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    store::{Given, Search, Store, Values, rows, truth},
};

/// Events that one question looks at, on all its ways, where no index answers it; then it says how far it came.
const SCAN: usize = 5_000;

/// Stories that have the words asked for: of so many all events are looked at.
const MOST_STORIES: usize = 300;

/// Where of so many events that were looked at one has the words, more stories have them than that.
const OFTEN: usize = 10;

/// Words that the index is asked for at once, the longest: each that all stories have costs as much as
/// all stories, and of what fewer words find, each event is looked at for all of them.
const MOST_ASKED: usize = 4;

/// Looked at first: most pages are full after that.
const FIRST_SCAN: usize = 800;

/// More rows than a statement of this module has.
const MOST_ROWS: usize = 100_000;

/// The same where words are asked for: each event is read then.
const WORDS_SCAN: usize = 1_000;
const FIRST_WORDS_SCAN: usize = 300;

/// The most that one page holds.
pub(crate) const MOST: usize = 1_000;

/// Which events.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventQuery {
    /// The PLOVER type, for example `ASSAULT`.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// The quad class, for example `verbal_cooperation`.
    pub(crate) quad: Option<String>,
    /// Whether it is so: `actual`, `planned`, ...
    pub(crate) status: Option<String>,
    /// Where it happened: an ISO 3166-1 alpha-3 code.
    pub(crate) country: Option<String>,
    /// Source or target: a code in capitals (`JPN`, `IGO`), else words of the name.
    pub(crate) actor: Option<String>,
    /// The source that brought the story.
    pub(crate) source: Option<String>,
    /// Told at this time or later: a day or an RFC 3339 time.
    pub(crate) from: Option<String>,
    /// Told before the end of this day, or before this time.
    pub(crate) to: Option<String>,
    /// Words of the sentence or the headline: of three letters or more, those that begin with it.
    pub(crate) text: Option<String>,
    /// What `next` of the page before said.
    pub(crate) before: Option<String>,
    /// Events of a page, 50 where it is absent, at most 1,000.
    pub(crate) limit: Option<usize>,
}

/// A page of events.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub(crate) struct EventPage {
    /// The events, the latest first.
    pub(crate) events: Vec<EventRow>,
    /// Give this as `before` for the next page; absent on the last.
    pub(crate) next: Option<String>,
    /// The page is short because the question looked at as many events as one may, back to here.
    pub(crate) looked_back_to: Option<String>,
}

/// An event in a list; the names are those of the table `events_current`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[allow(missing_docs)] // each is explained in docs/warehouse.md
pub(crate) struct EventRow {
    pub(crate) event_id: String,
    pub(crate) story_id: String,
    pub(crate) told_at: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) mode: Option<String>,
    pub(crate) quad: Option<String>,
    pub(crate) status: String,
    pub(crate) source_text: String,
    pub(crate) source_name: Option<String>,
    pub(crate) source_code: String,
    pub(crate) source_sector: Option<String>,
    pub(crate) target_text: Option<String>,
    pub(crate) target_name: Option<String>,
    pub(crate) target_code: Option<String>,
    pub(crate) target_sector: Option<String>,
    #[serde(deserialize_with = "truth")]
    pub(crate) reciprocal: Option<bool>,
    pub(crate) date_from: Option<String>,
    pub(crate) date_to: Option<String>,
    pub(crate) place_name: Option<String>,
    pub(crate) place_country: Option<String>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) intensity: Option<f64>,
    pub(crate) confidence: f64,
    pub(crate) sentence_text: String,
    pub(crate) title: Option<String>,
    pub(crate) source_id: String,
    pub(crate) url: Option<String>,
}

/// The columns of a list that stand in `events`.
const COLUMNS: &str = "event_id, story_id, told_at, type, mode, quad, status, source_text, \
     source_name, source_code, source_sector, target_text, target_name, target_code, \
     target_sector, reciprocal, CAST(date_from AS text) AS date_from, \
     CAST(date_to AS text) AS date_to, place_name, place_country, latitude, longitude, intensity, \
     confidence, sentence_text";

/// A question as conditions.
#[derive(Debug, Default)]
struct Plan {
    values: Values,
    /// Ways to the events, each by an index; together they find all, and none finds what another does.
    branches: Vec<String>,
    /// What holds on each way.
    always: Vec<String>,
    /// What is looked at only then.
    rest: Vec<String>,
    /// Words of sentence or headline.
    text: Vec<String>,
    /// Words of the name of one side.
    name: Vec<String>,
    limit: usize,
}

/// The events that a question asks for.
pub(crate) fn page(store: &dyn Store, query: &EventQuery) -> Result<EventPage, Fault> {
    let plan = Plan::of(query)?;
    let search = store.search(&plan.asked())?;
    let [first, last] = if plan.has_words() {
        [FIRST_WORDS_SCAN.max(plan.limit), WORDS_SCAN]
    } else {
        [FIRST_SCAN, SCAN].map(|scan| (scan / plan.branches.len()).max(plan.limit * 2))
    };
    for (scan, is_last) in [(first, false), (last, true)] {
        let mut events = plan.events(store, scan, search.as_ref())?;
        if events.len() > plan.limit && plan.branches.len() == 1 {
            return Ok(plan.cut(events));
        }
        let Some(end) = plan.end(store, scan)? else { return Ok(plan.cut(events)) };
        // Another way may have found what lies behind the end of this one.
        events.retain(|event| (&event.told_at, &event.event_id) >= (&end.0, &end.1));
        if events.len() > plan.limit {
            return Ok(plan.cut(events));
        }
        if let (false, Some(search)) = (is_last, &search)
            && !plan.is_often(store, scan, search)?
            && let Some(events) = plan.all_with_words(store, search)?
        {
            return Ok(plan.cut(events));
        }
        if is_last {
            let next = Some(format!("{}~{}", end.0, end.1));
            return Ok(EventPage { events, next, looked_back_to: Some(end.0) });
        }
    }
    Ok(EventPage::default())
}

fn key(event: &EventRow) -> String {
    format!("{}~{}", event.told_at, event.event_id)
}

impl Plan {
    fn of(query: &EventQuery) -> Result<Self, Fault> {
        let limit = query.limit.unwrap_or(50).clamp(1, MOST);
        let mut plan = Self { limit, ..Self::default() };
        plan.always.push("told_at IS NOT NULL".to_owned());
        if let Some(before) = given(query.before.as_ref()) {
            plan.before(before)?;
        }
        if let Some(from) = given(query.from.as_ref()) {
            let mark = plan.values.mark(Given::Time(moment("from", from, false)?.to_string()));
            plan.always.push(format!("told_at >= {mark}"));
        }
        if let Some(to) = given(query.to.as_ref()) {
            let mark = plan.values.mark(Given::Time(moment("to", to, true)?.to_string()));
            plan.always.push(format!("told_at < {mark}"));
        }
        plan.codes(query)?;
        if let Some(country) = given(query.country.as_ref()) {
            let mark = plan.values.text(&country.to_uppercase());
            plan.branches.push(format!("place_country = {mark}"));
        }
        if let Some(actor) = given(query.actor.as_ref()) {
            plan.actor(actor);
        }
        if let Some(source) = given(query.source.as_ref()) {
            let mark = plan.values.text(source);
            plan.rest.push(format!("stories.source_id = {mark}"));
        }
        plan.text = words(given(query.text.as_ref()).unwrap_or_default());
        if plan.branches.is_empty() {
            plan.branches.push("1 = 1".to_owned());
        }
        Ok(plan)
    }

    /// A place in the order of all events.
    fn before(&mut self, before: &str) -> Result<(), Fault> {
        let parts = before.split_once('~');
        let parts = parts.and_then(|(at, id)| Some((Timestamp::parse(at)?, id)));
        let Some((at, id)) = parts else {
            return Err(Fault::wrong("before: give what `next` of the page before said"));
        };
        let at = self.values.mark(Given::Time(at.to_string()));
        let id = self.values.text(id);
        // The first condition says nothing new; it is what an index is read from.
        self.always.push(format!("told_at <= {at} AND (told_at < {at} OR event_id < {id})"));
        Ok(())
    }

    /// Words of closed lists: one that is on none would find nothing and look like an answer.
    fn codes(&mut self, query: &EventQuery) -> Result<(), Fault> {
        let types = EventType::ALL.iter().map(|code| code.as_str()).collect();
        let quads = Quad::ALL.iter().map(|code| code.as_str()).collect();
        let states = EventStatus::ALL.iter().map(|code| code.as_str()).collect();
        let asked: [(&str, &Option<String>, Vec<&str>); 3] = [
            ("type", &query.kind, types),
            ("quad", &query.quad, quads),
            ("status", &query.status, states),
        ];
        for (name, word, words) in asked {
            let Some(word) = given(word.as_ref()) else { continue };
            if !words.contains(&word) {
                let what = format!("{name}: {word:?} is none of {}", words.join(", "));
                return Err(Fault::wrong(&what));
            }
            let mark = self.values.text(word);
            self.rest.push(format!("found.{name} = {mark}"));
        }
        Ok(())
    }

    fn actor(&mut self, actor: &str) {
        if actor.len() < 2 || !actor.chars().all(|c| c.is_ascii_uppercase()) {
            self.name = words(actor);
            return;
        }
        let mark = self.values.text(actor);
        if self.branches.is_empty() {
            let other = format!("target_code = {mark} AND source_code <> {mark}");
            self.branches = vec![format!("source_code = {mark}"), other];
        } else {
            self.rest.push(format!("(found.source_code = {mark} OR found.target_code = {mark})"));
        }
    }

    fn has_words(&self) -> bool {
        !self.text.is_empty() || !self.name.is_empty()
    }

    /// The words that an index is asked for.
    fn asked(&self) -> Vec<String> {
        let mut all = [&self.text[..], &self.name].concat();
        all.sort_by_key(|word| (std::cmp::Reverse(word.chars().count()), word.clone()));
        all.dedup();
        all.truncate(MOST_ASKED);
        all
    }

    /// Whether an event has the words, which no statement says exactly.
    fn fits(&self, event: &EventRow) -> bool {
        let side = |name: &Option<String>, text: Option<&String>| {
            let text = text.map_or("", String::as_str);
            holds(&words(&format!("{} {text}", name.as_deref().unwrap_or_default())), &self.name)
        };
        let is_named = self.name.is_empty()
            || side(&event.source_name, Some(&event.source_text))
            || side(&event.target_name, event.target_text.as_ref());
        let title = event.title.as_deref().unwrap_or_default();
        is_named
            && (self.text.is_empty()
                || holds(&words(&format!("{} {title}", event.sentence_text)), &self.text))
    }

    /// One page of events that were found, and where the next begins.
    fn cut(&self, mut events: Vec<EventRow>) -> EventPage {
        let is_more = events.len() > self.limit;
        events.truncate(self.limit);
        let next = events.last().filter(|_| is_more).map(key);
        EventPage { events, next, looked_back_to: None }
    }

    /// The first events of each way, in one order.
    fn found(&self, columns: &str, scan: &str) -> String {
        let ways = self.branches.iter().enumerate().map(|(number, branch)| {
            format!(
                "SELECT * FROM (SELECT {columns} FROM events WHERE {branch} AND {} \
                 ORDER BY told_at DESC, event_id DESC LIMIT {scan}) AS way{number}",
                self.always.join(" AND ")
            )
        });
        ways.collect::<Vec<_>>().join(" UNION ALL ")
    }

    fn events(
        &self,
        store: &dyn Store,
        scan: usize,
        search: Option<&Search>,
    ) -> Result<Vec<EventRow>, Fault> {
        let mut values = self.values.clone();
        let scan = values.mark(number(scan));
        let found = self.found(COLUMNS, &scan);
        let mut rest = self.rest.clone();
        rest.extend(search.map(|search| has_words(search, &mut values)));
        self.rows(store, values, &found, &rest)
    }

    /// Whether the words stand so often in the events looked at, whatever else is asked for, that all that
    /// have them are too many.
    fn is_often(&self, store: &dyn Store, scan: usize, search: &Search) -> Result<bool, Fault> {
        #[derive(Deserialize)]
        struct Count {
            events: usize,
        }
        let mut values = self.values.clone();
        let scan_mark = values.mark(number(scan));
        let found = self.found("event_id, story_id, told_at", &scan_mark);
        let test = has_words(search, &mut values);
        let statement = format!("SELECT count(*) AS events FROM ({found}) AS found WHERE {test}");
        let counts: Vec<Count> = rows(store, &statement, &values.0)?;
        Ok(counts.iter().any(|count| count.events * OFTEN > scan))
    }

    /// All events of the stories that have the words; none where these are too many to look at.
    fn all_with_words(
        &self,
        store: &dyn Store,
        search: &Search,
    ) -> Result<Option<Vec<EventRow>>, Fault> {
        #[derive(Deserialize)]
        struct Story {
            story_id: String,
        }
        let mut values = Values::default();
        let stories = search.stories.replace("?1", &values.mark(search.value.clone()));
        let most = values.mark(number(MOST_STORIES + 1));
        let stories: Vec<Story> = rows(store, &format!("{stories} LIMIT {most}"), &values.0)?;
        if stories.len() > MOST_STORIES {
            return Ok(None);
        }
        if stories.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let mut values = self.values.clone();
        let ids: Vec<String> = stories.iter().map(|story| values.text(&story.story_id)).collect();
        // The limit keeps this way from being mixed with the order that is asked of it.
        let found = format!(
            "SELECT {COLUMNS} FROM events WHERE story_id IN ({}) AND ({}) AND {} LIMIT {MOST_ROWS}",
            ids.join(", "),
            self.branches.iter().map(|way| format!("({way})")).collect::<Vec<_>>().join(" OR "),
            self.always.join(" AND ")
        );
        Ok(Some(self.rows(store, values, &found, &self.rest)?))
    }

    /// Those events of usable stories that fit, the latest first.
    fn rows(
        &self,
        store: &dyn Store,
        mut values: Values,
        found: &str,
        rest: &[String],
    ) -> Result<Vec<EventRow>, Fault> {
        let mut rest = rest.to_vec();
        rest.push("stories.status = 'usable'".to_owned());
        // Of rows that are yet to be looked at for words, more may be needed.
        let limit = if self.has_words() { MOST_ROWS } else { self.limit + 1 };
        let limit = values.mark(number(limit));
        let statement = format!(
            "SELECT found.*, stories.title AS title, stories.source_id AS source_id, \
             stories.url AS url FROM ({found}) AS found CROSS JOIN stories \
             WHERE stories.story_id = found.story_id AND {} \
             ORDER BY found.told_at DESC, found.event_id DESC LIMIT {limit}",
            rest.join(" AND ")
        );
        let mut events: Vec<EventRow> = rows(store, &statement, &values.0)?;
        if self.has_words() {
            events.retain(|event| self.fits(event));
        }
        Ok(events)
    }

    /// The last event that a question of this size looks at on the way that ends first; none
    /// where all were looked at.
    fn end(&self, store: &dyn Store, scan: usize) -> Result<Option<(String, String)>, Fault> {
        #[derive(Deserialize)]
        struct End {
            looked_at: usize,
            told_at: String,
            event_id: String,
        }
        let mut ends = Vec::new();
        for branch in &self.branches {
            let mut values = self.values.clone();
            let mark = values.mark(number(scan));
            // No OFFSET: with one, SQLite sorts all events before it skips.
            let statement = format!(
                "SELECT count(*) OVER () AS looked_at, told_at, event_id FROM (\
                 SELECT told_at, event_id FROM events WHERE {branch} AND {} \
                 ORDER BY told_at DESC, event_id DESC LIMIT {mark}) AS way \
                 ORDER BY told_at, event_id LIMIT 1",
                self.always.join(" AND ")
            );
            let found: Vec<End> = rows(store, &statement, &values.0)?;
            let is_cut = |end: &End| end.looked_at >= scan;
            ends.extend(found.into_iter().filter(is_cut).map(|end| (end.told_at, end.event_id)));
        }
        Ok(ends.into_iter().max())
    }
}

/// Whether a story may have the words. A value, not EXISTS: of that a planner may make a join with all
/// stories that have them.
fn has_words(search: &Search, values: &mut Values) -> String {
    let tests = search.test_values.iter();
    let tests = tests.map(|value| search.test.replace("?1", &values.mark(value.clone())));
    let tests: Vec<String> = tests.collect();
    format!("(SELECT {} FROM search WHERE search.story_id = found.story_id)", tests.join(" AND "))
}

fn number(count: usize) -> Given {
    Given::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What was asked for; an empty field of a form asks for nothing.
fn given(field: Option<&String>) -> Option<&str> {
    field.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A time, or a day: its beginning, or its end.
fn moment(name: &str, text: &str, is_end: bool) -> Result<Timestamp, Fault> {
    let day = Timestamp::parse(&format!("{text}T00:00:00Z"));
    let day = day.map(|day| {
        let more = if is_end { 86_400_000 } else { 0 };
        Timestamp::from_millis(day.as_millis() + more)
    });
    day.or_else(|| Timestamp::parse(text)).ok_or_else(|| {
        let what = format!("{name}: {text:?} is no day like 2026-11-28 and no RFC 3339 time");
        Fault::wrong(&what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_no_list_is_refused() {
        let check = |query: EventQuery, expected: &str| {
            let fault = Plan::of(&query).unwrap_err();
            assert!(fault.what.starts_with(expected), "{}", fault.what);
        };
        let of = EventQuery::default;
        check(EventQuery { kind: Some("FIGHT".to_owned()), ..of() }, "type: \"FIGHT\" is none of");
        check(EventQuery { quad: Some("5".to_owned()), ..of() }, "quad: \"5\" is none of");
        check(EventQuery { from: Some("today".to_owned()), ..of() }, "from: \"today\" is no day");
        check(EventQuery { before: Some("x".to_owned()), ..of() }, "before: give what");
    }

    #[test]
    fn a_day_ends_with_the_next() {
        let check = |text: &str, is_end: bool, expected: &str| {
            assert_eq!(moment("to", text, is_end).unwrap().to_string(), expected);
        };
        check("2014-10-07", false, "2014-10-07T00:00:00.000Z");
        check("2014-10-07", true, "2014-10-08T00:00:00.000Z");
        check("2014-10-07T01:00:00Z", true, "2014-10-07T01:00:00.000Z");
    }

    #[test]
    fn an_actor_by_code_is_looked_for_on_two_ways() {
        let query = |actor: &str, country: Option<&str>| EventQuery {
            actor: Some(actor.to_owned()),
            country: country.map(str::to_owned),
            ..EventQuery::default()
        };
        assert_eq!(Plan::of(&query("JPN", None)).unwrap().branches.len(), 2);
        assert_eq!(Plan::of(&query("JPN", Some("rus"))).unwrap().branches.len(), 1);
        assert_eq!(Plan::of(&query("Merkel", None)).unwrap().branches, ["1 = 1"]);
    }
}
