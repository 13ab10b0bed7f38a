//! The token that dead letters want: read from its file, or made once in the data directory.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use dateline_record::ContentHash;

use crate::Config;

/// The file that is made where the settings name none.
const FILE: &str = "console-token";

/// The token, and where it stands.
pub(crate) fn read(config: &Config, data_dir: &str) -> anyhow::Result<(String, String)> {
    if !config.token_file.is_empty() {
        let path = &config.token_file;
        let text =
            fs::read_to_string(path).with_context(|| format!("console.token_file: {path}"))?;
        let token = text.trim().to_owned();
        anyhow::ensure!(token.len() >= 16, "console.token_file: {path}: wants 16 letters or more");
        return Ok((token, path.clone()));
    }
    let path = Path::new(data_dir).join(FILE);
    let place = path.display().to_string();
    match make(&path) {
        Ok(token) => Ok((token, place)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path).with_context(|| place.clone())?;
            Ok((text.trim().to_owned(), place))
        }
        // Without a place to keep one there is none, and letters are only listed.
        Err(error) => {
            tracing::warn!(%error, path = place, "no token: the console only shows");
            Ok((String::new(), place))
        }
    }
}

fn make(path: &Path) -> std::io::Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    let token = ContentHash::of(&bytes).to_string();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{token}")?;
    Ok(token)
}
