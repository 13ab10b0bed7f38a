//! The arguments of the operator's commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Which bus, and how to print.
#[derive(Args)]
pub(crate) struct BusOptions {
    /// Look at the topics that are kept here [default: as the settings say]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Print JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do about topics.
#[derive(Args)]
pub(crate) struct TopicsOptions {
    /// Create the topics that are missing first
    #[arg(long)]
    pub(crate) create: bool,

    #[command(flatten)]
    pub(crate) bus: BusOptions,
}

/// What to print of a topic.
#[derive(Args)]
pub(crate) struct TapOptions {
    /// The topic; of dateline.raw.v1, raw is enough
    pub(crate) topic: String,

    /// Only records of this source
    #[arg(long, value_name = "ID")]
    pub(crate) source: Option<String>,

    /// Only records whose JSON has a match of this regular expression
    #[arg(long, value_name = "REGEX")]
    pub(crate) grep: Option<String>,

    /// From this time on: 2026-11-28T06:00:00Z, 2026-11-28, or 15m, 2h, 3d ago [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Print at most so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) max: Option<usize>,

    /// Print what is there, from its beginning or --since on, and end
    #[arg(long)]
    pub(crate) until_end: bool,

    #[command(flatten)]
    pub(crate) bus: BusOptions,
}

/// Which story to follow.
#[derive(Args)]
pub(crate) struct TraceOptions {
    /// The story's id, as all logs and tables have it
    pub(crate) story_id: String,

    /// Only records from this time on: 2026-11-28, or 15m, 2h, 3d ago
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    #[command(flatten)]
    pub(crate) bus: BusOptions,
}

/// What to do with dead letters.
#[derive(Subcommand)]
pub(crate) enum DeadOptions {
    /// List the letters that nobody has dealt with, the oldest first
    List {
        #[command(flatten)]
        choice: DeadChoice,
    },
    /// Print one letter with its record
    Show {
        /// The letter, as `dead list` names it
        letter: String,
        #[command(flatten)]
        bus: BusOptions,
    },
    /// Send the records back to where they were read, byte for byte
    Replay {
        #[command(flatten)]
        choice: DeadChoice,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Mark letters as not wanted any more
    Drop {
        #[command(flatten)]
        choice: DeadChoice,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which letters.
#[derive(Args)]
pub(crate) struct DeadChoice {
    /// These letters, as `dead list` names them
    #[arg(value_name = "LETTER")]
    pub(crate) letters: Vec<String>,

    /// Only those of this stage
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,

    /// Only those with this code
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,

    /// Only those from this time on: 2026-11-28, or 15m, 2h, 3d ago
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// At most so many, the oldest first
    #[arg(long, value_name = "COUNT")]
    pub(crate) max: Option<usize>,

    #[command(flatten)]
    pub(crate) bus: BusOptions,
}

/// What to do again.
#[derive(Args)]
pub(crate) struct ReplayOptions {
    /// The stage of today that is to handle the records of then
    #[arg(long, value_enum)]
    pub(crate) stage: ReplayStage,

    /// Records from this time on: 2026-11-28T06:00:00Z, 2026-11-28, or 15m, 2h, 3d ago
    #[arg(long, value_name = "TIME")]
    pub(crate) from: String,

    /// Records up to this time [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,

    /// Write the results to a topic beside the stage's own, with this suffix; else only compare
    #[arg(long, value_name = "SUFFIX")]
    pub(crate) into: Option<String>,

    #[command(flatten)]
    pub(crate) bus: BusOptions,
}

/// The stages that are functions of one record.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ReplayStage {
    /// Raw stories to clean ones
    Cleaner,
    /// Clean stories to events
    EntityExtractor,
}

/// How to look at the stages.
#[derive(Args)]
pub(crate) struct TopOptions {
    /// Milliseconds from one look to the next
    #[arg(long, default_value_t = 2_000, value_name = "MS")]
    pub(crate) interval_ms: u64,

    #[command(flatten)]
    pub(crate) bus: BusOptions,
}
