//! Names of time zones and their offsets from UTC.

use super::civil::Zone;

/// Offsets in minutes, east positive, of names with one meaning in news.
const NAMES: &[(&str, i32)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("est", -300),
    ("edt", -240),
    ("et", -300),
    ("ct", -360),
    ("cdt", -300),
    ("mt", -420),
    ("mst", -420),
    ("mdt", -360),
    ("pt", -480),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("hdt", -540),
    ("at", -240),
    ("adt", -180),
    ("nst", -210),
    ("ndt", -150),
    ("brt", -180),
    ("brst", -120),
    ("art", -180),
    ("clt", -240),
    ("clst", -180),
    ("cot", -300),
    ("pet", -300),
    ("vet", -240),
    ("uyt", -180),
    ("west", 60),
    ("cet", 60),
    ("cest", 120),
    ("met", 60),
    ("mest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("wat", 60),
    ("cat", 120),
    ("sast", 120),
    ("eet", 120),
    ("eest", 180),
    ("eat", 180),
    ("msk", 180),
    ("msd", 240),
    ("trt", 180),
    ("irst", 210),
    ("irdt", 270),
    ("pkt", 300),
    ("npt", 345),
    ("ict", 420),
    ("wib", 420),
    ("wita", 480),
    ("wit", 540),
    ("hkt", 480),
    ("sgt", 480),
    ("myt", 480),
    ("pht", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("acdt", 630),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
];

/// Names with several meanings, with the one that news use most.
const AMBIGUOUS: &[(&str, i32)] = &[
    ("ast", -240), // Atlantic; also Arabia
    ("cst", -360), // Central; also China, Cuba
    ("bst", 60),   // Britain; also Bangladesh
    ("gst", 240),  // Gulf; also South Georgia
    ("ist", 330),  // India; also Israel, Ireland
    ("sst", -660), // Samoa; also Singapore
];

/// The zone of a name in lower case.
pub(super) fn by_name(name: &str) -> Zone {
    let find = |table: &[(&str, i32)]| {
        table.iter().find(|(known, _)| *known == name).map(|(_, minutes)| *minutes)
    };
    find(NAMES)
        .map(Zone::Offset)
        .or_else(|| find(AMBIGUOUS).map(Zone::Ambiguous))
        .unwrap_or(Zone::Unknown)
}

/// The zone of an offset of hours and minutes; none beyond a day.
pub(super) fn by_offset(east: bool, hours: i32, minutes: i32) -> Option<Zone> {
    let fits = hours < 24 && minutes < 60;
    let total = hours * 60 + minutes;
    fits.then_some(Zone::Offset(if east { total } else { -total }))
}
