//! Where the public corpora are; a test without them says so and passes.

use std::path::PathBuf;

#[allow(clippy::print_stdout)]
/// A folder of the corpora, or none with a word on it.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("DATELINE_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")),
        PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no {}; set DATELINE_CORPORA", folder.display());
    None
}
