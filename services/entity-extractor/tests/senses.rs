//! What looks like an act and is none, whose act is meant, and what was only meant to be; three sentences
//! for each construction.
#![allow(clippy::unwrap_used)]

mod support;

use support::shown;

fn found(text: &str) -> Vec<String> {
    let record = support::extract(7, "OSLO", text);
    assert_eq!(record.not_coded, None, "{text}");
    record.events.iter().map(shown).collect()
}

/// No event of any type that `kinds` names.
fn check_none(kinds: &[&str], texts: [&str; 3]) {
    for text in texts {
        let found = found(text);
        let is_kind = |event: &String| kinds.iter().any(|kind| event.starts_with(kind));
        assert!(!found.iter().any(is_kind), "{text}: {found:?}");
    }
}

fn check(text: &str, expected: &str) {
    let found = found(text);
    assert!(found.iter().any(|event| event == expected), "{text}: {expected} not in {found:?}");
}

#[test]
fn who_keeps_silent_refuses_nobody() {
    check_none(
        &["REJECT"],
        [
            "Norway declined to comment on the remarks of Sweden.",
            "A spokesman of Kenya refused to say when Uganda would answer.",
            "Chile declined to give details of its letter to Peru.",
        ],
    );
    check("Kenya refused a request from Uganda.", "REJECT KEN/GOV>UGA/GOV actual");
}

#[test]
fn who_meets_or_receives_a_thing_meets_nobody() {
    check_none(
        &["CONSULT", "AGREE"],
        [
            "France met its obligations to Spain last year.",
            "The Kenyan president received a letter of the Ugandan president.",
            "India has received no reply from Nepal.",
        ],
    );
    check(
        "The Kenyan president met the Ugandan president in Nairobi on Monday.",
        "CONSULT KEN/GOV>UGA/GOV actual",
    );
}

#[test]
fn what_is_withdrawn_or_fought_must_be_a_force() {
    check_none(
        &["ASSAULT", "RETREAT"],
        [
            "Hungary withdrew its support for Romania.",
            "Poland is fighting unemployment with help from Germany.",
            "Chad withdrew its complaint against Niger.",
        ],
    );
}

#[test]
fn a_country_in_the_name_of_a_firm_does_nothing() {
    check_none(
        &["SUPPORT", "ACCUSE"],
        [
            "American Motors Corp praised China.",
            "Gibraltar Financial Corp accused Spain of delays.",
            "Japan Steel has praised the government of Brazil for its new taxes.",
        ],
    );
}

#[test]
fn a_citizen_who_travels_visits_no_government() {
    check_none(
        &["CONSULT", "AGREE"],
        [
            "The Kenyan businessman visited Uganda.",
            "A Danish family flew to Chad.",
            "Two Polish journalists travelled to Peru.",
        ],
    );
}

#[test]
fn what_citizens_should_do_is_an_opinion() {
    check_none(
        &["REQUEST"],
        [
            "Scientists in Norway said that children should stay at home.",
            "The Kenyan minister said that shops must close early.",
            "The Danish premier said that parents must be patient.",
        ],
    );
}

#[test]
fn an_attack_is_condemned_for_who_made_it() {
    check("Peru condemned the attack by Chile on Bolivia.", "ACCUSE PER/GOV>CHL/GOV actual");
    check("Kenya criticised the raid by Uganda on Sudan.", "ACCUSE KEN/GOV>UGA/GOV actual");
    check("Japan denounced the strike by Syria on Jordan.", "ACCUSE JPN/GOV>SYR/GOV actual");
}

#[test]
fn what_was_to_have_been_was_not() {
    check("Peru and Chile were to have signed a treaty.", "SUPPORT PER/GOV>CHL/GOV cancelled");
    check("Kenya and Uganda were to have held talks.", "AGREE KEN/GOV>UGA/GOV cancelled");
    check("Brazil and Peru were to have signed an accord.", "SUPPORT BRA/GOV>PER/GOV cancelled");
}

#[test]
fn the_day_of_a_trip_is_not_that_of_its_end() {
    let check = |text: &str, day: &str| {
        let record = support::extract(7, "OSLO", text);
        let dates = record.events.iter().filter_map(|event| event.date.as_ref());
        let days: Vec<&str> = dates.map(|date| date.from.as_str()).collect();
        assert_eq!(days, [day], "{text}");
    };
    check(
        "Norway's minister on Tuesday called off a trip to Chad that had been set for the next day.",
        "2014-10-08",
    );
    check("Kenya's president on Monday cancelled a visit to Uganda set for Friday.", "2014-10-10");
    check("Mali's premier on Tuesday postponed a visit to Niger due on Thursday.", "2014-10-09");
}

#[test]
fn a_small_word_far_from_the_verb_says_nothing_of_it() {
    check_none(
        &["ASSAULT"],
        [
            "Kenya demanded a permanent seat on the council of the European Union.",
            "Peru wants a larger say on the board of the World Bank.",
            "Norway pushed a proposal on fishing with Iceland.",
        ],
    );
}

#[test]
fn what_was_done_is_not_of_a_day_to_come() {
    for text in [
        "Teachers marched in Nairobi to demand elections in 2017.",
        "France and Germany met in Paris to prepare the summit of 2016.",
        "Police in Lima arrested 20 protesters against the games of 2018.",
    ] {
        let record = support::extract(7, "OSLO", text);
        assert!(!record.events.is_empty(), "{text}");
        for event in &record.events {
            let from = event.date.as_ref().map(|date| date.from.as_str());
            assert!(from.is_none_or(|from| from < "2015"), "{text}: {}", shown(event));
        }
    }
}
