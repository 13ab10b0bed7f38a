//! Waking consumers after a commit: a condition variable within the process, and a small file
//! that is written after each COMMIT for the other processes (the WAL itself changes too early).

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// Counts commits that this process knows of.
#[derive(Default)]
struct Bell {
    commits: Mutex<u64>,
    rung: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.commits.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.rung.notify_all();
    }
}

/// Rings when any process has committed.
pub(super) struct Wake {
    bell: Arc<Bell>,
    file: File,
    /// Kept for its thread; absent where the system lends no watch, so that polling must do.
    _watcher: Option<RecommendedWatcher>,
}

impl Wake {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let bell = Arc::new(Bell::default());
        let watcher = watch(path, Arc::clone(&bell))
            .inspect_err(|error| {
                tracing::warn!(%error, "file watch refused, falling back to polling");
            })
            .ok();
        Ok(Self { bell, file, _watcher: watcher })
    }

    /// To be called after each COMMIT. A failure to write only makes others wait for their poll.
    pub(super) fn ring(&self) {
        self.bell.ring();
        if let Err(error) = self.file.write_at(b"\n", 0) {
            tracing::debug!(%error, "wake file not written");
        }
    }

    /// The number of rings so far: take it before looking for records, then wait for a change.
    pub(super) fn count(&self) -> u64 {
        *self.bell.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the count differs from `seen`, at most `wait`.
    pub(super) fn wait(&self, seen: u64, wait: Duration) {
        let commits = self.bell.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let unchanged = |commits: &mut u64| *commits == seen;
        drop(self.bell.rung.wait_timeout_while(commits, wait, unchanged));
    }
}

fn watch(path: &Path, bell: Arc<Bell>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error of the watch may stand for lost events, so it rings, too.
        if event.is_err() || event.is_ok_and(|event| matches!(event.kind, EventKind::Modify(_))) {
            bell.ring();
        }
    })?;
    watcher.watch(path, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_ring_wakes_another_process_and_a_quiet_wait_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wake");
        // Two handles share no bell, as two processes do.
        let (here, there) = (Wake::open(&path).unwrap(), Wake::open(&path).unwrap());
        let seen = there.count();
        here.ring();
        let start = Instant::now();
        there.wait(seen, Duration::from_secs(5));
        assert!(there.count() > seen);
        assert!(start.elapsed() < Duration::from_secs(1));
        // The watch may report one write as several events: wait for quiet.
        std::thread::sleep(Duration::from_millis(50));
        let seen = there.count();
        let start = Instant::now();
        there.wait(seen, Duration::from_millis(30));
        assert!(start.elapsed() >= Duration::from_millis(30));
    }
}
