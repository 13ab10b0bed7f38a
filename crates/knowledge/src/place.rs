//! Places on the map by name.

use std::cmp::Reverse;

use dateline_record::Place;

use crate::table::BadData;

const FILE: &str = include_str!("../../../models/knowledge/places.tsv");
const FIELDS: usize = 8;

/// A place that the name of a town is to lie in outweighs all else.
const QUALIFIED: f64 = 50.0;
/// A country that the story names, or that it was sent from.
const NAMED_COUNTRY: f64 = 3.5;
/// A province that the story names.
const NAMED_REGION: f64 = 3.0;
/// Another name of a town is less likely meant than a town's own.
const OTHER_NAME: f64 = 1.5;
/// A province is named less often than a town of as many people.
const REGION_SHARE: f64 = 0.05;
/// Regions and waters that no list of towns has are as likely as a town of so many thousands.
const OWN_THOUSANDS: u32 = 3000;

/// What a story says that helps to tell places of one name apart.
#[derive(Clone, Debug, Default)]
pub struct Surroundings<'s> {
    /// What stands behind the name: "Ontario" in "London, Ontario".
    pub qualifier: Option<&'s str>,
    /// The ISO3 codes of the countries that the story names or was sent from, each with its share
    /// of the mentions.
    pub countries: Vec<(String, f64)>,
    /// Names of other places in the story.
    pub names: Vec<&'s str>,
}

/// A place of some name.
#[derive(Clone, Copy, Debug)]
struct Entry {
    country: &'static str,
    latitude: f64,
    longitude: f64,
    id: Option<u32>,
    thousands: u32,
    /// `C` a town, `A` a town by another name, `R` a province, `O` what this project added.
    kind: u8,
    region: &'static str,
}

/// The file's lines, which are sorted by name.
pub(crate) struct Places {
    lines: Vec<(u32, u32)>,
}

impl Places {
    pub(crate) fn load() -> Result<Self, BadData> {
        let mut lines = Vec::with_capacity(FILE.len() / 50);
        let mut start = 0;
        for (number, line) in (1..).zip(FILE.lines()) {
            let fields = line.bytes().filter(|byte| *byte == b'\t').count() + 1;
            if fields != FIELDS {
                return Err(BadData { file: "places.tsv", line: number, fields, expected: FIELDS });
            }
            let end = start + line.len();
            lines.push((as_u32(start), as_u32(end)));
            start = end + 1;
        }
        Ok(Self { lines })
    }

    fn line(&self, at: usize) -> &'static str {
        self.lines.get(at).map_or("", |(start, end)| &FILE[*start as usize..*end as usize])
    }

    fn entries(&self, name: &str) -> impl Iterator<Item = Entry> {
        let name_of = |line: &(u32, u32)| name_of(&FILE[line.0 as usize..line.1 as usize]);
        let first = self.lines.partition_point(|line| name_of(line) < name);
        let count = self.lines[first..].iter().take_while(|line| name_of(line) == name).count();
        (first..first + count).filter_map(|at| Entry::read(self.line(at)))
    }

    /// The best place of a name, in `country` where one lies there.
    pub(crate) fn get(&self, name: &str, country: Option<&str>) -> Option<Place> {
        let countries =
            country.map(|country| (country.to_owned(), QUALIFIED)).into_iter().collect();
        self.resolve(name, &Surroundings { countries, ..Surroundings::default() })
    }

    /// The place of a name that fits best to what the story says.
    pub(crate) fn resolve(&self, name: &str, around: &Surroundings) -> Option<Place> {
        // The file has the curved apostrophe, the wires the straight one: "Cox's Bazar".
        let curved = name.replace('\'', "’");
        let entries = self.entries(name).chain(self.entries(&curved).filter(|_| curved != name));
        let best = entries.max_by(|a, b| {
            let score = |entry: &Entry| entry.score(name, around);
            let order = score(a).total_cmp(&score(b));
            // The id is the last resort, so that the choice is the same on every machine.
            order.then_with(|| Reverse(a.id).cmp(&Reverse(b.id)))
        })?;
        Some(Place {
            name: name.to_owned(),
            country: Some(best.country.to_owned()).filter(|country| !country.is_empty()),
            geonames_id: best.id,
            latitude: Some(best.latitude),
            longitude: Some(best.longitude),
        })
    }

    /// How many thousand people live at the largest place that bears the name as its own; 0 for
    /// regions and waters that stand for themselves.
    pub(crate) fn population_thousands(&self, name: &str) -> Option<u32> {
        self.entries(name).map(|entry| if entry.kind == b'O' { 0 } else { entry.thousands }).max()
    }
}

impl Entry {
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('\t').skip(1);
        Some(Self {
            country: fields.next()?,
            latitude: fields.next()?.parse().ok()?,
            longitude: fields.next()?.parse().ok()?,
            id: fields.next()?.parse().ok(),
            thousands: fields.next()?.parse().ok()?,
            kind: *fields.next()?.as_bytes().first()?,
            region: fields.next()?,
        })
    }

    fn score(&self, name: &str, around: &Surroundings) -> f64 {
        let thousands = if self.kind == b'O' { OWN_THOUSANDS } else { self.thousands };
        let share = if self.kind == b'R' { REGION_SHARE } else { 1.0 };
        // The same bits on every machine, which those of the platform are not.
        let mut score = libm::log(1.0 + f64::from(thousands) * share);
        if self.kind == b'A' {
            score -= OTHER_NAME;
        }
        if around.qualifier.is_some_and(|qualifier| self.lies_in(qualifier)) {
            score += QUALIFIED;
        }
        let named = around.countries.iter().find(|(code, _)| code == self.country);
        if let Some((_, share)) = named {
            score += NAMED_COUNTRY * share.sqrt().max(*share);
        }
        // A name does not speak for itself: there are provinces of the same name as their town.
        let is_town = self.kind != b'R' && !self.region.is_empty() && self.region != name;
        if is_town && around.names.contains(&self.region) {
            score += NAMED_REGION;
        }
        score
    }

    fn lies_in(&self, qualifier: &str) -> bool {
        qualifier == self.country || !self.region.is_empty() && qualifier == self.region
    }
}

fn name_of(line: &str) -> &str {
    line.split('\t').next().unwrap_or_default()
}

fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
