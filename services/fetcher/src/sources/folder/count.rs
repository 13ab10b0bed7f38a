//! What a file holds, without a source: how many items can be read and how many cannot.

use std::path::Path;

use super::files;
use super::open::{Bounds, Found, OpenFile};
use crate::Config;

/// What was found in a file or below a folder.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Count {
    /// Items that can be read.
    pub items: u64,
    /// Items, or files as a whole, that cannot.
    pub broken: u64,
}

/// Counts the items of a file, a folder or an archive as a folder source would read them; an error
/// says which path cannot be listed.
pub fn count_items(path: &Path, config: &Config) -> Result<Count, String> {
    let mut count = Count::default();
    for file in files::list(path)? {
        let Ok(mut open) = OpenFile::read(&file, Bounds::of(config)) else {
            count.broken += 1;
            continue;
        };
        let mut cursor = 0;
        while let Some(step) = open.step(cursor) {
            match step.found {
                Found::Item(_) => count.items += 1,
                Found::Broken(..) => count.broken += 1,
            }
            cursor = step.next;
        }
    }
    Ok(count)
}
