//! Actors, places and codes: lookup and resolution; pure. The files are compiled in, so that
//! loading needs no path and no download.

mod actor;
mod country;
mod near;
mod place;
mod table;

use std::collections::HashMap;

use dateline_record::{Actor, Place};

pub use actor::{Kind, Known};
pub use country::{Country, Sense};
pub use place::Surroundings;
pub use table::BadData;

use actor::Actors;
use country::Countries;
use place::Places;

/// Everything that is known of actors and places.
pub struct Knowledge {
    actors: Actors,
    countries: Countries,
    places: Places,
    agents: HashMap<&'static str, &'static str>,
}

/// The version of the files: it changes with every build of them that differs.
pub const VERSION: &str = "knowledge@2026.11.2";

impl Knowledge {
    /// Reads the files.
    pub fn load() -> Result<Self, BadData> {
        let agents =
            table::rows("agents.tsv", include_str!("../../../models/knowledge/agents.tsv"), 2)
                .map(|row| row.map(|row| (row[0], row[1])));
        Ok(Self {
            actors: Actors::load()?,
            countries: Countries::load()?,
            places: Places::load()?,
            agents: agents.collect::<Result<_, _>>()?,
        })
    }

    /// A person, an organisation or a group by any of its names. `day` (`YYYY-MM-DD`) decides
    /// which of several offices counts; without a day an office in government goes first.
    pub fn actor(&self, name: &str, day: Option<&str>) -> Option<Known> {
        self.actors.get(&key(name), day)
    }

    /// A person whose name was written with one letter wrong, added, missing or exchanged.
    pub fn misspelt_person(&self, name: &str, day: Option<&str>) -> Option<Known> {
        self.actors.near(&key(name), day)
    }

    /// A country by its name, its people or adjective, or its seat of government, in the case in
    /// which those are written.
    pub fn country(&self, name: &str) -> Option<(&Country, Sense)> {
        self.countries.get(name)
    }

    /// A country by its ISO 3166-1 alpha-3 code.
    pub fn country_by_code(&self, iso3: &str) -> Option<&Country> {
        self.countries.by_code(iso3)
    }

    /// The name of the capital of a country.
    pub fn capital(&self, iso3: &str) -> Option<&'static str> {
        self.countries.capital(iso3)
    }

    /// A place by its name; of several with the same name, one in `country` or else the largest.
    pub fn place(&self, name: &str, country: Option<&str>) -> Option<Place> {
        self.places.get(name, country)
    }

    /// The place of a name that fits best to what the story says around it.
    pub fn resolve(&self, name: &str, around: &Surroundings) -> Option<Place> {
        self.places.resolve(name, around)
    }

    /// How many thousand people live at the largest place of that name.
    pub fn population_thousands(&self, name: &str) -> Option<u32> {
        self.places.population_thousands(name)
    }

    /// The sector of somebody who is named by a role, for example `soldiers`; lower case.
    pub fn agent(&self, role: &str) -> Option<&'static str> {
        self.agents.get(role).copied()
    }

    /// The government of a country.
    pub fn government(&self, iso3: &str) -> Actor {
        Actor { code: iso3.to_owned(), sector: Some("GOV".to_owned()) }
    }
}

/// A name as the files have it: lower case, no accents.
fn key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars().map(plain).flat_map(char::to_lowercase).collect()
}

