//! PostgreSQL: a story's rows are replaced in one transaction, with the next offsets in the same.

mod beside;
mod copy;
mod maintain;
mod read;
mod reader;
mod schema;
mod session;
mod write;

pub(crate) use beside::BesidePostgres;
pub(crate) use reader::PostgresReader;

use std::time::Duration;

use anyhow::Context;
use dateline_bus::{Place, Positions};
use dateline_runtime::{Fault, Landing, SinkRecord, Written};
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;

use crate::{
    Maintained, PostgresConfig, Target,
    claims::Claims,
    unfit::{Limits, unfit},
};
use session::{Connector, Session};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{}", words(.0))]
    Postgres(#[from] tokio_postgres::Error),
    #[error("no answer within {0} ms (sink.postgres.request_timeout_ms)")]
    Late(u128),
    /// What was taken back is visible to somebody still.
    #[error(
        "killed words are not out of the files yet: {0}; end it, or try again when it has ended"
    )]
    Held(String),
    /// What no repetition can mend.
    #[error("{0}")]
    Fatal(String),
}

/// The words of an error with those of its cause: the database's own message is in the cause.
fn words(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Postgres(error) if !may_pass(error) => Self::Fatal(failure.into()),
            Failure::Fatal(_) => Self::Fatal(failure.into()),
            Failure::Postgres(_) | Failure::Late(_) | Failure::Held(_) => {
                Self::retry(failure.to_string())
            }
        }
    }
}

/// Whether the same call may succeed later: what the server has no code for happened on the way.
fn may_pass(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else {
        return true;
    };
    // Connection, transaction rolled back, resources, not in a state to, operator, system.
    let passing = ["08", "25", "40", "53", "55", "57", "58"];
    passing.iter().any(|class| code.code().starts_with(class))
        && *code != SqlState::DATABASE_DROPPED
}

/// A warehouse in a schema of a PostgreSQL database.
pub(crate) struct Postgres {
    tokio: Runtime,
    connector: Connector,
    timeout: Duration,
    maintain_timeout: Duration,
    /// None before the first call and after one that failed.
    session: Option<Session>,
    memory: Memory,
}

/// What outlives a connection.
#[derive(Default)]
struct Memory {
    claims: Claims,
    /// The rows of the last try, whose answer may have been lost.
    tried_rows: u64,
}

impl Postgres {
    pub(crate) fn open(config: &PostgresConfig) -> anyhow::Result<Self> {
        let connector = Connector::new(config)?;
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("postgres: no runtime")?;
        let timeout = Duration::from_millis(config.request_timeout_ms);
        let maintain_timeout = Duration::from_millis(config.maintain_timeout_ms);
        Ok(Self {
            tokio,
            connector,
            timeout,
            maintain_timeout,
            session: None,
            memory: Memory::default(),
        })
    }

    /// Runs a call on a connection, within its time. What fails closes the connection: the next
    /// call opens another and finds out what has become of this one.
    fn call<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Session, &mut Memory) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        self.call_within(self.timeout, work)
    }

    fn call_within<T>(
        &mut self,
        timeout: Duration,
        work: impl AsyncFnOnce(&mut Session, &mut Memory) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        let Self { tokio, connector, session, memory, .. } = self;
        let open = session.take().filter(|session| !session.client.is_closed());
        let attempt = async {
            let mut session = match open {
                Some(session) => session,
                None => connector.connect().await?,
            };
            let done = work(&mut session, memory).await?;
            Ok((session, done))
        };
        let done = tokio.block_on(async {
            match tokio::time::timeout(timeout, attempt).await {
                Ok(done) => done,
                Err(_) => Err(Failure::Late(timeout.as_millis())),
            }
        });
        let (open, value) = done?;
        *session = Some(open);
        Ok(value)
    }
}

impl Target for Postgres {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.call(async |session, memory| {
            let stored = write::claim(session, place).await?;
            memory.claims.hold(place, stored);
            Ok(stored.next)
        })
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::POSTGRES)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        self.call(async |session, memory| write::write(session, memory, records, next).await)
    }

    fn must_maintain(&mut self) -> Result<bool, Fault> {
        self.call(async |session, _| maintain::must(&session.client).await)
    }

    fn maintain(&mut self) -> Result<Maintained, Fault> {
        self.call_within(self.maintain_timeout, async |session, _| {
            maintain::maintain(session).await
        })
    }
}
