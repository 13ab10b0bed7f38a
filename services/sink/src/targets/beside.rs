//! A folder of files written anew beside the old one.

use std::{fs, path::PathBuf};

use crate::{Target, folder, rebuild::Beside};

/// The new folder, and the path of the old one.
pub(crate) struct BesideFolder<T> {
    target: T,
    old: PathBuf,
    new: PathBuf,
}

impl<T: Target> BesideFolder<T> {
    /// Opens a target at a path by `open`, and another beside it.
    pub(crate) fn open(
        path: &str,
        open: impl Fn(String) -> anyhow::Result<T>,
    ) -> anyhow::Result<Self> {
        // The old one must be there to be changed for the new one.
        open(path.to_owned())?;
        let old = PathBuf::from(path);
        for end in ["new", "old"] {
            // What an earlier rebuild left half done.
            let left = old.with_added_extension(end);
            if fs::exists(&left)? {
                fs::remove_dir_all(left)?;
            }
        }
        let new = old.with_added_extension("new");
        let target = open(new.display().to_string())?;
        Ok(Self { target, old, new })
    }
}

impl<T: Target> Beside for BesideFolder<T> {
    fn target(&mut self) -> &mut dyn Target {
        &mut self.target
    }

    fn swap(self: Box<Self>) -> anyhow::Result<()> {
        Ok(folder::swap(&self.old, &self.new)?)
    }
}
