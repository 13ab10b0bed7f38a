//! The files of a folder: all below it in the order of their names; hidden and half-written ones,
//! and the notes of those who keep the folder, are left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use dateline_record::{ContentHash, SourceId, StoryId};

/// The path that stands for standard input.
pub(super) const STDIN: &str = "-";

/// Stands between the name of an archive and that of a file within it.
const WITHIN: &str = "!/";

/// Endings of files that somebody is still writing.
const HALF_WRITTEN: &[&str] = &[".tmp", ".part", ".partial", ".swp", ".crdownload", "~"];

/// Endings of notes about a folder: no wire or site delivers Markdown.
const NOTES: &[&str] = &[".md", ".markdown"];

/// Folders within folders.
const MAX_DEPTH: usize = 32;

/// A file as it was when the folder was listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct File {
    /// Its path below the source's path, with `/` between the parts; the file's own name where
    /// the source is a file.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
    pub(super) modified_ms: i64,
    modified_ns: u128,
    /// Where its bytes lie, where that is not its path.
    spool: Option<PathBuf>,
}

impl File {
    /// Names the file within its source.
    pub(super) fn id(&self, source: &SourceId) -> StoryId {
        StoryId::derive(source.as_str(), &self.name)
    }

    /// Another value is another version of the file.
    pub(super) fn version(&self) -> ContentHash {
        ContentHash::of(format!("{} {}", self.size_bytes, self.modified_ns).as_bytes())
    }

    /// Whether the file is still there.
    pub(super) fn is_there(&self) -> bool {
        self.name == STDIN || self.path.exists()
    }

    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        match self.name.split_once(WITHIN) {
            Some((_, entry)) => format!("{}{WITHIN}{entry}", self.path.display()),
            None => self.path.display().to_string(),
        }
    }

    /// Whether it came by standard input, or within what did.
    pub(super) fn is_stdin(&self) -> bool {
        self.name.split(WITHIN).next() == Some(STDIN)
    }

    /// Where its bytes are read.
    pub(super) fn at(&self) -> &Path {
        self.spool.as_deref().unwrap_or(&self.path)
    }

    /// The same file, whose bytes were laid down elsewhere.
    pub(super) fn spooled(&self, at: &Path, size_bytes: u64) -> Self {
        Self { spool: Some(at.to_owned()), size_bytes, ..self.clone() }
    }

    /// A file within this one, which is an archive. Its name is only a name: nothing is ever
    /// written there.
    pub(super) fn within(&self, entry: &str) -> Self {
        let parts = entry.split(['/', '\\']);
        let kept: Vec<&str> = parts.filter(|part| !matches!(*part, "" | "." | "..")).collect();
        Self { name: format!("{}{WITHIN}{}", self.name, kept.join("/")), ..self.clone() }
    }

    fn of(path: &Path, name: String) -> Result<Self, String> {
        let read = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
        let metadata = fs::metadata(path).map_err(read)?;
        let modified = metadata.modified().map_err(read)?;
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self {
            name,
            path: path.to_owned(),
            size_bytes: metadata.len(),
            modified_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            modified_ns: since.as_nanos(),
            spool: None,
        })
    }

    /// What was delivered has no place, as what comes by standard input.
    pub(super) fn delivered(source: &SourceId) -> Self {
        Self { path: format!("delivery for {source}").into(), ..Self::stdin() }
    }

    fn stdin() -> Self {
        Self {
            name: STDIN.to_owned(),
            path: STDIN.into(),
            size_bytes: 0,
            modified_ms: 0,
            modified_ns: 0,
            spool: None,
        }
    }
}

/// The files below a path in the order of their names; an error says which path and why.
pub(super) fn list(path: &Path) -> Result<Vec<File>, String> {
    if super::is_stdin(path) {
        return Ok(vec![File::stdin()]);
    }
    let metadata = fs::metadata(path)
        .map_err(|error| format!("path {} cannot be read: {error}", path.display()))?;
    if metadata.is_file() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![File::of(path, name)?]);
    }
    let mut files = Vec::new();
    walk(path, "", 0, &mut files)?;
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// Whether a file of that name is no story.
pub(super) fn is_left_out(name: &str) -> bool {
    let mut left_out = HALF_WRITTEN.iter().chain(NOTES);
    name.starts_with('.') || left_out.any(|ending| name.ends_with(ending))
}

fn walk(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<File>) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("{} is nested deeper than {MAX_DEPTH} folders", folder.display()));
    }
    let read =
        |error: std::io::Error| format!("folder {} cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_left_out(&name) {
            continue;
        }
        let name = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(read)?;
        if kind.is_dir() {
            walk(&entry.path(), &format!("{name}/"), depth + 1, files)?;
        } else if entry.path().is_file() {
            // A file that vanished since the folder was opened is no error.
            files.extend(File::of(&entry.path(), name));
        }
    }
    Ok(())
}
