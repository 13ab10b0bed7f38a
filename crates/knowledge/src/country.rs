//! Countries by name, people and seat of government.

use std::collections::HashMap;

use crate::{table, table::BadData};

const FILE: &str = include_str!("../../../models/knowledge/countries.tsv");

/// A country or territory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-3 code; `KOS` for Kosovo, which has none.
    pub iso3: &'static str,
    /// Its name in English.
    pub name: &'static str,
    /// Its GeoNames id.
    pub geonames_id: Option<u32>,
    /// Degrees north and east of its middle.
    pub middle: Option<(f64, f64)>,
}

/// How a word names a country.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Sense {
    /// Its name.
    Name,
    /// Its people, or the adjective.
    People,
    /// Its capital, or another town where its government sits.
    Seat,
    /// A house that its government sits in, in the capital.
    House,
}

pub(crate) struct Countries {
    rows: Vec<Country>,
    by_name: HashMap<String, (usize, Sense)>,
    by_code: HashMap<&'static str, usize>,
    capitals: HashMap<&'static str, &'static str>,
}

impl Countries {
    pub(crate) fn load() -> Result<Self, BadData> {
        let mut countries = Self {
            rows: Vec::new(),
            by_name: HashMap::new(),
            by_code: HashMap::new(),
            capitals: HashMap::new(),
        };
        for row in table::rows("countries.tsv", FILE, 9) {
            countries.add(&row?);
        }
        Ok(countries)
    }

    fn add(&mut self, row: &[&'static str]) {
        let index = self.rows.len();
        self.rows.push(Country {
            iso3: row[0],
            name: row[2],
            geonames_id: row[6].parse().ok(),
            middle: row[7].parse().ok().zip(row[8].parse().ok()),
        });
        self.by_code.insert(row[0], index);
        if let Some(capital) = row[5].split(',').next().filter(|name| !name.is_empty()) {
            self.capitals.insert(row[0], capital);
        }
        let senses = [(row[3], Sense::Name), (row[4], Sense::People), (row[5], Sense::Seat)];
        for (names, sense) in senses {
            for name in names.split(',').filter(|name| !name.is_empty()) {
                match name.strip_prefix('*') {
                    Some(house) => self.insert(house, index, Sense::House),
                    None => self.insert(name, index, sense),
                }
            }
        }
    }

    /// A name goes before a seat: Mexico City is a seat, Monaco and Singapore are countries.
    fn insert(&mut self, name: &str, index: usize, sense: Sense) {
        let known = self.by_name.get(name);
        if known.is_none_or(|(_, known)| *known == Sense::Seat && sense != Sense::Seat) {
            self.by_name.insert(name.to_owned(), (index, sense));
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<(&Country, Sense)> {
        let found = self.by_name.get(name).or_else(|| {
            // Titles of the wires stand in capitals: `JAPAN` is Japan, but `US` stays as it is.
            let is_capitals = name.len() > 3 && !name.chars().any(char::is_lowercase);
            is_capitals.then(|| self.by_name.get(&title_case(name))).flatten()
        });
        let (index, sense) = *found?;
        Some((self.rows.get(index)?, sense))
    }

    /// The first of the seats of a government: the capital.
    pub(crate) fn capital(&self, iso3: &str) -> Option<&'static str> {
        self.capitals.get(iso3).copied()
    }

    pub(crate) fn by_code(&self, iso3: &str) -> Option<&Country> {
        self.rows.get(*self.by_code.get(iso3)?)
    }
}

fn title_case(name: &str) -> String {
    let mut is_start = true;
    let cased = name.chars().map(|c| {
        let cased = if is_start { c } else { c.to_ascii_lowercase() };
        is_start = !c.is_alphabetic();
        cased
    });
    cased.collect()
}
