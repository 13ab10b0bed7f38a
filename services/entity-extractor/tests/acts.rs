//! What the parse adds to the rules: people without a name, the other side of an act, refusals and
//! demands, places, and ids that outlast a new wording. Three sentences for each construction.
#![allow(clippy::unwrap_used)]

mod support;

use dateline_record::{Event, StoryEvents};
use support::shown;

fn extract(dateline: &str, text: &str) -> StoryEvents {
    support::extract(7, dateline, text)
}

fn check(dateline: &str, text: &str, expected: &str) {
    let record = extract(dateline, text);
    let found: Vec<String> = record.events.iter().map(shown).collect();
    assert!(found.iter().any(|event| event == expected), "{text}: {expected} not in {found:?}");
}

#[test]
fn people_without_a_name_are_of_the_storys_country() {
    check("NAIROBI", "Police arrested 14 strikers on Monday.", "COERCE KEN/COP>KEN/LAB actual");
    check("LIMA", "Gunmen killed six villagers on Sunday.", "ASSAULT PER/REB>PER/CVL actual");
    check("ACCRA", "Soldiers shot dead two protesters.", "ASSAULT GHA/MIL>GHA/CVL actual");
}

#[test]
fn a_protest_without_a_target_is_against_the_government() {
    check("LIMA", "Teachers marched through the streets.", "PROTEST PER/LAB>PER/GOV actual");
    check("ACCRA", "Dockworkers picketed the port.", "PROTEST GHA/LAB>GHA/GOV actual");
    check("NAIROBI", "Thousands of students rallied.", "PROTEST KEN/CVL>KEN/GOV actual");
}

#[test]
fn what_others_must_do_is_asked_of_them() {
    check(
        "PARIS",
        "Britain said that Libya must hand over the suspects.",
        "REQUEST GBR/GOV>LBY/GOV actual",
    );
    check("OSLO", "Norway said Sudan must open the camps.", "REQUEST NOR/GOV>SDN/GOV actual");
    check("ROME", "Italy said that Malta must take them in.", "REQUEST ITA/GOV>MLT/GOV actual");
}

#[test]
fn a_denied_report_is_denied() {
    let check = |text: &str, status: &str| {
        let record = extract("MINSK", text);
        let is_told = |event: &Event| event.status.as_str() == status;
        let found: Vec<String> = record.events.iter().map(shown).collect();
        assert!(record.events.iter().any(is_told), "{text}: {found:?}");
        assert!(record.events.iter().all(|event| event.status.as_str() != "actual"), "{found:?}");
    };
    check("Poland denied a report that it had urged Latvia to close the border.", "denied");
    check("Poland denied that its troops had attacked Latvia.", "denied");
    check("Poland denied that it had accused Latvia of spying.", "denied");
}

#[test]
fn an_act_is_where_its_clause_says_else_where_it_plainly_was() {
    let check = |dateline: &str, text: &str, place: Option<&str>| {
        let record = extract(dateline, text);
        let found = record.events.first().and_then(|event| event.place.as_ref());
        assert_eq!(found.map(|place| place.name.as_str()), place, "{text}");
    };
    check("LIMA", "Police arrested 14 strikers in Cusco on Monday.", Some("Cusco"));
    check("LIMA", "Police arrested 14 strikers on Monday.", Some("Lima"));
    check("OSLO", "The United States accused Syria of using gas.", None);
}

#[test]
fn ids_outlast_a_new_wording() {
    let ids = |text: &str| -> Vec<String> {
        let record = extract("OSLO", text);
        record.events.iter().map(|event| event.event_id.as_str().to_owned()).collect()
    };
    let first = ids("Kenya accused Uganda of spying.");
    assert_eq!(first.len(), 1);
    assert_eq!(first, ids("Kenya has angrily accused Uganda of spying on it."));
    assert_ne!(first, ids("Uganda accused Kenya of spying."));
}
