//! `make demo`: a simulated newswire, the whole pipeline in one process, and what came out.
#![allow(clippy::print_stdout)] // it is there to be read

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use integration_tests::{
    newswire::{Newswire, Options},
    pipeline::{Testbed, open},
};

/// The longest wait for the last revisions after the script has been played.
const SETTLE: Duration = Duration::from_secs(20);

/// Where the events are to be seen in a browser.
const PAGE: &str = "127.0.0.1:8787";

/// The widest a column may be.
const MOST_CHARS: usize = 26;

const EVENTS: &str = "
SELECT coalesce(date_from, ''), type, coalesce(source_name, source_text),
    coalesce(target_name, target_text, ''), status, coalesce(place_name, ''), title
FROM events_current ORDER BY date_from, title, sentence";

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match demo().await {
        Ok(code) => code,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> Result<ExitCode, Failure> {
    let start = Instant::now();
    let folder = std::env::args_os().nth(1).map_or_else(|| "demo-data".into(), PathBuf::from);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let folder = std::path::absolute(folder)?;
    let newswire = Newswire::start(&folder.join("wire"), Options::default()).await?;
    let page = format!("console.listen = \"{PAGE}\"");
    let testbed = Testbed::new(&folder, &newswire, &page)?;
    println!(
        "newswire: {} sites on {} and a folder of wire files",
        newswire.hosts().len(),
        newswire.addr()
    );
    println!("pipeline: dateline run --config {}", testbed.settings().display());
    println!("page:     http://{PAGE}/ while it runs");
    println!("logs:     {}\n", testbed.log("dateline").display());
    let sources = testbed.sources().display().to_string();
    let mut pipeline = testbed.start("dateline", &["run", "--sources", &sources])?;
    for step in 1..=newswire.steps() {
        watch(&testbed, Options::default().step).await;
        newswire.advance(step)?;
        println!("          the newswire moves on: new stories, updates, corrections, kills");
    }
    let ledger = newswire.ledger();
    let deadline = Instant::now() + SETTLE;
    while !testbed.differences(&ledger)?.is_empty() && Instant::now() < deadline {
        if pipeline.has_ended() {
            break;
        }
        watch(&testbed, Duration::from_secs(1)).await;
    }
    let well = pipeline.stop(Duration::from_secs(30))?;
    print_events(&testbed)?;
    print_numbers(&testbed, start.elapsed())?;
    let differences = testbed.differences(&ledger)?;
    for difference in &differences {
        println!("wrong:    {difference}");
    }
    if !differences.is_empty() || !well {
        println!(
            "\nthe pipeline did not do its job; its log: {}",
            testbed.log("dateline").display()
        );
        return Ok(ExitCode::FAILURE);
    }
    print_next(&testbed);
    Ok(ExitCode::SUCCESS)
}

/// Shows progress for a while.
async fn watch(testbed: &Testbed, pause: Duration) {
    tokio::time::sleep(pause).await;
    let count = |table: &str| -> rusqlite::Result<i64> {
        let sql = format!("SELECT count(*) FROM {table}");
        open(&testbed.warehouse())?.query_row(&sql, [], |row| row.get(0))
    };
    if let (Ok(stories), Ok(events)) = (count("stories"), count("events_current")) {
        println!("          {stories} stories, {events} events in the warehouse");
    }
}

fn print_events(testbed: &Testbed) -> Result<(), Failure> {
    let connection = open(&testbed.warehouse())?;
    let mut statement = connection.prepare(EVENTS)?;
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    let rows: Vec<Vec<String>> = statement.query_map([], row)?.collect::<Result<_, _>>()?;
    let head = ["date", "type", "source", "target", "status", "place", "story"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    table.extend(rows);
    println!();
    print_table(&table);
    Ok(())
}

fn print_table(table: &[Vec<String>]) {
    let cut = |text: &str| -> String { text.chars().take(MOST_CHARS).collect() };
    let columns = table.first().map_or(0, Vec::len);
    let width = |column: usize| {
        table.iter().map(|row| cut(&row[column]).chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in table {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{:width$}", cut(cell)));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

fn print_numbers(testbed: &Testbed, elapsed: Duration) -> Result<(), Failure> {
    let connection = open(&testbed.warehouse())?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let stories = count("SELECT count(*) FROM stories WHERE status = 'usable'")?;
    let killed = count("SELECT count(*) FROM stories WHERE status <> 'usable'")?;
    let events = count("SELECT count(*) FROM events_current")?;
    let uncoded =
        count("SELECT count(*) FROM stories WHERE not_coded IS NOT NULL AND status = 'usable'")?;
    let skipped = testbed.logged("dateline", "record skipped");
    let dead = testbed.logged("dateline", "record dead-lettered");
    println!(
        "\n{stories} stories, {events} events, {killed} killed, {uncoded} in a language without a \
         model, {skipped} skipped, {dead} dead-lettered, {:.0} seconds",
        elapsed.as_secs_f64()
    );
    Ok(())
}

fn print_next(testbed: &Testbed) {
    let path = testbed.warehouse();
    let path = path.display();
    let query =
        "SELECT type, source_name, target_name, status, date_from, title FROM events_current";
    println!("\nsqlite3 -box {path} \"{query}\"");
    let settings = testbed.settings();
    println!("dateline console --config {}", settings.display());
    println!("duckdb -c \"ATTACH '{path}' AS w (TYPE sqlite); USE w; {query}\"");
}
