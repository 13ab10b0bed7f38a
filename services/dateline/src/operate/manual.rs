//! `dateline manual`: completions for shells and man pages, made from the arguments themselves.

use std::{fs, path::Path, process::ExitCode};

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::{arguments::Arguments, println};

/// Prints the completion script of a shell.
pub(crate) fn completion(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "dateline", &mut script);
    println(String::from_utf8_lossy(&script).trim_end());
    ExitCode::SUCCESS
}

/// Writes a page for `dateline` and one for each of its commands.
pub(crate) fn pages(folder: &Path) -> anyhow::Result<ExitCode> {
    let doing = || format!("{}: man pages not written", folder.display());
    fs::create_dir_all(folder).with_context(doing)?;
    clap_mangen::generate_to(Arguments::command(), folder).with_context(doing)?;
    println(&format!(
        "man pages written; look: man -M {0} or man {0}/dateline.1",
        folder.display()
    ));
    Ok(ExitCode::SUCCESS)
}
