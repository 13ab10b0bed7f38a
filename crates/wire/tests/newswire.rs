//! The matrix of newswires: seven formats, each with a story's whole life, and hostile input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dateline_record::{Signal, Status};
use dateline_wire::newswire::{Kind, Layout, WireFormat, WireItem, parse, read, sniff, split};
use proptest::prelude::*;

/// The bytes of a cell of the matrix: `newswire/<format>/<cell>.<ending>`.
fn bytes(format: WireFormat, cell: &str) -> Vec<u8> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/newswire").join(format.as_str());
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let path = files.find(|path| path.file_stem().is_some_and(|stem| stem == cell)).unwrap();
    fs::read(path).unwrap()
}

fn item(format: WireFormat, cell: &str) -> WireItem {
    let bytes = bytes(format, cell);
    assert_eq!(sniff(&bytes), Some(format), "{format:?} {cell}");
    let places = split(format, &bytes);
    assert_eq!(places.len(), 1, "{format:?} {cell}");
    parse(format, &bytes[places[0].clone().unwrap()]).unwrap()
}

const CELLS: &[(&str, Signal, Status)] = &[
    ("new", Signal::New, Status::Usable),
    ("update", Signal::Update, Status::Usable),
    ("correction", Signal::Correction, Status::Usable),
    ("kill", Signal::Kill, Status::Canceled),
    ("withhold", Signal::New, Status::Withheld),
    ("embargo", Signal::New, Status::Embargoed),
    ("advisory", Signal::New, Status::Usable),
];

#[test]
fn every_cell_is_read() {
    let now = dateline_record::Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let mut cells = 0;
    for format in WireFormat::ALL {
        let first = item(*format, "new");
        for (cell, signal, status) in CELLS {
            let item = item(*format, cell);
            let label = format!("{} {cell}", format.as_str());
            assert_eq!(item.status_at(now), *status, "{label}");
            // What is withheld may be so in any version.
            if *cell != "withhold" {
                assert_eq!(item.signal, *signal, "{label}");
            }
            assert_eq!(item.is_advisory, *cell == "advisory", "{label}");
            assert_eq!(item.kind, Kind::Text, "{label}");
            let is_same_story = !matches!(*cell, "embargo" | "advisory");
            assert_eq!(
                item.story_id() == first.story_id(),
                is_same_story,
                "{label}: {:?}",
                item.id
            );
            let until = item.embargo.as_ref().and_then(|e| e.at).map(|at| at.to_string());
            let expected = (*cell == "embargo").then_some("2099-10-07T06:00:00.000Z");
            assert_eq!(until.as_deref(), expected, "{label}");
            cells += 1;
        }
    }
    println!("newswire matrix: {cells} of {} cells", WireFormat::ALL.len() * CELLS.len());
    assert_eq!(cells, 49);
}

#[test]
fn every_format_gives_the_whole_story() {
    for format in WireFormat::ALL {
        let item = item(*format, "new");
        let label = format.as_str();
        assert_eq!(
            item.title.as_deref(),
            Some("Freedonia and Sylvania agree to reopen bridge"),
            "{label}"
        );
        assert_eq!(item.urgency.as_ref().unwrap().level, Some(3), "{label}");
        assert!(
            item.byline.as_ref().unwrap().to_lowercase().contains("by anna example"),
            "{label}"
        );
        assert!(item.slug.as_ref().unwrap().to_lowercase().contains("freedonia"), "{label}");
        assert!(!item.subjects.is_empty(), "{label}");
        let text = item.text();
        assert!(
            text.contains("met in Freedonia City on Tuesday and agreed to reopen"),
            "{label}: {text}"
        );
        assert!(text.contains("officials of both sides said."), "{label}");
        let moment = [&item.modified, &item.published].into_iter().flatten().find_map(|m| m.at);
        assert!(moment.unwrap().to_string().starts_with("2014-10-07T09:3"), "{label}");
        assert!(item.paragraphs.len() >= 2, "{label}");
    }
}

