//! Places on the map by name.

use std::collections::HashMap;

use dateline_record::Place;

use crate::{table, table::BadData};

const FILES: &[(&str, &str)] = &[
    ("places-1.tsv", include_str!("../../../models/knowledge/places-1.tsv")),
    ("places-2.tsv", include_str!("../../../models/knowledge/places-2.tsv")),
    ("places-3.tsv", include_str!("../../../models/knowledge/places-3.tsv")),
    ("places-4.tsv", include_str!("../../../models/knowledge/places-4.tsv")),
];

struct Entry {
    country: &'static str,
    latitude: f64,
    longitude: f64,
    id: Option<u32>,
    thousands: u32,
}

pub(crate) struct Places {
    by_name: HashMap<&'static str, Vec<Entry>>,
}

impl Places {
    pub(crate) fn load() -> Result<Self, BadData> {
        let mut by_name: HashMap<&str, Vec<Entry>> = HashMap::new();
        for (file, text) in FILES {
            for row in table::rows(file, text, 6) {
                let row = row?;
                by_name.entry(row[0]).or_default().push(Entry {
                    country: row[1],
                    latitude: row[2].parse().unwrap_or(0.0),
                    longitude: row[3].parse().unwrap_or(0.0),
                    id: row[4].parse().ok(),
                    thousands: row[5].parse().unwrap_or(0),
                });
            }
        }
        Ok(Self { by_name })
    }

    pub(crate) fn get(&self, name: &str, country: Option<&str>) -> Option<Place> {
        let entries = self.by_name.get(name)?;
        let fits = |entry: &Entry| country.is_some_and(|country| country == entry.country);
        // The id is the last resort, so that the choice is the same on every machine.
        let best = entries
            .iter()
            .max_by_key(|entry| (fits(entry), entry.thousands, std::cmp::Reverse(entry.id)))?;
        Some(Place {
            name: name.to_owned(),
            country: Some(best.country.to_owned()).filter(|country| !country.is_empty()),
            geonames_id: best.id,
            latitude: Some(best.latitude),
            longitude: Some(best.longitude),
        })
    }

    pub(crate) fn population_thousands(&self, name: &str) -> Option<u32> {
        let entries = self.by_name.get(name)?;
        entries.iter().map(|entry| entry.thousands).max()
    }
}
