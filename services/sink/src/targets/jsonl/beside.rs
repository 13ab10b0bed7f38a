//! A folder of JSON Lines written anew beside the old one.

use std::{fs, path::PathBuf};

use super::Jsonl;
use crate::{JsonlConfig, Target, folder, rebuild::Beside};

/// The new folder, and the path of the old one.
pub(crate) struct BesideJsonl {
    target: Jsonl,
    path: PathBuf,
}

impl BesideJsonl {
    pub(crate) fn open(config: &JsonlConfig) -> anyhow::Result<Self> {
        // The old one must be there to be changed for the new one.
        let path = Jsonl::open(config)?.folder.path;
        for end in ["new", "old"] {
            // What an earlier rebuild left half done.
            let left = path.with_added_extension(end);
            if fs::exists(&left)? {
                fs::remove_dir_all(left)?;
            }
        }
        let new = path.with_added_extension("new").display().to_string();
        let target = Jsonl::open(&JsonlConfig { path: new, ..config.clone() })?;
        Ok(Self { target, path })
    }
}

impl Beside for BesideJsonl {
    fn target(&mut self) -> &mut dyn Target {
        &mut self.target
    }

    fn swap(self: Box<Self>) -> anyhow::Result<()> {
        Ok(folder::swap(&self.path, &self.target.folder.path)?)
    }
}
