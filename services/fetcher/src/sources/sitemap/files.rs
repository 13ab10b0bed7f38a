//! The files of a site's sitemaps: which are asked for in a poll, and what is remembered of each.

use std::collections::HashSet;

use dateline_record::{ListedFile, RemoteFile, Timestamp, Validators};
use dateline_wire::sitemap::Entry;

use super::new_file;
use crate::Config;
use crate::sources::poll::Poll;

/// Files of one index that are remembered, the newest.
const MAX_CHILDREN: usize = 100;

/// A file to be asked for.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) url: String,
    /// Indexes above it.
    pub(super) depth: u32,
    /// When its index says that it was changed.
    pub(super) modified: Option<Timestamp>,
}

/// Which files are asked for in one poll: those to begin with, then what their indexes list.
pub(super) struct Plan {
    waiting: Vec<Due>,
    planned: HashSet<String>,
    open_indexes: Vec<(String, u32)>,
    left: usize,
    max_depth: u32,
    oldest: Timestamp,
}

impl Plan {
    pub(super) fn new(roots: &[String], config: &Config, oldest: Timestamp) -> Self {
        let due = |url: &String| Due { url: url.clone(), depth: 0, modified: None };
        Self {
            waiting: roots.iter().rev().map(due).collect(),
            planned: roots.iter().cloned().collect(),
            open_indexes: Vec::new(),
            left: config.max_sitemap_files_per_poll,
            max_depth: config.max_sitemap_depth,
            oldest,
        }
    }

    /// The next file; `known` is what is remembered, with what the files before it brought.
    pub(super) fn next(&mut self, known: &[RemoteFile]) -> Option<Due> {
        if self.left == 0 {
            return None;
        }
        if self.waiting.is_empty() {
            self.open(known);
        }
        let due = self.waiting.pop()?;
        self.left -= 1;
        self.open_indexes.push((due.url.clone(), due.depth));
        Some(due)
    }

    /// Lines up what the indexes list: first what is new or changed, then what was asked for
    /// longest ago.
    fn open(&mut self, known: &[RemoteFile]) {
        let file = |url: &str| known.iter().find(|file| file.url == url);
        let mut children = Vec::new();
        for (url, depth) in self.open_indexes.drain(..) {
            let index = file(&url).filter(|file| file.is_index && depth < self.max_depth);
            let listed = index.map_or(&[][..], |index| index.children.as_slice());
            children.extend(listed.iter().map(|child| Due {
                url: child.url.clone(),
                depth: depth + 1,
                modified: child.modified,
            }));
        }
        children.retain(|due| {
            let is_old = due.modified.is_some_and(|at| at < self.oldest);
            let before = file(&due.url);
            // An unchanged index may list files that have changed.
            let is_same = due.modified.is_some()
                && before.is_some_and(|file| file.modified == due.modified && !file.is_index);
            !is_old && !is_same && self.planned.insert(due.url.clone())
        });
        // The last one is asked for first.
        children.reverse();
        children.sort_by_key(|due| std::cmp::Reverse(file(&due.url).map(|file| file.asked_at)));
        self.waiting = children;
    }
}

impl RemoteFileExt for RemoteFile {
    fn take_children(&mut self, entries: Vec<Entry>) {
        self.is_index = true;
        self.children = entries
            .into_iter()
            .map(|entry| ListedFile { url: entry.url, modified: entry.modified })
            .collect();
        // Those without a time stay in their order, which mostly is that of time.
        if self.children.iter().any(|child| child.modified.is_some()) {
            self.children.sort_by_key(|child| std::cmp::Reverse(child.modified));
        }
        self.children.truncate(MAX_CHILDREN);
    }
}

/// What an index does with what it lists.
pub(super) trait RemoteFileExt {
    fn take_children(&mut self, entries: Vec<Entry>);
}

/// What to send with the request for a file.
pub(super) fn validators(files: &[RemoteFile], url: &str) -> Validators {
    let file = files.iter().find(|file| file.url == url);
    file.map(|file| file.validators.clone()).unwrap_or_default()
}

/// Remembers that a file was asked for, and what came of it.
pub(super) fn note(
    poll: &mut Poll<'_>,
    due: &Due,
    now: Timestamp,
    change: impl FnOnce(&mut RemoteFile),
) {
    let files = &mut poll.state.files;
    let at = files.iter().position(|file| file.url == due.url).unwrap_or_else(|| {
        files.push(new_file(&due.url, now));
        files.len() - 1
    });
    files[at].asked_at = now;
    files[at].modified = due.modified;
    change(&mut files[at]);
}

/// Forgets files beyond the bound, the longest not asked for first, never those to begin with.
pub(super) fn forget(files: &mut Vec<RemoteFile>, roots: &[String], max_files: usize) {
    files.sort_by_key(|file| (!roots.contains(&file.url), std::cmp::Reverse(file.asked_at)));
    files.truncate(max_files.max(roots.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(url: &str, children: &[(&str, Option<i64>)]) -> RemoteFile {
        let child = |(url, at): &(&str, Option<i64>)| Entry {
            url: (*url).to_owned(),
            modified: at.map(Timestamp::from_millis),
            news: None,
        };
        let mut file = new_file(url, Timestamp::from_millis(0));
        file.take_children(children.iter().map(child).collect());
        file
    }

    fn plan(known: &[RemoteFile], left: usize) -> Vec<String> {
        let mut config = crate::testing::config();
        config.max_sitemap_files_per_poll = left;
        config.max_sitemap_depth = 2;
        let mut plan = Plan::new(&["root".to_owned()], &config, Timestamp::from_millis(100));
        std::iter::from_fn(|| plan.next(known).map(|due| due.url)).collect()
    }

    #[test]
    fn follows_indexes_within_bounds() {
        let root = index("root", &[("old", Some(50)), ("new", Some(300)), ("newer", Some(400))]);
        assert_eq!(plan(std::slice::from_ref(&root), 9), ["root", "newer", "new"]);
        assert_eq!(plan(std::slice::from_ref(&root), 2), ["root", "newer"]);
        let mut same = new_file("newer", Timestamp::from_millis(1));
        same.modified = Some(Timestamp::from_millis(400));
        assert_eq!(plan(&[root, same], 9), ["root", "new"]);
    }

    #[test]
    fn a_ring_of_indexes_ends() {
        let ring = [index("root", &[("a", None)]), index("a", &[("root", None), ("b", None)])];
        assert_eq!(plan(&ring, 9), ["root", "a", "b"]);
        let deep =
            [index("root", &[("a", None)]), index("a", &[("b", None)]), index("b", &[("c", None)])];
        assert_eq!(plan(&deep, 9), ["root", "a", "b"], "two indexes deep and no deeper");
    }

    #[test]
    fn what_was_asked_for_longest_ago_goes_first() {
        let file = |url: &str, at: i64| new_file(url, Timestamp::from_millis(at));
        let root = index("root", &[("a", None), ("b", None), ("c", None)]);
        assert_eq!(plan(&[root, file("a", 9), file("b", 5)], 9), ["root", "c", "b", "a"]);
        let mut files = vec![file("a", 9), file("root", 1), file("b", 5)];
        forget(&mut files, &["root".to_owned()], 2);
        let kept: Vec<_> = files.iter().map(|file| file.url.as_str()).collect();
        assert_eq!(kept, ["root", "a"]);
    }
}
