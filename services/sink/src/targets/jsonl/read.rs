//! Reading the lines back.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
};

use serde_json::{Map, Value};

use super::{Jsonl, numbered};
use crate::{
    folder::{Folder, Mark},
    model::Kind,
    verify::{LogReader, Readable, Snapshot, WHOLES},
};

impl Readable for Jsonl {
    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        // No writer moves the mark meanwhile.
        Ok(self.folder.locked(read)?)
    }
}

#[allow(clippy::needless_pass_by_value)] // as the folder hands it out
fn read(folder: &mut Folder, mark: Mark) -> io::Result<Snapshot> {
    let mut reader = LogReader::new(mark.positions());
    for (number, whole) in WHOLES.iter().enumerate() {
        for part in std::iter::once(whole.own()).chain(whole.parts()) {
            let open = mark.files.get(part.table.name).copied().unwrap_or_default();
            for (file, path) in numbered(&folder.path, part.table)? {
                // What stands beyond the mark does not count.
                let most = if file == open.number { open.bytes } else { u64::MAX };
                for line in BufReader::new(File::open(path)?.take(most)).lines() {
                    let row: Map<String, Value> = serde_json::from_str(&line?)?;
                    reader.take(number, part, |name, kind| word(row.get(name)?, kind));
                }
            }
        }
    }
    Ok(reader.finish())
}

fn word(value: &Value, kind: Kind) -> Option<String> {
    match (value, kind) {
        (Value::Number(number), Kind::Float) => number.as_f64().map(|number| number.to_string()),
        (Value::Null, _) => None,
        (Value::String(text), _) => Some(text.clone()),
        (other, _) => Some(other.to_string()),
    }
}
