//! `ClickHouse`: the rows of the logs over HTTP, in tables that merge a row written twice into one.
//! Rows go first and positions after them: what a crash left between is written again, as the same rows.

mod maintain;
mod read;
mod statement;

use std::collections::BTreeMap;

use anyhow::Context;
use dateline_bus::{Place, Positions};
use dateline_record::Timestamp;
use dateline_runtime::{Fault, Landing, SinkRecord, Written, clock};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    ClickHouseConfig, Maintained, Target,
    claims::{Claims, Standing, Stored},
    ddl::{self, Dialect},
    http::{Failure, Http, send},
    log,
    model::TABLES,
    unfit::{Limits, unfit},
};
use statement::{Insert, check_name};

/// Where the sink notes what it has written, and who writes. The greatest value of a key counts.
const POSITIONS: &str = "CREATE TABLE IF NOT EXISTS positions (topic String, partition Int64, \
     next Int64) ENGINE = ReplacingMergeTree(next) ORDER BY (topic, partition)";
const WRITERS: &str = "CREATE TABLE IF NOT EXISTS writers (topic String, partition Int64, \
     epoch Int64) ENGINE = ReplacingMergeTree(epoch) ORDER BY (topic, partition)";

/// Tables in a database of a `ClickHouse` server.
pub(crate) struct ClickHouse {
    http: Http,
    server: Server,
    is_prepared: bool,
    claims: Claims,
}

/// Where the server is, and as whom to speak to it.
struct Server {
    url: reqwest::Url,
    database: String,
    user: String,
    password: String,
}

impl ClickHouse {
    pub(crate) fn open(config: &ClickHouseConfig) -> anyhow::Result<Self> {
        let url = reqwest::Url::parse(&config.url)
            .context("clickhouse.url: wants the HTTP interface, http://host:8123")?;
        check_name(&config.database)?;
        let mut password = String::new();
        if !config.password_file.is_empty() {
            let path = &config.password_file;
            password = std::fs::read_to_string(path)
                .with_context(|| format!("clickhouse.password_file: {path}"))?;
        }
        let server = Server {
            url,
            database: config.database.clone(),
            user: config.user.clone(),
            password: password.trim_end().to_owned(),
        };
        let http = Http::new(config.request_timeout_ms)?;
        Ok(Self { http, server, is_prepared: false, claims: Claims::default() })
    }

    /// Runs a call, after the first one has made the tables.
    fn call<T>(
        &mut self,
        work: impl AsyncFnOnce(&Http, &Server, &mut Claims) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        let Self { http, server, is_prepared, claims } = self;
        let done = http.tokio.block_on(async {
            if !*is_prepared {
                server.prepare(http).await?;
            }
            work(http, server, claims).await
        });
        *is_prepared |= done.is_ok();
        Ok(done?)
    }
}

impl Server {
    /// Sends a statement to the server.
    async fn run(&self, http: &Http, statement: impl Into<Vec<u8>>) -> Result<String, Failure> {
        self.run_in(http, &self.database, statement).await
    }

