//! People, organisations and groups by name, with the days of their offices.

use std::collections::HashMap;

use dateline_record::Actor;

use crate::{near, table, table::BadData};

const FILES: &[(&str, &str)] = &[
    ("actors-1.tsv", include_str!("../../../models/knowledge/actors-1.tsv")),
    ("actors-2.tsv", include_str!("../../../models/knowledge/actors-2.tsv")),
    ("actors-3.tsv", include_str!("../../../models/knowledge/actors-3.tsv")),
    ("actors-4.tsv", include_str!("../../../models/knowledge/actors-4.tsv")),
    ("actors-5.tsv", include_str!("../../../models/knowledge/actors-5.tsv")),
];

/// What an actor is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A person.
    Person,
    /// An organisation.
    Organization,
    /// An armed or political group.
    Group,
}

/// An actor that is known by name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Known {
    /// What it is.
    pub kind: Kind,
    /// Its canonical name.
    pub name: &'static str,
    /// Its code on the day that was asked for.
    pub actor: Actor,
}

/// One office or one standing code.
struct Entry {
    kind: Kind,
    code: &'static str,
    sector: &'static str,
    from: &'static str,
    to: &'static str,
    name: &'static str,
}

pub(crate) struct Actors {
    entries: Vec<Entry>,
    by_key: HashMap<&'static str, Vec<u32>>,
    /// Full names of people by their first and by their last word.
    by_word: HashMap<&'static str, Vec<&'static str>>,
}

impl Actors {
    pub(crate) fn load() -> Result<Self, BadData> {
        let mut actors =
            Self { entries: Vec::new(), by_key: HashMap::new(), by_word: HashMap::new() };
        for (file, text) in FILES {
            for row in table::rows(file, text, 7) {
                actors.add(&row?);
            }
        }
        Ok(actors)
    }

    fn add(&mut self, row: &[&'static str]) {
        let kind = match row[1] {
            "P" => Kind::Person,
            "G" => Kind::Group,
            _ => Kind::Organization,
        };
        let index = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.entries.push(Entry {
            kind,
            code: row[2],
            sector: row[3],
            from: row[4],
            to: row[5],
            name: row[6],
        });
        let key = row[0];
        let is_new = !self.by_key.contains_key(key);
        self.by_key.entry(key).or_default().push(index);
        if is_new
            && kind == Kind::Person
            && let Some((first, last)) =
                key.split_once(' ').and_then(|(first, _)| Some((first, key.rsplit(' ').next()?)))
        {
            self.by_word.entry(first).or_default().push(key);
            self.by_word.entry(last).or_default().push(key);
        }
    }

    pub(crate) fn get(&self, key: &str, day: Option<&str>) -> Option<Known> {
        let indexes = self.by_key.get(key)?;
        let entries = indexes.iter().filter_map(|index| self.entries.get(*index as usize));
        let entries: Vec<&Entry> = entries.collect();
        let first = *entries.first()?;
        let holds = |entry: &&&Entry| match day {
            Some(day) => {
                (entry.from.is_empty() || entry.from <= day)
                    && (entry.to.is_empty() || day <= entry.to)
            }
            None => true,
        };
        let best =
            entries.iter().filter(holds).max_by_key(|entry| (entry.sector == "GOV", entry.from));
        Some(match best {
            Some(entry) => entry.known(Some(entry.sector)),
            None => first.known(None),
        })
    }

    /// The one person whose name differs by one edit in one word of at least five letters.
    pub(crate) fn near(&self, key: &str, day: Option<&str>) -> Option<Known> {
        let (first, rest) = key.split_once(' ')?;
        let last = rest.rsplit(' ').next()?;
        let candidates =
            [first, last].into_iter().filter_map(|word| self.by_word.get(word)).flatten();
        let mut names: Vec<&str> = candidates
            .filter(|name| near::is_one_edit(name, key) && differs_in_a_long_word(name, key))
            .copied()
            .collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [name] => self.get(name, day),
            _ => None,
        }
    }
}

/// In short names one letter makes another name.
fn differs_in_a_long_word(name: &str, key: &str) -> bool {
    let mut pairs = name.split(' ').zip(key.split(' '));
    name.split(' ').count() == key.split(' ').count()
        && pairs.all(|(ours, theirs)| ours == theirs || ours.len() >= 5 && theirs.len() >= 5)
}

impl Entry {
    fn known(&self, sector: Option<&str>) -> Known {
        Known {
            kind: self.kind,
            name: self.name,
            actor: Actor {
                code: self.code.to_owned(),
                sector: sector.filter(|sector| !sector.is_empty()).map(str::to_owned),
            },
        }
    }
}
