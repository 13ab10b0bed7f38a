//! The rows of the logs in tables of a lake, whatever its format: the next offsets are in the commit of the
//! rows. The table of a topic's records is the last to be written and says who writes; each table takes a
//! row once.

mod beside;
mod maintain;
mod read;
mod unit;

use std::collections::BTreeMap;

use dateline_bus::{Place, Positions, Topic};
use dateline_lake::{Change, Error, Lake, Outcome};
use dateline_parquet::{Column, Kind};
use dateline_runtime::{Fault, Landing, SinkRecord, Written, clock};

use crate::{
    Maintained, Target,
    claims::{Claims, Standing, Stored},
    log,
    model::{STORIES, TABLES, Table},
    targets::files::cells,
    unfit::{Limits, unfit},
};
pub(super) use beside::BesideLakes;
use unit::{Put, Unit};

/// Counts the commits that took stories back, on the table of stories.
const KILLS: &str = "dateline/kills";
/// How many of them were followed by a purge.
const PURGED: &str = "dateline/purged";
/// Counts what has rewritten files, on each table.
const MAINTAINED: &str = "dateline/maintained";

/// Opens a table by its name, with these columns.
pub(super) type Open = Box<dyn FnMut(&str, &[Column]) -> Result<Box<dyn Lake>, Error> + Send>;

/// Tables of a lake.
pub(crate) struct Lakes {
    /// The name of the target.
    name: &'static str,
    open: Open,
    /// In the order of [`TABLES`]; opened with the first call, which may have to wait for the store.
    tables: Vec<Own>,
    claims: Claims,
    /// Up to so many bytes small files are put together.
    file_bytes: u64,
}

/// One of the tables.
pub(super) struct Own {
    kind: &'static Table,
    columns: Vec<Column>,
    lake: Box<dyn Lake>,
    /// The next offsets as this writer left them: who finds less there, finds it written anew.
    left: BTreeMap<Place, i64>,
}

/// The mark of a place's next offset.
fn next_mark(place: &Place) -> String {
    format!("dateline/{}/{}", place.0, place.1)
}

/// The mark that counts the writers of a place.
fn writer_mark(place: &Place) -> String {
    format!("{}/writer", next_mark(place))
}

/// An offset as the format keeps it.
fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

fn unsigned(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}

impl Lakes {
    pub(super) fn new(name: &'static str, file_bytes: u64, open: Open) -> Self {
        Self { name, open, tables: Vec::new(), claims: Claims::default(), file_bytes }
    }

    #[allow(clippy::needless_pass_by_value)] // as an error is handed on
    fn fault(&self, error: Error) -> Fault {
        let what = format!("{}: {error}", self.name);
        match error {
            Error::Final(_) => Fault::Fatal(anyhow::anyhow!(what)),
            Error::Again(_) => Fault::retry(what),
        }
    }

    /// The tables, after the first call has made or opened them.
    fn tables(&mut self) -> Result<&mut Vec<Own>, Error> {
        for kind in TABLES.into_iter().skip(self.tables.len()) {
            let mut columns = columns(kind);
            let lake = (self.open)(&kind.log_name(), &columns)?;
            for column in &mut columns {
                column.id = lake.column_id(&column.name);
            }
            self.tables.push(Own { kind, columns, lake, left: BTreeMap::new() });
        }
        Ok(&mut self.tables)
    }

    /// Takes a place over from whoever wrote it before.
    fn claim(&mut self, place: &Place) -> Result<Option<u64>, Error> {
        let mut least = None;
        let mut stored = Stored::default();
        for own in of_topic(self.tables()?, place.0.as_str()) {
            own.lake.refresh()?;
            let next = if own.leads() {
                stored = own.take_over(place)?;
                stored.next
            } else {
                own.lake.mark(&next_mark(place))?.map(unsigned)
            };
            own.left.remove(place);
            own.left.extend(next.map(|next| (place.clone(), signed(next))));
            // A table that came with a later version of the model has no rows of earlier records.
            least = match (least, next) {
                (Some(one), Some(other)) => Some(u64::min(one, other)),
                (one, other) => one.or(other),
            };
        }
        self.claims.hold(place, stored);
        // Where the records themselves were never written nothing was.
        Ok(stored.next.and(least))
    }

    fn write_topic(
        &mut self,
        topic: &Topic,
        records: &[SinkRecord],
        next: &Positions,
    ) -> Result<Written, Error> {
        let places: Vec<Place> = next.keys().filter(|place| place.0 == *topic).cloned().collect();
        for place in &places {
            if !self.claims.has(place) {
                self.claim(place)?;
            }
        }
        let records = records.iter().filter(|record| record.place.0 == *topic);
        let records: Vec<&SinkRecord> = records.collect();
        let next = places.iter().map(|place| (place.clone(), next[place])).collect();
        let unit = Unit::of(&records, next, clock::now());
        self.tables()?;
        let (tables, claims) = (&mut self.tables, &mut self.claims);
        let mut rows = 0;
        // What belongs to the records goes before them: where a record stands, its parts stand, too.
        for own in of_topic(tables, topic.as_str()).filter(|own| !own.leads()) {
            match own.append(&unit)? {
                Written::Rows(more) => rows += more,
                fenced @ Written::Fenced(_) => return Ok(fenced),
            }
        }
        for own in of_topic(tables, topic.as_str()).filter(|own| own.leads()) {
            match own.append_leading(&unit, claims)? {
                Written::Rows(more) => rows += more,
                fenced @ Written::Fenced(_) => return Ok(fenced),
            }
        }
        Ok(Written::Rows(rows))
    }
}

