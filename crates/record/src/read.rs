//! Reading and writing a record's JSON: a newer producer's fields pass, a wrong type is refused
//! with the path to the field.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Facts, Timestamp};

/// A record of one topic.
pub trait Record: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    /// The topic that carries it.
    const TOPIC: &'static str;

    /// What the topic carries, in one sentence.
    const DESCRIPTION: &'static str;

    /// The record's key on the topic.
    fn key(&self) -> Cow<'_, str>;

    /// The source that the record came from, for the logs; empty where it is of no source.
    #[allow(clippy::unnecessary_literal_bound)] // an implementation returns a field
    fn source(&self) -> &str {
        ""
    }

    /// What the logs tell of the record beside its id.
    fn facts(&self) -> Facts {
        Facts::default()
    }

    /// Names this very record, for the `ce_id` header; the same content gives the same id.
    fn event_id(&self) -> String;

    /// When the thing that the record tells of happened, for the `ce_time` header.
    fn time(&self) -> Timestamp;

    /// The record as JSON.
    fn to_json(&self) -> Result<Vec<u8>, ReadError> {
        serde_json::to_vec(self).map_err(|error| ReadError {
            topic: Self::TOPIC,
            path: ".".to_owned(),
            what: error.to_string(),
        })
    }
}

/// Why bytes are not the record that the topic carries.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{topic}: field {path}: {what}")]
pub struct ReadError {
    /// The topic whose record was expected.
    pub topic: &'static str,
    /// The path to the field, `.` for the whole record.
    pub path: String,
    /// What is wrong there.
    pub what: String,
}

/// Reads a record.
///
/// ```
/// use dateline_record::{SourceSpec, read};
///
/// let error = read::<SourceSpec>(br#"{"id": 7}"#).unwrap_err();
/// assert_eq!(error.path, "id");
/// ```
pub fn read<R: Record>(json: &[u8]) -> Result<R, ReadError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let record: R = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        ReadError { topic: R::TOPIC, path, what: error.into_inner().to_string() }
    })?;
    deserializer.end().map_err(|error| ReadError {
        topic: R::TOPIC,
        path: ".".to_owned(),
        what: error.to_string(),
    })?;
    Ok(record)
}