#[test]
fn tables_listings_and_letters_stay() {
    let layouts = |format: WireFormat| {
        let item = item(format, "new");
        item.paragraphs.into_iter().map(|part| (part.layout, part.text)).collect::<Vec<_>>()
    };
    let g2 = layouts(WireFormat::NewsmlG2);
    assert!(g2.contains(&(Layout::Table, "Bridge\t412 m".to_owned())), "{g2:?}");
    let nitf = layouts(WireFormat::Nitf);
    assert!(
        nitf.contains(&(Layout::Verbatim, "Length   412 m\nWidth     18 m".to_owned())),
        "{nitf:?}"
    );
    assert!(nitf.contains(&(Layout::Heading, "The bridge".to_owned())));
    let ninjs = layouts(WireFormat::Ninjs);
    assert!(ninjs.contains(&(Layout::Item, "One lane opens first".to_owned())));
    assert!(item(WireFormat::Newsml1, "new").text().contains("Caf\u{e9}s"));
}

#[test]
fn links_lead_to_the_story() {
    let check = |format: WireFormat, cell: &str, own: &str, story: &str| {
        let item = item(format, cell);
        assert_eq!((item.id.as_deref(), item.story_id()), (Some(own), Some(story)), "{cell}");
    };
    let talks = "tag:example.com,2014:talks";
    check(WireFormat::NewsmlG2, "correction", "tag:example.com,2014:talks-corrected", talks);
    let first = "urn:newsml:example.com:20141007:TALKS-1";
    check(WireFormat::Newsml1, "correction", "urn:newsml:example.com:20141007:TALKS-4", first);
    check(WireFormat::Nitf, "kill", "ex-nitf-9", "ex-nitf-1");
    // An association of a story that is no correction leads nowhere.
    check(WireFormat::Newsml1, "update", first, first);
    let anpa = "anpa:i:2014-10-07:bc-fr-freedonia-bridge";
    check(WireFormat::Anpa1312, "kill", anpa, anpa);
    let iptc = "iptc7901:i:2014-10-07:freedonia-bridge-sylvania";
    check(WireFormat::Iptc7901, "correction", iptc, iptc);
}

/// A cell with one part of it written otherwise.
fn changed(format: WireFormat, cell: &str, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes(format, cell)).into_owned();
    assert!(text.contains(from), "{from}");
    text.replace(from, to).into_bytes()
}

#[test]
fn a_document_with_a_text_takes_the_place_of_the_one_that_it_cancels() {
    let cancel = "management-status=\"usable\" management-doc-idref=\"ex-nitf-0\" \
                  management-idref-status=\"canceled\"";
    let bytes = changed(WireFormat::Nitf, "new", "<docdata>", &format!("<docdata {cancel}>"));
    let item = parse(WireFormat::Nitf, &bytes).unwrap();
    assert_eq!((item.status, item.signal), (Status::Usable, Signal::Update));
    assert_eq!(item.story_id(), Some("ex-nitf-0"));
}

#[test]
fn a_release_at_the_time_of_issue_is_no_embargo() {
    let embargo = |release: &str| {
        let dates =
            format!("<date.issue norm=\"20141007T093000\"/><date.release norm=\"{release}\"/>");
        let bytes =
            changed(WireFormat::Nitf, "new", "<date.issue norm=\"20141007T093000Z\"/>", &dates);
        parse(WireFormat::Nitf, &bytes).unwrap().embargo
    };
    assert_eq!(embargo("20141007T093000"), None);
    assert_eq!(embargo("20141007T080000"), None);
    assert!(embargo("20141007T120000").is_some());
}