fn columns(table: &Table) -> Vec<Column> {
    // Readers take a column for one that may be empty wherever the table says so.
    let mut columns = cells::columns(table, Kind::Micros);
    for column in &mut columns {
        column.nullable = true;
    }
    columns
}

fn of_topic<'a>(tables: &'a mut [Own], topic: &str) -> impl Iterator<Item = &'a mut Own> {
    tables.iter_mut().filter(move |own| own.kind.topic == topic)
}

impl Own {
    /// Whether it has a row for each record of its topic.
    fn leads(&self) -> bool {
        self.kind.is_of_story
    }

    /// Counts one more writer of a place; what stands there then.
    fn take_over(&mut self, place: &Place) -> Result<Stored, Error> {
        loop {
            let stored = self.stored(place)?;
            let epoch = stored.epoch + 1;
            let marks = vec![(writer_mark(place), epoch)];
            let change = Change { marks, is_same: true, ..Change::default() };
            if self.lake.commit(&change)? == Outcome::Committed {
                return Ok(Stored { epoch, ..stored });
            }
        }
    }

    fn stored(&mut self, place: &Place) -> Result<Stored, Error> {
        let next = self.lake.mark(&next_mark(place))?.map(unsigned);
        Ok(Stored { epoch: self.lake.mark(&writer_mark(place))?.unwrap_or(0), next })
    }

    /// Adds rows that do not stand there yet.
    fn append(&mut self, unit: &Unit) -> Result<Written, Error> {
        let mut put = None;
        loop {
            for place in unit.next.keys() {
                let stands = self.lake.mark(&next_mark(place))?.unwrap_or(0);
                if stands < self.left.get(place).copied().unwrap_or(0) {
                    let table = self.kind.log_name();
                    let what = format!("{}/{}: {table} was written anew", place.0, place.1);
                    return Ok(Written::Fenced(what));
                }
            }
            if let Some(rows) = self.attempt(unit, &mut put, Vec::new())? {
                return Ok(Written::Rows(rows));
            }
        }
    }

    /// The same where it is written who may.
    fn append_leading(&mut self, unit: &Unit, claims: &mut Claims) -> Result<Written, Error> {
        let mut put = None;
        loop {
            let mut stored = BTreeMap::new();
            let mut to = unit.next.clone();
            for (place, next) in &mut to {
                let now = self.stored(place)?;
                // Parts that were written anew are filled up while this table stands further on.
                *next = now.next.map_or(*next, |stands| stands.max(*next));
                stored.insert(place.clone(), now);
            }
            match claims.standing(&to, &stored) {
                Standing::Fenced(what) => return Ok(Written::Fenced(what)),
                Standing::Done => {
                    claims.advance(&to);
                    return Ok(Written::Rows(0));
                }
                Standing::Open => {}
            }
            let mut more = Vec::new();
            if unit.recalls && self.kind.name == STORIES.name {
                more.push((KILLS.to_owned(), self.lake.mark(KILLS)?.unwrap_or(0) + 1));
            }
            if let Some(rows) = self.attempt(unit, &mut put, more)? {
                claims.advance(&to);
                return Ok(Written::Rows(rows));
            }
        }
    }

    /// One try to commit; none where another writer was first.
    fn attempt(
        &mut self,
        unit: &Unit,
        put: &mut Option<Put>,
        mut marks: Vec<(String, i64)>,
    ) -> Result<Option<u64>, Error> {
        let mut stands = BTreeMap::new();
        for (place, next) in &unit.next {
            let mark = next_mark(place);
            let (now, next) = (self.lake.mark(&mark)?, signed(*next));
            stands.insert(place.1, now.unwrap_or(0));
            if now.is_none_or(|now| now < next) {
                marks.push((mark, next));
            }
        }
        // What was put for a try before serves again where the same rows are wanted.
        if put.as_ref().is_none_or(|put| put.stands != stands) {
            *put = Some(unit.put(self, stands)?);
        }
        let add: Vec<_> = put.iter().filter_map(|put| put.file.clone()).collect();
        let rows = add.iter().map(|file| file.rows).sum();
        if !(add.is_empty() && marks.is_empty()) {
            let change = Change { add, marks, ..Change::default() };
            if self.lake.commit(&change)? == Outcome::Conflict {
                return Ok(None);
            }
        }
        self.left.extend(
            unit.next
                .iter()
                .map(|(place, next)| {
                    let left = self.left.get(place).copied().unwrap_or(0);
                    (place.clone(), left.max(signed(*next)))
                })
                .collect::<Vec<_>>(),
        );
        Ok(Some(rows))
    }
}

impl Target for Lakes {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        self.claim(place).map_err(|error| self.fault(error))
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::CALENDAR)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let mut topics: Vec<&Topic> = next.keys().map(|place| &place.0).collect();
        topics.dedup();
        let mut rows = 0;
        for topic in topics {
            match self.write_topic(topic, records, next).map_err(|error| self.fault(error))? {
                Written::Rows(more) => rows += more,
                fenced @ Written::Fenced(_) => return Ok(fenced),
            }
        }
        Ok(Written::Rows(rows))
    }

    fn grows(&self) -> bool {
        true
    }

    fn must_maintain(&mut self) -> Result<bool, Fault> {
        let most = self.file_bytes;
        let wanted = self.tables().and_then(|tables| maintain::is_wanted(tables, most));
        wanted.map_err(|error| self.fault(error))
    }

    fn maintain(&mut self) -> Result<Maintained, Fault> {
        let most = self.file_bytes;
        let done = self.tables().and_then(|tables| maintain::maintain(tables, most));
        done.map_err(|error| self.fault(error))
    }
}

/// Whether records take stories back.
fn recalls(records: &[&SinkRecord]) -> bool {
    records.iter().any(|record| log::recalls(record))
}
