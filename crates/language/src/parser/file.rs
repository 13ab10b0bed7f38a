//! The parser file: named sections of matrices, text and pairs of numbers.

use std::collections::HashMap;

use super::{ParserError, matrix::Matrix};

const MAGIC: &[u8] = b"DLPARSE1";

/// The sections of a file by their names.
pub(super) struct Sections<'b> {
    sections: HashMap<&'b str, Section<'b>>,
}

struct Section<'b> {
    kind: u8,
    rows: usize,
    columns: usize,
    data: &'b [u8],
}

impl<'b> Sections<'b> {
    /// The sections of the bytes of a file.
    pub(super) fn read(bytes: &'b [u8]) -> Result<Self, ParserError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(|| bad("magic", "of another kind"))?;
        let mut sections = HashMap::new();
        while !rest.is_empty() {
            let (name, section) = next(&mut rest).ok_or_else(|| bad("section", "cut short"))?;
            sections.insert(name, section);
        }
        Ok(Self { sections })
    }

    fn section(&self, name: &str, kinds: &[u8]) -> Result<&Section<'b>, ParserError> {
        let section = self.sections.get(name).ok_or_else(|| bad(name, "missing"))?;
        if !kinds.contains(&section.kind) {
            return Err(bad(name, "of another kind"));
        }
        Ok(section)
    }

    /// Whether the file has a section.
    pub(super) fn has(&self, name: &str) -> bool {
        self.sections.contains_key(name)
    }

    /// A matrix, with its bytes scaled back to numbers.
    pub(super) fn matrix(&self, name: &str) -> Result<Matrix, ParserError> {
        let section = self.section(name, &[0, 1])?;
        let (rows, columns) = (section.rows, section.columns);
        let numbers = if section.kind == 0 {
            section.data.chunks_exact(4).map(number).collect()
        } else {
            let (scales, cells) = section.data.split_at(rows * 4);
            let scales = scales.chunks_exact(4).map(number);
            let rows = scales.zip(cells.chunks_exact(columns.max(1)));
            rows.flat_map(|(scale, row)| row.iter().map(move |cell| scale * signed(*cell)))
                .collect()
        };
        Matrix::new(rows, columns, numbers).ok_or_else(|| bad(name, "of another size"))
    }

    /// A row of numbers.
    pub(super) fn row(&self, name: &str) -> Result<Vec<f32>, ParserError> {
        Ok(self.matrix(name)?.into_numbers())
    }

    /// The lines of a text.
    pub(super) fn lines(&self, name: &str) -> Result<std::str::Lines<'b>, ParserError> {
        let section = self.section(name, &[2])?;
        Ok(std::str::from_utf8(section.data).map_err(|_| bad(name, "no UTF-8"))?.lines())
    }

    /// Pairs of numbers.
    pub(super) fn pairs(&self, name: &str) -> Result<HashMap<u64, u64>, ParserError> {
        let section = self.section(name, &[3])?;
        let (pairs, _) = section.data.as_chunks::<16>();
        let half = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, b| sum << 8 | u64::from(*b));
        Ok(pairs.iter().map(|pair| (half(&pair[..8]), half(&pair[8..]))).collect())
    }
}

/// An error of a part of the file.
pub(super) fn bad(field: &str, problem: &str) -> ParserError {
    ParserError::File { field: field.to_owned(), problem: problem.to_owned() }
}

fn next<'b>(rest: &mut &'b [u8]) -> Option<(&'b str, Section<'b>)> {
    let length = usize::from(*take(rest, 1)?.first()?);
    let name = std::str::from_utf8(take(rest, length)?).ok()?;
    let kind = *take(rest, 1)?.first()?;
    let mut size = || Some(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?) as usize);
    let (rows, columns) = (size()?, size()?);
    let length = match kind {
        0 => rows.checked_mul(columns)?.checked_mul(4)?,
        1 => rows.checked_mul(columns.checked_add(4)?)?,
        2 => rows,
        3 => rows.checked_mul(16)?,
        _ => return None,
    };
    Some((name, Section { kind, rows, columns, data: take(rest, length)? }))
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn number(bytes: &[u8]) -> f32 {
    bytes.try_into().map_or(0.0, f32::from_le_bytes)
}

fn signed(cell: u8) -> f32 {
    f32::from(i8::from_le_bytes([cell]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sections() -> impl Strategy<Value = Vec<u8>> {
        let names = prop::sample::select(vec![
            "maxout.0",
            "maxout.0.b",
            "norm.0",
            "norms",
            "symbols",
            "embed.NORM",
            "lower",
            "upper",
        ]);
        let section = (names, 0u8..5, 0u32..9, 0u32..9, prop::collection::vec(any::<u8>(), 0..80));
        prop::collection::vec(section, 0..9).prop_map(|sections| {
            let mut bytes = MAGIC.to_vec();
            for (name, kind, rows, columns, data) in sections {
                bytes.push(u8::try_from(name.len()).unwrap());
                bytes.extend(name.as_bytes());
                bytes.push(kind);
                bytes.extend(rows.to_le_bytes());
                bytes.extend(columns.to_le_bytes());
                bytes.extend(data);
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(crate::Parser::load(&[MAGIC, &bytes].concat()).is_err());
        }

        #[test]
        fn any_sections_are_read_or_refused(bytes in sections()) {
            prop_assert!(crate::Parser::load(&bytes).is_err());
        }
    }
}