#[test]
fn what_forbids_is_never_guessed() {
    let check = |format: WireFormat, cell: &str, (from, to): (&str, &str), field: &str| {
        let problem = parse(format, &changed(format, cell, from, to)).unwrap_err();
        assert_eq!(problem.field, field, "{format:?} {to}: {problem}");
        assert!(!problem.what.is_empty());
    };
    check(WireFormat::NewsmlG2, "new", ("stat:usable", "stat:maybe"), "pubStatus");
    check(
        WireFormat::Newsml1,
        "new",
        ("Status FormalName=\"Usable\"", "Status FormalName=\"?\""),
        "Status",
    );
    check(WireFormat::Nitf, "withhold", ("withheld", "unsure"), "management-status");
    check(WireFormat::Ninjs, "new", ("\"usable\"", "\"cancelled\""), "pubstatus");
    check(WireFormat::ApMedia, "new", ("\"usable\"", "\"later\""), "pubstatus");
    let until = "2099-10-07T06:00:00Z";
    for format in [WireFormat::NewsmlG2, WireFormat::Ninjs, WireFormat::ApMedia] {
        check(format, "embargo", (until, "next Monday"), "embargo");
        check(format, "embargo", (until, "2099"), "embargo");
    }
    check(WireFormat::Newsml1, "embargo", ("20991007T060000Z", "soon"), "embargo");
    check(WireFormat::Nitf, "embargo", ("20991007T060000Z", "soon"), "embargo");
    check(WireFormat::Anpa1312, "embargo", ("0600 GMT Oct. 7, 2099", "Monday"), "embargo");
    check(WireFormat::Iptc7901, "embargo", ("7 Oct 2099 06:00 GMT", "Monday"), "embargo");
}

#[test]
fn an_embargo_without_end_or_zone_holds() {
    let now = dateline_record::Timestamp::parse("2099-10-07T11:00:00Z").unwrap();
    let later = dateline_record::Timestamp::parse("2099-10-07T13:00:00Z").unwrap();
    let embargo = |to: &str| {
        let bytes = changed(WireFormat::NewsmlG2, "embargo", "2099-10-07T06:00:00Z", to);
        parse(WireFormat::NewsmlG2, &bytes).unwrap()
    };
    assert_eq!(embargo("").status_at(later), Status::Embargoed);
    // A day has not begun everywhere before noon of Greenwich.
    assert_eq!(embargo("2099-10-07").status_at(now), Status::Embargoed);
    assert_eq!(embargo("2099-10-07").status_at(later), Status::Usable);
    assert_eq!(embargo("2099-10-07T06:00:00Z").status_at(now), Status::Usable);
}

#[test]
fn a_kill_goes_through_whatever_else_is_wrong() {
    let bytes = changed(WireFormat::NewsmlG2, "embargo", "stat:embargoed", "stat:canceled");
    let text = String::from_utf8(bytes).unwrap().replace("2099-10-07T06:00:00Z", "whenever");
    let item = parse(WireFormat::NewsmlG2, text.as_bytes()).unwrap();
    assert_eq!((item.signal, item.status), (Signal::Kill, Status::Canceled));
}

#[test]
fn one_bad_item_does_not_spoil_the_others() {
    let text = String::from_utf8(bytes(WireFormat::NewsmlG2, "new")).unwrap();
    let start = text.find("<newsItem").unwrap();
    let end = text.find("</newsItem>").unwrap() + "</newsItem>".len();
    let good = &text[start..end];
    let bad = good.replace("stat:usable", "stat:maybe");
    let cut = &good[..200];
    let file = format!("<newsMessage><itemSet>{good}{bad}{cut}{good}</itemSet></newsMessage>");
    let places = split(WireFormat::NewsmlG2, file.as_bytes());
    let read: Vec<bool> = places
        .into_iter()
        .map(|place| {
            place.is_ok_and(|range| parse(WireFormat::NewsmlG2, &file.as_bytes()[range]).is_ok())
        })
        .collect();
    assert_eq!(read, [true, false, false, true]);
}

