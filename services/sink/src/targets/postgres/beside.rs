//! The tables of a PostgreSQL schema written anew in a schema beside it.

use anyhow::Context;
use dateline_runtime::Fault;

use super::{Failure, Postgres, Session};
use crate::{
    PostgresConfig, Target,
    ddl::{self, Dialect},
    model::{CHANGES, TABLES},
    rebuild::Beside,
};

/// The new tables, and the schema of the old ones.
pub(crate) struct BesidePostgres {
    target: Postgres,
    schema: String,
    new: String,
}

impl BesidePostgres {
    pub(crate) fn open(config: &PostgresConfig) -> anyhow::Result<Self> {
        let (schema, new) = (config.schema.clone(), format!("{}_new", config.schema));
        // The old tables must be there to be changed for the new ones.
        let mut old = Postgres::open(config)?;
        let drop = format!("DROP SCHEMA IF EXISTS {new} CASCADE");
        old.call(async |session, _| Ok(session.client.batch_execute(&drop).await?))
            .map_err(error)
            .context("what an earlier rebuild left cannot be removed")?;
        let target = Postgres::open(&PostgresConfig { schema: new.clone(), ..config.clone() })?;
        Ok(Self { target, schema, new })
    }
}

fn error(fault: Fault) -> anyhow::Error {
    match fault {
        Fault::Fatal(error) => error,
        Fault::Retry { what, .. } | Fault::Poison { what, .. } => anyhow::anyhow!(what),
    }
}

impl Beside for BesidePostgres {
    fn target(&mut self) -> &mut dyn Target {
        &mut self.target
    }

    fn swap(mut self: Box<Self>) -> anyhow::Result<()> {
        let statement = swap(&self.schema, &self.new);
        let swap = async |session: &mut Session, _: &mut _| -> Result<(), Failure> {
            Ok(session.client.batch_execute(&statement).await?)
        };
        self.target.call(swap).map_err(error).context("the old tables are left as they are")
    }
}

/// One transaction: the old views and tables go, the new ones come. A sink that is running finds
/// itself fenced, and goes on where the new tables stand.
fn swap(old: &str, new: &str) -> String {
    let views = ddl::current_views(Dialect::Postgres);
    let views: Vec<&str> = views.iter().map(|view| view.name).collect();
    let tables = TABLES.into_iter().chain([&CHANGES]).map(|table| table.name);
    let tables: Vec<&str> = tables.chain(["positions", "writers", "search"]).collect();
    let mut steps = vec![
        format!("BEGIN; LOCK TABLE {old}.writers IN ACCESS EXCLUSIVE MODE"),
        format!(
            "INSERT INTO {new}.writers SELECT topic, partition, epoch + 1 FROM {old}.writers \
             ON CONFLICT (topic, partition) DO UPDATE SET epoch = excluded.epoch + 1"
        ),
    ];
    steps.extend(views.iter().map(|view| format!("DROP VIEW {old}.{view}")));
    for table in &tables {
        steps.push(format!("DROP TABLE {old}.{table}"));
        steps.push(format!("ALTER TABLE {new}.{table} SET SCHEMA {old}"));
    }
    steps.extend(views.iter().map(|view| format!("ALTER VIEW {new}.{view} SET SCHEMA {old}")));
    steps.push(format!("DROP SCHEMA {new}; COMMIT"));
    steps.join("; ")
}