    async fn run_in(
        &self,
        http: &Http,
        database: &str,
        statement: impl Into<Vec<u8>>,
    ) -> Result<String, Failure> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("database", database);
        let mut request = http.client.post(url).body(statement.into());
        if !self.user.is_empty() {
            request = request.header("X-ClickHouse-User", &self.user);
        }
        if !self.password.is_empty() {
            request = request.header("X-ClickHouse-Key", &self.password);
        }
        match send(request).await {
            // What the server does not understand, it will not understand the next time.
            Err(Failure::Refused { status: Some(status), what, .. })
                if statement::is_final(&what) =>
            {
                Err(Failure::Fatal(format!("clickhouse: {status}: {what}")))
            }
            answer => answer,
        }
    }

    /// The rows of an answer.
    async fn rows<T: DeserializeOwned>(&self, http: &Http, query: &str) -> Result<Vec<T>, Failure> {
        let text = self.run(http, format!("{query} FORMAT JSONEachRow")).await?;
        let rows: Result<Vec<T>, _> =
            text.lines().filter(|line| !line.is_empty()).map(serde_json::from_str).collect();
        rows.map_err(|error| Failure::Fatal(format!("clickhouse: {query}: {error}")))
    }

    /// Makes what is missing: an account that may only write finds no table to make.
    async fn prepare(&self, http: &Http) -> Result<(), Failure> {
        let create = format!("CREATE DATABASE IF NOT EXISTS {}", self.database);
        self.run_in(http, "default", create).await?;
        let columns =
            format!("SELECT table, name FROM system.columns WHERE database = '{}'", self.database);
        let there: Vec<Named> = self.rows(http, &columns).await?;
        let is_there = |table: &str| there.iter().any(|named| named.table == table);
        for (table, statement) in TABLES.iter().zip(ddl::log_tables(Dialect::ClickHouse)) {
            let log = table.log_name();
            if !is_there(&log) {
                self.run(http, statement).await?;
                continue;
            }
            for column in table.log_columns() {
                if !there.iter().any(|own| own.table == log && own.name == column.name) {
                    self.run(http, statement::add_column(table, &column)).await?;
                }
            }
        }
        for view in ddl::log_views(Dialect::ClickHouse) {
            let create = Dialect::ClickHouse.create_view();
            self.run(http, format!("{create} {} AS {}", view.name, view.query)).await?;
        }
        for (table, create) in [("positions", POSITIONS), ("writers", WRITERS)] {
            if !is_there(table) {
                self.run(http, create).await?;
            }
        }
        Ok(())
    }

    async fn stored(&self, http: &Http, place: &Place) -> Result<Stored, Failure> {
        let of = |value: &str, table: &str| {
            format!(
                "SELECT toString(max({value})) AS number FROM {table} WHERE topic = '{}' AND \
                 partition = {} HAVING count() > 0",
                place.0, place.1
            )
        };
        let next: Vec<Greatest> = self.rows(http, &of("next", "positions")).await?;
        let epoch: Vec<Greatest> = self.rows(http, &of("epoch", "writers")).await?;
        Ok(Stored {
            epoch: epoch.first().and_then(|row| row.number.parse().ok()).unwrap_or(0),
            next: next.first().and_then(|row| row.number.parse().ok()),
        })
    }

    async fn claim(&self, http: &Http, place: &Place) -> Result<Stored, Failure> {
        let before = self.stored(http, place).await?;
        let epoch = before.epoch + 1;
        let row = format!("INSERT INTO writers VALUES ('{}', {}, {epoch})", place.0, place.1);
        self.run(http, row).await?;
        Ok(Stored { epoch, ..self.stored(http, place).await? })
    }
}

/// A column of a table.
#[derive(Deserialize)]
struct Named {
    table: String,
    name: String,
}

/// The greatest number that is noted of a place.
#[derive(Deserialize)]
struct Greatest {
    number: String,
}

async fn write(
    (http, server): (&Http, &Server),
    claims: &mut Claims,
    records: &[SinkRecord],
    next: &Positions,
) -> Result<Written, Failure> {
    let mut now = BTreeMap::new();
    for place in next.keys() {
        if !claims.has(place) {
            claims.hold(place, server.claim(http, place).await?);
        }
        now.insert(place.clone(), server.stored(http, place).await?);
    }
    match claims.standing(next, &now) {
        Standing::Open => {}
        Standing::Fenced(what) => return Ok(Written::Fenced(what)),
        Standing::Done => {
            claims.advance(next);
            return Ok(Written::Rows(0));
        }
    }
    let news = |record: &&SinkRecord| !claims.is_written(&record.place, record.offset);
    let records: Vec<&SinkRecord> = records.iter().filter(news).collect();
    let rows = insert((http, server), &records, clock::now()).await?;
    let values: Vec<String> = next
        .iter()
        .map(|((topic, partition), next)| format!("('{topic}', {partition}, {next})"))
        .collect();
    server.run(http, format!("INSERT INTO positions VALUES {}", values.join(", "))).await?;
    claims.advance(next);
    Ok(Written::Rows(rows))
}

/// Writes the rows of records; those of stories come last, so that no view shows half a story.
async fn insert(
    (http, server): (&Http, &Server),
    records: &[&SinkRecord],
    now: Timestamp,
) -> Result<u64, Failure> {
    let mut inserts = TABLES.map(Insert::new);
    let (mut written, mut failed) = (0, None);
    for record in records {
        log::rows(record, now, |table, values| {
            written += 1;
            if let Some(insert) = inserts.iter_mut().find(|own| own.table.name == table.name) {
                failed = insert.put(&values).err().or(failed.take());
            }
        });
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    for insert in inserts.into_iter().rev().filter(|insert| insert.rows > 0) {
        server.run(http, insert.statement(records)).await?;
    }
    Ok(written)
}

impl Target for ClickHouse {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.call(async |http, server, claims| {
            let stored = server.claim(http, place).await?;
            claims.hold(place, stored);
            Ok(stored.next)
        })
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::CLICKHOUSE)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        self.call(async |http, server, claims| write((http, server), claims, records, next).await)
    }

    fn must_maintain(&mut self) -> Result<bool, Fault> {
        self.call(async |http, server, _| Ok(!maintain::killed(http, server).await?.is_empty()))
    }

    fn maintain(&mut self) -> Result<Maintained, Fault> {
        self.call(async |http, server, _| maintain::maintain(http, server).await)
    }
}
