//! dateline: all stages in one process, and the operator's commands.

mod arguments;
mod check;
mod explain;
mod export;
mod extract;
mod look;
mod one;
mod operate;
mod page;
mod paint;
mod publish;
mod rows;
mod run;
mod score;
mod totals;
mod warehouse;

use std::{io::Write, process::ExitCode};

use clap::Parser;

use arguments::{Arguments, Command, NameScheme, ScoreOptions, SinkOptions};
use dateline_language::names::Scheme;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = arguments.config.as_deref();
    let result = match &arguments.command {
        Command::Run(options) => run::run(config, options),
        Command::Console(options) => page::serve(config, options),
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
        Command::Sources { folder: Some(folder), .. } => publish::apply(config, folder),
        Command::Sources { folder: None, bus } => operate::health::health(config, bus),
        Command::Topics(options) => operate::topics::topics(config, options),
        Command::Tap(options) => operate::tap::tap(config, options),
        Command::Trace(options) => operate::trace::trace(config, options),
        Command::Dead { what } => operate::dead::dead(config, what),
        Command::Replay(options) => operate::replay::replay(config, options),
        Command::Top(options) => operate::top::top(config, options),
        Command::Completion { shell } => Ok(operate::manual::completion(*shell)),
        Command::Man { folder } => operate::manual::pages(folder),
        Command::Sink { what: SinkOptions::Verify { which } } => {
            warehouse::verify(config, which.target.as_deref())
        }
        Command::Sink { what: SinkOptions::Maintain { which } } => {
            warehouse::maintain(config, which.target.as_deref())
        }
        Command::Sink { what: SinkOptions::Rebuild { from, which } } => {
            warehouse::rebuild(config, from.as_deref(), which.target.as_deref())
        }
    };
    result.unwrap_or_else(|error| {
        eprintln(&format!("error: {error:#}"));
        let wrong_config = error.chain().any(|cause| {
            cause.is::<dateline_runtime::config::ConfigError>() || cause.is::<arguments::Unusable>()
        });
        ExitCode::from(if wrong_config { dateline_runtime::EXIT_CONFIG } else { 1 })
    })
}

/// What a person or a pipe is to read. Where nobody reads on, as behind `| head`, there is nothing
/// left to do.
fn println(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// What a person is to read beside the results.
#[allow(clippy::print_stderr)] // the one place that prints remarks
fn eprintln(text: &str) {
    eprintln!("{text}");
}
