//! The index by which events are found by words: of each story one row with the words of its
//! headline, and of the sentences and names of its events.
//!
//! It is written in the transaction of the rows, since only so can it neither miss an event nor keep
//! a word of a story that was taken back. It has one row a story, not one an event: sentences of a
//! story share most of their words, and an index costs by the words it holds.

use std::collections::HashSet;

use dateline_record::{
    StoryEvents,
    words::{each_word, is_prefix},
};

use crate::{ddl::Dialect, plan::Plan};

/// The words of a story, each once.
#[derive(Debug, Default)]
pub(crate) struct Document(HashSet<String>);

impl Document {
    pub(crate) fn add(&mut self, text: &str) {
        each_word(text, |word| {
            if !self.0.contains(word) {
                self.0.insert(word.to_owned());
            }
        });
    }

    /// In one order, with a space between; none where there are none.
    pub(crate) fn text(self) -> Option<String> {
        let mut words: Vec<String> = self.0.into_iter().collect();
        words.sort_unstable();
        (!words.is_empty()).then(|| words.join(" "))
    }

    fn of(result: &StoryEvents) -> Self {
        let mut document = Self::default();
        document.add(&result.story.title);
        let mut last = None;
        for event in &result.events {
            // Events of one sentence stand together.
            if last != Some(event.sentence_span) {
                document
                    .add(result.story.text.get(event.sentence_span.range()).unwrap_or_default());
                last = Some(event.sentence_span);
            }
            for side in std::iter::once(&event.source).chain(&event.target) {
                document.add(&side.text);
                document.add(side.name.as_deref().unwrap_or_default());
            }
        }
        document
    }
}

/// What is written of a plan: the words of each story that has events, by its id.
pub(crate) fn rows<'a>(plan: &'a Plan<'_>) -> impl Iterator<Item = (&'a str, String)> {
    let found = |result: &StoryEvents| !result.story.status.recalls() && !result.events.is_empty();
    let kept = plan.stories.iter().map(|row| row.result).filter(move |result| found(result));
    kept.filter_map(|result| Some((result.story.story_id.as_str(), Document::of(result).text()?)))
}

/// The words of stories whose rows an older build wrote, which had no index: the rows of all events
/// in the order of their stories, five texts and the id before them.
pub(crate) const OLD_ROWS: &str = "SELECT events.story_id, stories.title, events.sentence_text, \
     events.source_text, events.source_name, events.target_text, events.target_name \
     FROM events INNER JOIN stories ON events.story_id = stories.story_id ORDER BY events.story_id";

/// Joins rows of one story, which come one after the other.
#[derive(Debug, Default)]
pub(crate) struct Joiner(Option<(String, Document)>);

impl Joiner {
    /// Adds a row; gives the story before where the row begins another.
    pub(crate) fn add<'a>(
        &mut self,
        story_id: &str,
        texts: impl Iterator<Item = Option<&'a str>>,
    ) -> Option<(String, String)> {
        let is_other = self.0.as_ref().is_none_or(|(id, _)| id != story_id);
        let done = if is_other { self.end() } else { None };
        let (_, document) =
            self.0.get_or_insert_with(|| (story_id.to_owned(), Document::default()));
        texts.flatten().for_each(|text| document.add(text));
        done
    }

    /// The last story.
    pub(crate) fn end(&mut self) -> Option<(String, String)> {
        let (id, document) = self.0.take()?;
        Some((id, document.text()?))
    }
}

/// How the stories of some words are asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search {
    /// Gives their ids; asks with [`Self::value`] as `?1`.
    pub stories: &'static str,
    /// Whether the row of `search` for a story may have the words; asks with each of
    /// [`Self::test_values`] as `?1`.
    pub test: &'static str,
    /// The words as the index takes them.
    pub value: String,
    /// The words as `test` takes them.
    pub test_values: Vec<String>,
}

