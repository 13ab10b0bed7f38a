//! Folders, files and standard input: read in the order of their names, a bounded number of
//! stories at a time, resumable at each story; a watched folder goes on with new and changed files.

mod archive;
mod archive_tar;
mod archive_warc;
pub(crate) mod count;
pub(super) mod delivered;
mod files;
mod item;
mod members;
mod open;
pub(super) mod serials;
mod stdin;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dateline_record::{FaultCode, FetchState, SeenItem, SourceId, SourceKind, Timestamp};
use dateline_runtime::{BadInput, Fault, Polled};

use crate::{Tools, after, backoff};
use files::{File, STDIN};
use item::Origin;
use open::{Bounds, OpenFile};

/// What is kept of each folder between two polls, so that nothing is listed or split twice.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    readers: Mutex<HashMap<SourceId, Arc<Mutex<Reader>>>>,
}

/// One folder between two polls.
#[derive(Debug, Default)]
struct Reader {
    /// The files that are still to be read, the next one last.
    queue: Option<Vec<File>>,
    open: Option<OpenFile>,
    /// Whether each file's version is remembered.
    remembers: bool,
    /// Whether the file that is being read was read before, in another version.
    is_changed: bool,
    /// Where the state stood after the last poll. Another one means that the unit of work with
    /// that poll's stories was not committed, so that what is kept here is ahead of the truth.
    expected: Option<Position>,
}

/// Where a state stands.
type Position = (Option<String>, u64, Timestamp);

fn position(state: &FetchState) -> Position {
    (state.cursor_file.clone(), state.cursor_item, state.updated_at)
}

impl Folders {
    /// Reads on where the state says.
    pub(crate) async fn poll(
        &self,
        tools: &Tools,
        state: FetchState,
        now: Timestamp,
    ) -> Result<Polled, Fault> {
        let reader = {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(readers.entry(state.source.id.clone()).or_default())
        };
        let template = item::Template::new(tools, &state.source);
        let config = tools.config.clone();
        let work = tokio::task::spawn_blocking(move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let (stories, dead) = (Vec::new(), Vec::new());
            Poll { config, template, state, now, stories, dead, bytes: 0, is_whole: false }
                .run(&mut reader)
        });
        work.await.map_err(|error| Fault::retry(format!("reading a folder ended: {error}")))
    }
}

/// One poll of one folder.
struct Poll {
    config: crate::Config,
    template: item::Template,
    state: FetchState,
    now: Timestamp,
    stories: Vec<dateline_record::RawStory>,
    dead: Vec<BadInput>,
    bytes: usize,
    /// Whether all that waited was read.
    is_whole: bool,
}

impl Poll {
    fn run(mut self, reader: &mut Reader) -> Polled {
        let SourceKind::Folder { path, watch, interval_seconds } = self.state.source.kind.clone()
        else {
            return self.finish_now();
        };
        let start = Instant::now();
        if reader.expected.take() != Some(position(&self.state)) {
            reader.queue = None;
        }
        if reader.queue.is_none() {
            match self.list(Path::new(&path), watch) {
                Ok((files, remembers)) => {
                    reader.queue = Some(files);
                    reader.remembers = remembers;
                }
                Err(what) => return self.cannot_list(&path, watch, what),
            }
        }
        self.state.failures = 0;
        self.state.last_error = None;
        self.state.last_success_at = Some(self.now);
        while let Some(file) = reader.queue.as_ref().and_then(|queue| queue.last().cloned()) {
            if !self.read_file(reader, &file) {
                let now = self.now;
                return self.keep(reader, now);
            }
            // Standard input cannot be read a second time, so it stays.
            reader.open.take_if(|_| file.name != STDIN);
            reader.queue.as_mut().map(Vec::pop);
        }
        reader.queue = None;
        self.is_whole = true;
        self.state.exhausted = !watch;
        let interval = Duration::from_secs(interval_seconds);
        let next = after(
            self.now,
            if self.stories.is_empty() { interval } else { sooner(interval, start.elapsed()) },
        );
        self.keep(reader, next)
    }

    /// Ends a poll, and notes where it left the state.
    fn keep(self, reader: &mut Reader, next_poll_at: Timestamp) -> Polled {
        let polled = self.finish(next_poll_at);
        reader.expected = Some(position(&polled.state));
        polled
    }

    /// Ends a poll after which the next may follow at once.
    fn finish_now(self) -> Polled {
        let now = self.now;
        self.finish(now)
    }

    fn finish(mut self, next_poll_at: Timestamp) -> Polled {
        self.state.next_poll_at = next_poll_at;
        if matches!(self.state.source.kind, SourceKind::Folder { watch: true, .. }) {
            // A folder that is read once is in the order of its names, not in that of its wire.
            serials::note(&mut self.state, &self.stories, self.now, self.is_whole);
        }
        self.state.end_poll(self.now);
        let (stories, dead, errands) = (self.stories, self.dead, Vec::new());
        Polled { stories, errands, dead, state: self.state, http_status: None }
    }

