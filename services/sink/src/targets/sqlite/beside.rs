//! A SQLite file written anew beside the old one.

use std::{fs, path::PathBuf};

use anyhow::{Context, ensure};
use rusqlite::Connection;

use super::Sqlite;
use crate::{SqliteConfig, Target, rebuild::Beside};

/// The new file, and the path of the old one.
pub(crate) struct BesideSqlite {
    target: Sqlite,
    path: PathBuf,
    new: PathBuf,
}

impl BesideSqlite {
    pub(crate) fn open(config: &SqliteConfig) -> anyhow::Result<Self> {
        let path = PathBuf::from(&config.path);
        let new = path.with_added_extension("new");
        // What an earlier rebuild left half done.
        for end in ["", "-wal", "-shm"] {
            let mut name = new.clone().into_os_string();
            name.push(end);
            if fs::exists(&name)? {
                fs::remove_file(&name)?;
            }
        }
        let target = Sqlite::open(&SqliteConfig { path: new.display().to_string() })?;
        Ok(Self { target, path, new })
    }
}

impl Beside for BesideSqlite {
    fn target(&mut self) -> &mut dyn Target {
        &mut self.target
    }

    /// Neither file may have a write-ahead log when it is moved: SQLite finds logs by the path.
    fn swap(self: Box<Self>) -> anyhow::Result<()> {
        leave_wal(&self.target.connection).context("the new file is in use")?;
        drop(self.target);
        if fs::exists(&self.path)? {
            let old = Connection::open(&self.path)?;
            leave_wal(&old).with_context(|| {
                format!(
                    "sqlite.path: {:?} is open elsewhere; stop the sink and what reads the file, \
                     then run this again",
                    self.path.display()
                )
            })?;
        }
        fs::rename(&self.new, &self.path)?;
        Ok(())
    }
}

/// Takes a file out of write-ahead mode, which only the last to have it open can.
fn leave_wal(connection: &Connection) -> anyhow::Result<()> {
    let mode: String =
        connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    ensure!(mode == "delete", "it is in use");
    Ok(())
}