impl Search {
    /// Words as `dateline_record::words` gives them; none of them, no search.
    pub(crate) fn of(dialect: Dialect, asked: &[String]) -> Option<Self> {
        if asked.is_empty() {
            return None;
        }
        Some(match dialect {
            Dialect::Postgres => {
                let value = joined(asked, " & ", |word| format!("'{word}'"), ":*");
                Self {
                    stories: "SELECT story_id FROM search WHERE words @@ CAST(?1 AS tsquery)",
                    test: "search.words @@ CAST(?1 AS tsquery)",
                    test_values: vec![value.clone()],
                    value,
                }
            }
            _ => Self {
                stories: "SELECT search.story_id AS story_id FROM search_words \
                          INNER JOIN search ON search.id = search_words.rowid \
                          WHERE search_words MATCH ?1",
                test: "' ' || search.words || ' ' GLOB ?1",
                value: joined(asked, " ", |word| format!("\"{word}\""), "*"),
                test_values: asked.iter().map(|word| glob(word)).collect(),
            },
        })
    }
}

/// Words hold nothing but letters and digits, so none of them can end its quotes.
fn joined(asked: &[String], between: &str, quoted: fn(&str) -> String, prefix: &str) -> String {
    let word = |word: &String| {
        let more = if is_prefix(word) { prefix } else { "" };
        format!("{}{more}", quoted(word))
    };
    asked.iter().map(word).collect::<Vec<_>>().join(between)
}

/// A pattern for a row's words with a space around each.
fn glob(asked: &str) -> String {
    let end = if is_prefix(asked) { "" } else { " " };
    format!("* {asked}{end}*")
}

/// The statements that make the index.
pub(crate) fn tables(dialect: Dialect) -> Vec<String> {
    let statements: &[&str] = match dialect {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
        _ => &[],
    };
    statements.iter().map(|statement| (*statement).to_owned()).collect()
}

/// The triggers keep the index right whoever writes the rows. The words are cut already: `ascii` takes
/// each as it is. `detail = none`: which stories, not where in them.
const SQLITE: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS search (
    id INTEGER PRIMARY KEY,
    story_id TEXT NOT NULL UNIQUE,
    words TEXT NOT NULL
)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5(
    words, content = 'search', content_rowid = 'id', tokenize = 'ascii', detail = 'none', columnsize = 0
)",
    "CREATE TRIGGER IF NOT EXISTS search_added AFTER INSERT ON search BEGIN
    INSERT INTO search_words (rowid, words) VALUES (new.id, new.words);
END",
    "CREATE TRIGGER IF NOT EXISTS search_removed AFTER DELETE ON search BEGIN
    INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.id, old.words);
END",
];

const POSTGRES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS search (
    story_id text NOT NULL PRIMARY KEY,
    words tsvector NOT NULL
)",
    "CREATE INDEX IF NOT EXISTS search_words ON search USING gin (words)",
];

#[cfg(test)]
mod tests {
    use dateline_record::words::words;

    use super::*;

    #[test]
    fn words_become_those_of_the_warehouse() {
        let check = |dialect, text: &str, expected: &str, tests: &[&str]| {
            let search = Search::of(dialect, &words(text)).unwrap();
            assert_eq!(search.value, expected);
            assert_eq!(search.test_values, tests);
        };
        check(
            Dialect::Sqlite,
            "of Japan's",
            "\"of\" \"japan\"* \"s\"",
            &["* of *", "* japan*", "* s *"],
        );
        check(Dialect::Sqlite, "UN", "\"un\"", &["* un *"]);
        check(Dialect::Postgres, "of Japan", "'of' & 'japan':*", &["'of' & 'japan':*"]);
        assert_eq!(Search::of(Dialect::Sqlite, &words("?")), None);
    }

    #[test]
    fn rows_of_a_story_are_joined() {
        let mut joiner = Joiner::default();
        let mut found = Vec::new();
        for (id, texts) in [("a", ["one two", "two"]), ("a", ["three", ""]), ("b", ["", "four"])] {
            found.extend(joiner.add(id, texts.into_iter().map(Some)));
        }
        found.extend(joiner.end());
        let words = |id: &str, words: &str| (id.to_owned(), words.to_owned());
        assert_eq!(found, [words("a", "one three two"), words("b", "four")]);
    }
}
