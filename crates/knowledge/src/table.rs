//! Rows of the files: fields between tabs.

/// A row of a knowledge file that is not as the others.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{file} line {line}: {fields} fields, expected {expected}; build it again with models/build.py"
)]
pub struct BadData {
    /// The file.
    pub file: &'static str,
    /// Its line, from 1.
    pub line: usize,
    /// How many fields the line has.
    pub fields: usize,
    /// How many it should have.
    pub expected: usize,
}

/// The rows of a file, each with `expected` fields.
pub(crate) fn rows(
    file: &'static str,
    text: &'static str,
    expected: usize,
) -> impl Iterator<Item = Result<Vec<&'static str>, BadData>> {
    text.lines().enumerate().map(move |(index, line)| {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields.len() == expected {
            return Ok(fields);
        }
        let (line, fields) = (index + 1, fields.len());
        Err(BadData { file, line, fields, expected })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_bad_line() {
        let error = rows("x.tsv", "a\tb\nc", 2).find_map(Result::err).unwrap();
        assert_eq!((error.line, error.fields), (2, 1));
    }
}
