//! What the logs tell of a record beside its id: a few facts, never its text.

use std::borrow::Cow;

/// The facts of one record; what does not apply is absent from the line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// The version of the story.
    pub revision: Option<u64>,
    /// Where the story can be read, without query and fragment, which may carry keys.
    pub url: Option<String>,
    /// What the request for it was answered.
    pub http_status: Option<u16>,
    /// What kind of document it is.
    pub format: Option<Cow<'static, str>>,
    /// Bytes of the document.
    pub bytes: Option<u64>,
    /// The language of its text.
    pub language: Option<String>,
    /// The place of its dateline.
    pub place: Option<String>,
    /// Words of its text.
    pub words: Option<u64>,
    /// Pieces that were removed.
    pub removed: Option<u64>,
    /// Names that were found.
    pub mentions: Option<u64>,
    /// Events that were found.
    pub events: Option<u64>,
    /// Why it was not coded.
    pub not_coded: Option<&'static str>,
    /// Stories that it repeats.
    pub relations: Option<u64>,
}

/// An address without what may carry keys.
pub(crate) fn plain_url(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_no_keys() {
        let check = |url: &str, expected: &str| assert_eq!(plain_url(url), expected);
        check("https://example.org/a?token=secret#x", "https://example.org/a");
        check("https://example.org/a#x", "https://example.org/a");
        check("folder/a.txt", "folder/a.txt");
    }
}