#[test]
fn no_entity_is_resolved() {
    let bomb = "<!DOCTYPE nitf [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\">\
        <!ENTITY c SYSTEM \"file:///etc/passwd\">]><nitf><body><body.head><hedline><hl1>&b;&c;</hl1>\
        </hedline></body.head></body></nitf>";
    let item = parse(WireFormat::Nitf, bomb.as_bytes()).unwrap();
    assert_eq!(item.title.as_deref(), Some("&b;&c;"));
}

/// Reads within a time that only something worse than linear would exceed.
fn within_bounds(name: &str, text: &str) {
    let start = Instant::now();
    for format in WireFormat::ALL {
        for place in split(*format, text.as_bytes()).into_iter().take(100).flatten() {
            let _ = parse(*format, &text.as_bytes()[place]);
        }
    }
    sniff(text.as_bytes());
    assert!(start.elapsed() < Duration::from_secs(20), "{name}: {:?}", start.elapsed());
}

#[test]
fn hostile_documents_are_refused_within_bounds() {
    within_bounds("deep", &format!("<newsItem>{}", "<a>".repeat(200_000)));
    within_bounds("wide", &format!("<nitf>{}", "<a/>".repeat(300_000)));
    within_bounds("open items", &"<newsItem guid='a'>".repeat(20_000));
    within_bounds("attribute", &format!("<newsItem guid='{}'/>", "x".repeat(2_000_000)));
    within_bounds("attributes", &format!("<newsItem {}/>", "a='b' ".repeat(100_000)));
    within_bounds("json", &format!("{}1{}", "{\"a\":[".repeat(50_000), "]}".repeat(50_000)));
    within_bounds("strings", &"\"".repeat(1_000_001));
    within_bounds("headers", &"\u{1}".repeat(100_000));
    within_bounds(
        "html",
        &format!("{{\"uri\":\"a\",\"body_html\":\"{}\"}}", "<p><b>".repeat(100_000)),
    );
    within_bounds(
        "slug",
        &format!(
            "\u{1}W2870\nu i {} 10-07 1\n\u{2}^{}<\n",
            "a-".repeat(50_000),
            "KILL, ".repeat(50_000)
        ),
    );
}

/// A cell of the matrix.
fn cell() -> impl Strategy<Value = (WireFormat, Vec<u8>)> {
    let formats = prop::sample::select(WireFormat::ALL.to_vec());
    let cells = prop::sample::select(CELLS.iter().map(|cell| cell.0).collect::<Vec<_>>());
    (formats, cells).prop_map(|(format, cell)| (format, bytes(format, cell)))
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes: Vec<u8>) {
        sniff(&bytes);
        for format in WireFormat::ALL {
            for place in split(*format, &bytes) {
                let range = place.unwrap_or_else(|problem| problem.bytes.unwrap());
                let _ = read(*format, &bytes[range], None);
            }
        }
    }

    #[test]
    fn no_mutation_makes_a_reader_panic(
        (format, mut bytes) in cell(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
    ) {
        for (place, byte, kind) in edits {
            if bytes.is_empty() { break; }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        sniff(&bytes);
        for place in split(format, &bytes) {
            let range = place.unwrap_or_else(|problem| problem.bytes.unwrap());
            let _ = parse(format, &bytes[range]);
        }
    }

    #[test]
    fn a_cut_kill_is_never_usable(at in any::<prop::sample::Index>()) {
        for format in [WireFormat::NewsmlG2, WireFormat::Newsml1, WireFormat::Nitf, WireFormat::Ninjs, WireFormat::ApMedia] {
            let whole = bytes(format, "kill");
            let end = whole.trim_ascii_end().len();
            let cut = &whole[..at.index(end)];
            for range in split(format, cut).into_iter().flatten() {
                if let Ok(item) = parse(format, &cut[range]) {
                    prop_assert!(item.status.recalls());
                }
            }
        }
    }
}