/// The letter without its accent, for the letters that names in news have.
fn plain(c: char) -> char {
    const PAIRS: &[(&str, char)] = &[
        ("áàâäãåāăą", 'a'),
        ("ÁÀÂÄÃÅĀĂĄ", 'A'),
        ("çćčĉ", 'c'),
        ("ÇĆČ", 'C'),
        ("ďđ", 'd'),
        ("éèêëēėęě", 'e'),
        ("ÉÈÊËĒĖĘĚ", 'E'),
        ("ğģ", 'g'),
        ("íìîïīıį", 'i'),
        ("ÍÌÎÏİ", 'I'),
        ("ķ", 'k'),
        ("łļľ", 'l'),
        ("Ł", 'L'),
        ("ñńňņ", 'n'),
        ("óòôöõøōő", 'o'),
        ("ÓÒÔÖÕØ", 'O'),
        ("řŕ", 'r'),
        ("śšşș", 's'),
        ("ŚŠŞȘ", 'S'),
        ("ťţț", 't'),
        ("úùûüūůű", 'u'),
        ("ÚÙÛÜ", 'U'),
        ("ýÿ", 'y'),
        ("źžż", 'z'),
        ("ŹŽŻ", 'Z'),
        ("’", '\''),
    ];
    let found = PAIRS.iter().find(|(letters, _)| letters.contains(c));
    found.map_or(c, |(_, plain)| *plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowledge() -> Knowledge {
        Knowledge::load().unwrap()
    }

    #[test]
    fn knows_people_by_the_day() {
        let known = knowledge();
        let check = |name: &str, day: Option<&str>, expected: Option<(&str, Option<&str>)>| {
            let found = known.actor(name, day).map(|known| known.actor);
            let found = found.as_ref().map(|actor| (actor.code.as_str(), actor.sector.as_deref()));
            assert_eq!(found, expected, "{name} {day:?}");
        };
        check("Shinzo Abe", Some("2014-10-07"), Some(("JPN", Some("GOV"))));
        check("Shinzo Abe", Some("2021-10-07"), Some(("JPN", None)));
        check("Vladimir Putin", None, Some(("RUS", Some("GOV"))));
        check("Recep Tayyip Erdoğan", Some("2020-01-01"), Some(("TUR", Some("GOV"))));
        check("Security Council", None, Some(("UNO", Some("GOV"))));
        check("Anna Example", None, None);
    }

    #[test]
    fn forgives_one_wrong_letter() {
        let known = knowledge();
        let check = |name: &str, expected: Option<&str>| {
            let found = known.misspelt_person(name, Some("2014-10-07")).map(|known| known.name);
            assert_eq!(found, expected, "{name}");
        };
        check("Vladmir Putin", Some("Vladimir Putin"));
        check("Angela Merkle", Some("Angela Merkel"));
        check("Vladimir Puton", Some("Vladimir Putin"));
        check("Vlad Putin", None);
        check("Putn", None);
    }

    #[test]
    fn knows_countries_by_all_their_names() {
        let known = knowledge();
        let check = |name: &str, expected: Option<(&str, Sense)>| {
            let found = known.country(name).map(|(country, sense)| (country.iso3, sense));
            assert_eq!(found, expected, "{name}");
        };
        check("Japan", Some(("JPN", Sense::Name)));
        check("Japanese", Some(("JPN", Sense::People)));
        check("Tokyo", Some(("JPN", Sense::Seat)));
        check("the Kremlin", None);
        check("Kremlin", Some(("RUS", Sense::House)));
        check("US", Some(("USA", Sense::Name)));
        check("us", None);
        check("South Korea", Some(("KOR", Sense::Name)));
        assert_eq!(known.capital("GEO"), Some("Tbilisi"));
        assert_eq!(known.capital("USA"), Some("Washington"));
        assert_eq!(known.capital("XXX"), None);
    }

    #[test]
    fn knows_places() {
        let known = knowledge();
        let check = |name: &str, country: Option<&str>, expected: Option<(u32, &str)>| {
            let place = known.place(name, country);
            let found = place.and_then(|place| Some((place.geonames_id?, place.country?)));
            let found = found.as_ref().map(|(id, country)| (*id, country.as_str()));
            assert_eq!(found, expected, "{name}");
        };
        check("Sochi", None, Some((491_422, "RUS")));
        check("Beijing", None, Some((1_816_670, "CHN")));
        check("Tokyo", None, Some((1_850_147, "JPN")));
        check("Crimea", None, Some((703_883, "UKR")));
        check("Nowhere at all", None, None);
        let around = |qualifier| Surroundings { qualifier, ..Surroundings::default() };
        let country = |name: &str, around: &Surroundings| known.resolve(name, around)?.country;
        assert_eq!(country("London", &around(None)).as_deref(), Some("GBR"));
        assert_eq!(country("London", &around(Some("Ontario"))).as_deref(), Some("CAN"));
        let countries = vec![("USA".to_owned(), 1.0)];
        let us = Surroundings { countries, ..Surroundings::default() };
        assert_eq!(country("Birmingham", &us).as_deref(), Some("USA"));
        let names = vec!["Cordoba", "Seville"];
        let countries = vec![("ESP".to_owned(), 1.0)];
        let spain = Surroundings { countries, names, ..Surroundings::default() };
        assert_eq!(country("Cordoba", &spain).as_deref(), Some("ESP"));
        assert_eq!(country("Cox's Bazar", &around(None)).as_deref(), Some("BGD"));
        assert_eq!(country("Sevastopol", &around(None)).as_deref(), Some("UKR"));
        assert_eq!(known.place("Birmingham", Some("USA")).unwrap().country.as_deref(), Some("USA"));
        assert_eq!(known.place("Birmingham", None).unwrap().country.as_deref(), Some("GBR"));
    }

    #[test]
    fn knows_roles() {
        let known = knowledge();
        assert_eq!(known.agent("soldiers"), Some("MIL"));
        assert_eq!(known.agent("foreign minister"), Some("GOV"));
        assert_eq!(known.agent("teapot"), None);
    }
}
