//! Tables written anew: files are put beside the old ones, and one commit a table lets them count instead.

use std::collections::{BTreeMap, BTreeSet};

use dateline_bus::{Place, Positions};
use dateline_lake::{Change, Error, File, Outcome};
use dateline_runtime::{Fault, Landing, SinkRecord, Written, clock};

use super::{KILLS, Lakes, MAINTAINED, Own, next_mark, signed, unit::Unit, writer_mark};
use crate::{
    Target,
    model::{STORIES, TABLES},
    rebuild::Beside,
    unfit::{Limits, unfit},
};

/// How the names of files begin that are to count all at once.
pub(super) const STAGED: &str = "staged";

/// The new files, which do not count yet.
pub(crate) struct BesideLakes {
    lakes: Lakes,
    files: BTreeMap<&'static str, Vec<File>>,
    next: Positions,
    recalls: bool,
}

impl BesideLakes {
    pub(in crate::targets) fn open(mut lakes: Lakes) -> anyhow::Result<Self> {
        for own in lakes.tables()? {
            // What an earlier rebuild left half done.
            for object in own.lake.unused()? {
                if object.path.contains(&format!("/{STAGED}-")) {
                    own.lake.remove(&object.path)?;
                }
            }
        }
        Ok(Self { lakes, files: BTreeMap::new(), next: Positions::new(), recalls: false })
    }

    fn stage(&mut self, records: &[SinkRecord]) -> Result<u64, Error> {
        let records: Vec<&SinkRecord> = records.iter().collect();
        let unit = Unit::of(&records, Positions::new(), clock::now());
        self.recalls |= unit.recalls;
        let mut rows = 0;
        for own in self.lakes.tables()? {
            if let Some(file) = unit.stage(own)? {
                rows += file.rows;
                self.files.entry(own.kind.name).or_default().push(file);
            }
        }
        Ok(rows)
    }
}

impl Target for BesideLakes {
    fn position(&mut self, place: &Place) -> Result<Option<u64>, Fault> {
        Ok(self.next.get(place).copied())
    }

    fn unfit(&self, record: &Landing) -> Option<String> {
        unfit(record, &Limits::CALENDAR)
    }

    fn write(&mut self, records: &[SinkRecord], next: &Positions) -> Result<Written, Fault> {
        let rows = self.stage(records).map_err(|error| self.lakes.fault(error))?;
        self.next.extend(next.iter().map(|(place, next)| (place.clone(), *next)));
        Ok(Written::Rows(rows))
    }
}

impl Beside for BesideLakes {
    fn target(&mut self) -> &mut dyn Target {
        self
    }

    fn swap(mut self: Box<Self>) -> anyhow::Result<()> {
        // Parts first: whoever writes meanwhile finds less in them than he left, and fills them up.
        let (mut parts, mut leading) = (Vec::new(), Vec::new());
        for table in TABLES {
            if table.is_of_story { &mut leading } else { &mut parts }.push(table.name);
        }
        for name in parts.into_iter().chain(leading) {
            let files = self.files.remove(name).unwrap_or_default();
            let (next, recalls) = (&self.next, self.recalls && name == STORIES.name);
            for own in self.lakes.tables()?.iter_mut().filter(|own| own.kind.name == name) {
                swap(own, &files, next, recalls)?;
            }
        }
        Ok(())
    }
}

/// Lets files count instead of all that counted, and fences whoever writes.
fn swap(own: &mut Own, files: &[File], next: &Positions, recalls: bool) -> Result<(), Error> {
    own.lake.refresh()?;
    loop {
        let old: BTreeSet<String> = own.lake.files()?.into_iter().map(|file| file.path).collect();
        let seen = own.lake.mark(MAINTAINED)?.unwrap_or(0);
        let mut marks = vec![(MAINTAINED.to_owned(), seen + 1)];
        for (place, next) in next.iter().filter(|(place, _)| place.0.as_str() == own.kind.topic) {
            marks.push((next_mark(place), signed(*next)));
            if own.leads() {
                marks.push((writer_mark(place), own.stored(place)?.epoch + 1));
            }
        }
        if recalls {
            marks.push((KILLS.to_owned(), own.lake.mark(KILLS)?.unwrap_or(0) + 1));
        }
        let change = Change { add: files.to_vec(), remove: old, marks, is_same: false };
        if own.lake.commit(&change)? == Outcome::Committed {
            return Ok(());
        }
    }
}
