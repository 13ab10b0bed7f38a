//! Why bytes are not what they should be: the code, the field and the fix.

use std::ops::Range;

use dateline_record::FaultCode;

/// Why a document or a part of it could not be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct Problem {
    /// Why, as a code.
    pub code: FaultCode,
    /// The field or element at fault, for example `published`.
    pub field: String,
    /// What is wrong there and what would mend it.
    pub what: String,
    /// The bytes of the file that are concerned, where they are known.
    pub bytes: Option<Range<usize>>,
}

impl Problem {
    /// A document that cannot be read as what it says it is.
    pub fn bad(field: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(FaultCode::BadDocument, field, what)
    }

    /// A problem with its code.
    pub fn new(code: FaultCode, field: impl Into<String>, what: impl Into<String>) -> Self {
        Self { code, field: field.into(), what: what.into(), bytes: None }
    }

    /// The same, with the bytes that it concerns.
    #[must_use]
    pub fn at(self, bytes: Range<usize>) -> Self {
        Self { bytes: Some(bytes), ..self }
    }
}