    /// The files to read, the first one last, and whether each is remembered by its version. A
    /// folder that is read once and has too many for that is read in the order of their names.
    fn list(&mut self, path: &Path, watch: bool) -> Result<(Vec<File>, bool), String> {
        let mut files = files::list(path)?;
        let remembers = watch || (files.len() <= self.config.max_seen_files && !is_stdin(path));
        if remembers {
            let settle_ms = i64::try_from(self.config.file_settle_ms).unwrap_or(i64::MAX);
            let now = self.now.as_millis();
            // A time in the future tells of another clock, not of a file that is being written.
            let is_settled = |at: i64| !watch || at <= now - settle_ms || at > now + settle_ms;
            self.forget_missing(&files);
            let seen: HashMap<_, _> =
                self.state.seen.iter().map(|item| (&item.story_id, &item.content_hash)).collect();
            let begun = self.state.cursor_file.as_ref();
            let begun = begun.filter(|_| self.state.cursor_item != ALL_READ);
            files.retain(|file| {
                let id = file.id(&self.state.source.id);
                let is_known = seen.get(&id) == Some(&&file.version());
                is_settled(file.modified_ms) && (begun == Some(&file.name) || !is_known)
            });
            // The others come after it, or it would be read from its start again.
            files.sort_by_key(|file| begun != Some(&file.name));
        } else if let Some(done) = &self.state.cursor_file {
            files.retain(|file| file.name >= *done);
        }
        files.reverse();
        Ok((files, remembers))
    }

    /// Forgets files that are no longer there, and the longest unchanged beyond the bound.
    fn forget_missing(&mut self, files: &[File]) {
        let here: HashSet<_> = files.iter().map(|file| file.id(&self.state.source.id)).collect();
        self.state.seen.retain(|item| here.contains(&item.story_id));
        let surplus = self.state.seen.len().saturating_sub(self.config.max_seen_files);
        self.state.seen.drain(..surplus);
    }

    fn cannot_list(mut self, path: &str, watch: bool, what: String) -> Polled {
        tracing::warn!(source_id = %self.state.source.id, path, error = what, "folder cannot be read");
        self.state.failures = self.state.failures.saturating_add(1);
        self.state.last_error = Some(super::cut(&what));
        if !watch {
            // What is read once and is not there will not come: the run ends and says so.
            self.state.exhausted = true;
            let code = FaultCode::BadDocument;
            self.dead.push(BadInput { place: path.to_owned(), code, what, bytes: Vec::new() });
            return self.finish_now();
        }
        let pause =
            backoff::pause(&self.config, self.state.source.id.as_str(), self.state.failures);
        let next = after(self.now, pause);
        self.finish(next)
    }

    /// Reads the items of a file that are left; false where the poll is full before its end.
    fn read_file(&mut self, reader: &mut Reader, file: &File) -> bool {
        let remembers = reader.remembers;
        if !self.is_begun(file, remembers) {
            reader.is_changed = remembers && self.remember(file);
            self.state.cursor_file = Some(file.name.clone());
            self.state.cursor_item = 0;
        }
        // A file that has been read to its end is not read again after a restart.
        if self.state.cursor_item == ALL_READ {
            return true;
        }
        if reader.open.as_ref().is_none_or(|open| !open.is(file)) {
            reader.open = None;
            match OpenFile::read(file, Bounds::of(&self.config)) {
                Ok(open) => reader.open = Some(open),
                // A file that was taken away since the folder was listed is no bad story.
                Err(bad) => self.dead.extend(Some(bad).filter(|_| file.is_there())),
            }
        }
        if let Some(open) = &mut reader.open
            && !self.read_items(open, file, reader.is_changed)
        {
            return false;
        }
        self.state.cursor_item = ALL_READ;
        true
    }

    /// Whether the state stands in this very version of the file.
    fn is_begun(&self, file: &File, remembers: bool) -> bool {
        let id = file.id(&self.state.source.id);
        let is_same = || {
            let seen = self.state.seen.iter().find(|item| item.story_id == id);
            seen.is_some_and(|item| item.content_hash == file.version())
        };
        self.state.cursor_file.as_ref() == Some(&file.name) && (!remembers || is_same())
    }

    /// Reads items up to the poll's bounds; false where some are left.
    fn read_items(&mut self, open: &mut OpenFile, file: &File, is_changed: bool) -> bool {
        loop {
            // Before the item is read: an archive would have to be read to it again.
            let is_full = self.stories.len() + self.dead.len() >= self.config.max_stories_per_poll
                || self.bytes >= self.config.max_bytes_per_poll;
            if is_full {
                return false;
            }
            let Some(step) = open.step(self.state.cursor_item) else {
                return true;
            };
            let origin = Origin {
                file: step.file.unwrap_or(file),
                number: step.number,
                is_changed,
                charset: step.charset,
                place: step.place,
                now: self.now,
                revised_at: self.state.version_time(self.now),
            };
            let max_bytes = self.config.max_body_bytes;
            match self.template.story(step.format, &step.found, &origin, max_bytes) {
                Ok(mut story) => {
                    if let Some(capture) = step.capture {
                        capture.fill(&mut story);
                    }
                    self.bytes += story.body.as_bytes().len();
                    self.stories.push(story);
                }
                Err(bad) => {
                    self.bytes += bad.bytes.len();
                    self.dead.push(bad);
                }
            }
            self.state.cursor_item = step.next;
        }
    }

    /// Notes the version of a file; whether another one was noted before.
    fn remember(&mut self, file: &File) -> bool {
        let id = file.id(&self.state.source.id);
        let known = self.state.seen.len();
        self.state.seen.retain(|item| item.story_id != id);
        let is_changed = self.state.seen.len() < known;
        self.state.seen.push(SeenItem { story_id: id, content_hash: file.version() });
        is_changed
    }
}

/// A folder that has brought stories is looked at so many times as often.
const SOONER: u32 = 5;

/// A pause is at least so many times as long as the look before it.
const LOOKS: u32 = 5;

/// The cursor after the last item of a file.
const ALL_READ: u64 = u64::MAX;

/// When a folder is looked at again that has just brought stories: where some come, more do, and their
/// readers wait. What a look costs bounds it: a folder of many files takes long to list.
fn sooner(interval: Duration, look: Duration) -> Duration {
    (interval / SOONER).max(look * LOOKS).min(interval)
}

/// Whether a path stands for standard input.
fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == STDIN
}
