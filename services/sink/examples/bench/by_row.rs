//! What others do: one statement a row, sent in batches with one commit each, with every value as
//! text, as JDBC sends it. It writes the rows that stand in the tables already, into tables beside
//! them with the same indexes: all that a commit of the sink writes, with the log of changes and the
//! words that stories are found by.

use anyhow::Context;
use futures_util::future::try_join_all;
use sink::{
    ddl::{self, Dialect},
    model::{CHANGES, EVENTS, Kind, MENTIONS, STORIES, Table},
};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Statement, types::ToSql};

type Row = Vec<Option<String>>;

/// The tables that a commit writes; of the rows of the first three is the figure.
const WRITTEN: [&Table; 4] = [&STORIES, &EVENTS, &MENTIONS, &CHANGES];
const COUNTED: usize = 3;

/// The words of stories, which are no table of the model.
const WORDS: &str = "INSERT INTO search (story_id, words) VALUES ($1::text, $2::text::tsvector) \
     ON CONFLICT (story_id) DO UPDATE SET words = excluded.words";
const WORDS_READ: &str = "SELECT stories.log_offset, part.story_id, part.words::text \
     FROM search AS part JOIN stories USING (story_id)";

pub(crate) struct ByRow {
    tokio: Runtime,
    client: Client,
    statements: Vec<Statement>,
    rows: Vec<Vec<(u64, Row)>>,
}

impl ByRow {
    pub(crate) fn open(url: &str) -> anyhow::Result<Self> {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (client, rows) = tokio.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            let mut rows = Vec::new();
            for table in WRITTEN {
                rows.push(read(&client, &select(table)).await?);
            }
            rows.push(read(&client, WORDS_READ).await?);
            client.batch_execute("CREATE SCHEMA by_row; SET search_path TO by_row").await?;
            for statement in ddl::current_tables(Dialect::Postgres) {
                client.batch_execute(&statement).await?;
            }
            anyhow::Ok((client, rows))
        })?;
        let texts = WRITTEN.into_iter().map(insert).chain([WORDS.to_owned()]);
        let texts: Vec<String> = texts.collect();
        let statements =
            tokio.block_on(try_join_all(texts.iter().map(|text| client.prepare(text))))?;
        Ok(Self { tokio, client, statements, rows })
    }

    /// Writes the rows of the records from one offset to another.
    pub(crate) fn write(&mut self, from: u64, to: u64) -> anyhow::Result<u64> {
        let Self { tokio, client, statements, rows } = self;
        tokio.block_on(async {
            let tx = client.transaction().await?;
            let mut written = 0;
            for (at, (statement, rows)) in statements.iter().zip(rows).enumerate() {
                let rows = rows.iter().filter(|(offset, _)| (from..to).contains(offset));
                let sent = rows.map(|(_, row)| {
                    let values: Vec<&(dyn ToSql + Sync)> =
                        row.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                    let tx = &tx;
                    async move { tx.execute(statement, &values).await }
                });
                // Sent one after the other without waiting: JDBC's batches do so, too.
                let sent = try_join_all(sent).await?.into_iter().sum::<u64>();
                written += if at < COUNTED { sent } else { 0 };
            }
            tx.commit().await.context("commit")?;
            Ok(written)
        })
    }
}

fn select(table: &Table) -> String {
    let names = table.columns.iter().map(|column| format!("part.{}::text", column.name));
    let names: Vec<String> = names.collect();
    format!(
        "SELECT stories.log_offset, {} FROM {} AS part JOIN stories USING (story_id)",
        names.join(", "),
        table.name
    )
}

/// Rows as text, each with the offset of its story.
async fn read(client: &Client, sql: &str) -> anyhow::Result<Vec<(u64, Row)>> {
    let rows = client.query(sql, &[]).await?;
    let row = |row: &tokio_postgres::Row| {
        let values = (1..row.len()).map(|at| row.get(at)).collect();
        anyhow::Ok((u64::try_from(row.get::<_, i64>(0))?, values))
    };
    rows.iter().map(row).collect()
}

fn insert(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let values: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("${}::text::{}", at + 1, sql_type(column.kind)))
        .collect();
    let sets: Vec<String> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let upsert = if table.is_of_story {
        format!(" ON CONFLICT (story_id) DO UPDATE SET {}", sets.join(", "))
    } else {
        String::new()
    };
    format!(
        "INSERT INTO {} ({}) VALUES ({}){upsert}",
        table.name,
        names.join(", "),
        values.join(", ")
    )
}

fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "bigint",
        Kind::Float => "double precision",
        Kind::Bool => "boolean",
        Kind::Time => "timestamptz",
        Kind::Date => "date",
    }
}
