//! dateline: all stages in one process, and the operator's commands.

mod arguments;
mod check;
mod explain;
mod export;
mod extract;
mod look;
mod one;
mod paint;
mod publish;
mod rows;
mod run;
mod score;
mod totals;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, NameScheme, ScoreOptions};
use dateline_language::names::Scheme;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = arguments.config.as_deref();
    let result = match &arguments.command {
        Command::Run(options) => run::run(config, options),
        Command::Check { sources } => check::check(config, sources),
        Command::Config => check::show(config),
        Command::Clean(options) => one::clean(config, options),
        Command::Score { what: ScoreOptions::Pages { gold, predictions } } => {
            score::pages(config, gold, predictions.as_deref())
        }
        Command::Score { what: ScoreOptions::Events { gold, texts, predictions } } => {
            score::events(config, gold, texts.as_deref(), predictions.as_deref())
        }
        Command::Score { what: ScoreOptions::Ner { files, scheme, predictions } } => {
            let scheme = match scheme {
                NameScheme::News => Scheme::News,
                NameScheme::Conll => Scheme::Conll,
            };
            score::names(files, scheme, predictions.as_deref())
        }
        Command::Extract(options) => extract::extract(config, options),
        Command::Export { input, form } => export::export(input, *form),
        Command::Fetch { url, json, body } => look::fetch(config, url, (*json, *body)),
        Command::Addresses { folder } => publish::addresses(config, folder),
        Command::Sources { folder } => publish::apply(config, folder),
    };
    result.unwrap_or_else(|error| {
        eprintln(&format!("error: {error:#}"));
        let wrong_config = error.chain().any(|cause| {
            cause.is::<dateline_runtime::config::ConfigError>() || cause.is::<arguments::Unusable>()
        });
        ExitCode::from(if wrong_config { dateline_runtime::EXIT_CONFIG } else { 1 })
    })
}

/// What a person or a pipe is to read.
#[allow(clippy::print_stdout)] // the one place that prints results
fn println(text: &str) {
    println!("{text}");
}

/// What a person is to read beside the results.
#[allow(clippy::print_stderr)] // the one place that prints remarks
fn eprintln(text: &str) {
    eprintln!("{text}");
}
