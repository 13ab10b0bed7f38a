//! The command line.

mod operate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use operate::{
    BusOptions, DeadChoice, DeadOptions, ReplayOptions, ReplayStage, TapOptions, TopOptions,
    TopicsOptions, TraceOptions,
};

/// An argument that clap takes but the work does not.
#[derive(Debug)]
pub(crate) struct Unusable(pub(crate) String);

impl std::fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

/// Streams raw news stories in and coded events out
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Settings that differ from the defaults
    #[arg(long, global = true, env = "DATELINE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run all stages in this process
    Run(RunOptions),
    /// Serve the page that shows the events and the flow of a data directory
    Console(ConsoleOptions),
    /// Check the settings and the sources, and change nothing
    Check {
        /// The folder of the sources' files
        #[arg(long, default_value = "config/sources", value_name = "DIR")]
        sources: PathBuf,
    },
    /// Print the settings in force, with secrets masked
    Config,
    /// Clean stories and print the records as JSON
    Clean(CleanOptions),
    /// Measure how well Dateline cleans, finds names and codes events
    Score {
        #[command(subcommand)]
        what: ScoreOptions,
    },
    /// Clean a story and print its mentions and events as JSON
    Extract(ExtractOptions),
    /// Print records of events as a table of older event data
    Export {
        /// Records, one a line, as `extract --jsonl` prints them, or - for standard input
        input: String,

        /// Whose columns
        #[arg(long = "as", value_enum, value_name = "FORM")]
        form: ExportForm,
    },
    /// Fetch one address as a source would, and print what came and what would be taken of it
    Fetch {
        /// A page, a feed or a sitemap
        url: String,
        /// Print all of it as JSON
        #[arg(long, conflicts_with = "body")]
        json: bool,
        /// Print the body as it came
        #[arg(long)]
        body: bool,
    },
    /// Print where the sources that are delivered to are delivered to, and with what secret
    Addresses {
        /// The folder of the sources' files
        #[arg(default_value = "config/sources", value_name = "DIR")]
        folder: PathBuf,
    },
    /// Look after the warehouse
    Sink {
        #[command(subcommand)]
        what: SinkOptions,
    },
    /// Print how each source is; with a folder, tell the fetchers of a cluster what to fetch
    Sources {
        /// Publish the sources of this folder; it is the truth, what it lacks is no longer fetched
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        #[command(flatten)]
        bus: BusOptions,
    },
    /// Compare the topics with those that there should be
    Topics(TopicsOptions),
    /// Print the records of a topic as they come
    Tap(TapOptions),
    /// Print a story's way: its records on all topics, with times and outcome
    Trace(TraceOptions),
    /// List, show, replay or drop what a stage could not handle
    Dead {
        #[command(subcommand)]
        what: DeadOptions,
    },
    /// Let a stage of today handle the records of then, on a topic beside its own, and compare
    Replay(ReplayOptions),
    /// Show rate, lag, age and errors of each stage
    Top(TopOptions),
    /// Print the completion script of a shell
    Completion {
        /// The shell
        shell: Shell,
    },
    /// Write man pages
    Man {
        /// The folder to write them to
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// What to do with the warehouse.
#[derive(Subcommand)]
pub(crate) enum SinkOptions {
    /// Compare it with the topics, by the day: counts and hashes
    Verify {
        #[command(flatten)]
        which: WhichTarget,
    },
    /// Write it anew from the topics, beside the old one, and swap them
    Rebuild {
        /// Only what came to the topics from this day or time on, for example 2014-10-07
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        #[command(flatten)]
        which: WhichTarget,
    },
    /// Take words of killed stories out of its files now
    Maintain {
        #[command(flatten)]
        which: WhichTarget,
    },
}

/// Which of several warehouses.
#[derive(Args)]
pub(crate) struct WhichTarget {
    /// The target, where [sink] names several; without it sink.target
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<String>,
}

/// What to clean, and what to print of it.
#[derive(Args)]
pub(crate) struct CleanOptions {
    /// Files, folders, URLs, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,

    /// Print one record a line
    #[arg(long)]
    pub(crate) jsonl: bool,

    /// Print every block with what became of it instead of the record
    #[arg(long, conflicts_with = "jsonl")]
    pub(crate) explain: bool,

    /// Write a page that shows what was kept and what was dropped, and why
    #[arg(long, value_name = "OUT")]
    pub(crate) html: Option<PathBuf>,
}

/// What to extract from, and what to print of it.
#[derive(Args)]
pub(crate) struct ExtractOptions {
    /// The file, the URL, or -
    pub(crate) input: String,

    /// Read {id, text, published, title?} a line and print the record a line
    #[arg(long)]
    pub(crate) jsonl: bool,

    /// Print every sentence with what was found, scored and dropped instead of the record
    #[arg(long)]
    pub(crate) explain: bool,

    /// Write a page that shows the names in colour
    #[arg(long, value_name = "OUT", conflicts_with_all = ["jsonl", "explain"])]
    pub(crate) html: Option<PathBuf>,
}

/// Whose columns a table has.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExportForm {
    /// GDELT 2.0, 61 columns
    Gdelt,
    /// Phoenix, 26 columns
    Phoenix,
}

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum ScoreOptions {
    /// Clean the pages that a gold file names, and compare with what it says of them
    Pages {
        /// One page a line: id, set, page (a path from the file's folder), url, candidates of
        /// {paragraphs, title, authors, date}
        gold: PathBuf,

        /// Write what was found, one page a line
        #[arg(long, value_name = "OUT")]
        predictions: Option<PathBuf>,
    },
    /// Code the stories or sentences of a gold file, and compare with its events
    Events {
        /// Stories with events ({id, published, title, text, events} a line), or sentences with one
        /// event each ({id, type, source, target, reciprocal} a line)
        gold: PathBuf,

        /// The texts of the gold file's rows, where they stand apart ({id, text, date} a line)
        #[arg(long, value_name = "FILE")]
        texts: Option<PathBuf>,

        /// Write what was found, in the gold file's form
        #[arg(long, value_name = "OUT")]
        predictions: Option<PathBuf>,
    },
    /// Tag files of tokens whose names are marked (CoNLL-2003, or token, tab, label), and compare
    Ner {
        /// Files of tokens and labels
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,

        /// Mark names as the product does, or as CoNLL-2003 does
        #[arg(long, value_enum, default_value = "news")]
        scheme: NameScheme,

        /// Write each token with its mark and with what was found
        #[arg(long, value_name = "OUT")]
        predictions: Option<PathBuf>,
    },
}

/// Whose rules for names count.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum NameScheme {
    /// World newswire
    News,
    /// CoNLL-2003
    Conll,
}

/// What the page shows.
#[derive(Args)]
pub(crate) struct ConsoleOptions {
    /// Show the topics and the warehouse that are kept here [default: as the settings say]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Serve it here [default: as the settings say, 127.0.0.1:8787]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
}

/// How to run.
#[derive(Args)]
pub(crate) struct RunOptions {
    /// Read this file or folder (- for standard input), and stop when it is done: text, HTML,
    /// Reuters SGML, JSON Lines of {id, title, text, published}
    #[arg(long, value_name = "PATH")]
    pub(crate) input: Option<String>,

    /// Keep the topics and the warehouse here [default: dateline-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Fetch the sources of this folder
    #[arg(long, default_value = "config/sources", value_name = "DIR", conflicts_with = "input")]
    pub(crate) sources: PathBuf,

    /// End with one line of totals as JSON on standard output; logs go to standard error
    #[arg(long)]
    pub(crate) json: bool,
}
