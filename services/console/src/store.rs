//! What the console asks of a warehouse, whichever it is: the rows of a statement.

use anyhow::Context;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A value that a statement asks with: the first is `?1` in the statement, the second `?2`.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Words.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A moment, as records write it.
    Time(String),
}

/// A row by the names of its columns; times are written as records write them.
pub type Row = Map<String, Value>;

/// A warehouse that is read: the same statements for all.
pub trait Store: Send + Sync {
    /// The rows of one statement.
    fn select(&self, statement: &str, given: &[Given]) -> anyhow::Result<Vec<Row>>;

    /// How stories are found by words, as [`dateline_record::words`] cuts them; none where the
    /// warehouse has no index of them.
    fn search(&self, words: &[String]) -> anyhow::Result<Option<Search>>;
}

/// The index of words of a warehouse: of each story with events the words of its headline, and of
/// the sentences and names of its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Gives the ids of the stories that have all words; asks with `value` as `?1`.
    pub stories: &'static str,
    /// The words as that takes them.
    pub value: Given,
    /// Whether a row of `search` may have the words; asks with each of `test_values` as `?1`.
    pub test: &'static str,
    /// The words as that takes them.
    pub test_values: Vec<Given>,
}

/// The rows of a statement as what they are.
pub(crate) fn rows<T: DeserializeOwned>(
    store: &dyn Store,
    statement: &str,
    given: &[Given],
) -> anyhow::Result<Vec<T>> {
    let found = store.select(statement, given)?;
    let typed = found.into_iter().map(|row| serde_json::from_value(Value::Object(row)));
    typed.collect::<Result<_, _>>().context("a row of the warehouse")
}

/// Yes or no, which SQLite holds as a number.
pub(crate) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(truth) => Some(truth),
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        _ => None,
    })
}

/// Collects the values of a statement while it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(pub(crate) Vec<Given>);

impl Values {
    /// The mark for a value.
    pub(crate) fn mark(&mut self, value: Given) -> String {
        // The same value asked for twice is sent once.
        let at = self.0.iter().position(|known| *known == value).unwrap_or_else(|| {
            self.0.push(value);
            self.0.len() - 1
        });
        format!("?{}", at + 1)
    }

    pub(crate) fn text(&mut self, text: &str) -> String {
        self.mark(Given::Text(text.to_owned()))
    }
}
