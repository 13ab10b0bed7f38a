//! Acts whose sides, days and places are not told by the order of words; three sentences for each
//! construction.
#![allow(clippy::unwrap_used)]

mod support;

use dateline_record::{PlaceBasis, StoryEvents};
use support::shown;

fn extract(dateline: &str, text: &str) -> StoryEvents {
    support::extract(8, dateline, text)
}

fn check(text: &str, expected: &str) {
    let record = extract("OSLO", text);
    let found: Vec<String> = record.events.iter().map(shown).collect();
    assert!(found.iter().any(|event| event == expected), "{text}: {expected} not in {found:?}");
}

#[test]
fn the_united_states_are_no_pronoun() {
    check("Chad demanded that the US cancel the sale.", "REQUEST TCD/GOV>USA/GOV actual");
    check("The US accused Syria of using gas.", "ACCUSE USA/GOV>SYR/GOV actual");
    check("Iran criticised the US on Monday.", "ACCUSE IRN/GOV>USA/GOV actual");
}

#[test]
fn weapons_act_for_their_country() {
    check("Israeli tanks shelled Lebanon on Monday.", "ASSAULT ISR/MIL>LBN/GOV actual");
    check(
        "Turkish warplanes bombed Iraq on Monday, the ministry said.",
        "ASSAULT TUR/MIL>IRQ/GOV actual",
    );
    check("Ethiopian artillery attacked Eritrea late on Sunday.", "ASSAULT ETH/MIL>ERI/GOV actual");
}

#[test]
fn who_did_it_may_be_unknown() {
    let check = |text: &str, country: &str| {
        let record = extract("OSLO", text);
        let unknown = record.events.iter().find(|event| {
            event.source.actor.sector.as_deref() == Some("UNK") && event.source.inferred
        });
        let target = unknown.and_then(|event| event.target.as_ref());
        assert_eq!(target.map(|it| it.actor.code.as_str()), Some(country), "{text}");
    };
    check("A roadside bomb killed two Kenyan soldiers in Somalia.", "KEN");
    check("Three Indian policemen were killed in Kashmir on Monday.", "IND");
    check("A landmine wounded four Malian soldiers near the border on Sunday.", "MLI");
}

#[test]
fn the_receiver_is_the_other_side() {
    check("Finland gave Tanzania a grant of two million euros.", "AID FIN/GOV>TZA/GOV actual");
    check("Norway granted Nepal a loan.", "AID NOR/GOV>NPL/GOV actual");
    check("China gave Kenya credit for a railway.", "AID CHN/GOV>KEN/GOV actual");
}

#[test]
fn what_would_come_when_it_was_said_is_planned() {
    let check = |text: &str, status: &str| {
        let record = extract("OSLO", text);
        let found: Vec<&str> = record.events.iter().map(|event| event.status.as_str()).collect();
        assert!(found.contains(&status) && !found.contains(&"actual"), "{text}: {found:?}");
    };
    check("Japan said it would lend Vietnam two million dollars.", "planned");
    check("Canada said that it would send food to Haiti.", "planned");
    check("Turkey said it would attack Syria if talks failed.", "hypothetical");
}

#[test]
fn an_act_has_the_day_that_the_parse_ties_to_it() {
    let check = |text: &str, kind: &str, from: &str| {
        let record = extract("OSLO", text);
        let event = record.events.iter().find(|event| event.kind.as_str() == kind);
        let date = event.and_then(|event| event.date.as_ref());
        assert_eq!(date.map(|date| date.from.as_str()), Some(from), "{text}");
    };
    check("Kenya said on Tuesday that Uganda attacked Sudan on Sunday.", "ASSAULT", "2014-10-05");
    check(
        "Peru and Chile met in Lima on Monday, and Chile accused Bolivia on Tuesday.",
        "CONSULT",
        "2014-10-06",
    );
    // What is told without a day is of the day of the news.
    check("Mali and Niger met on Monday. Mali accused Chad of spying.", "ACCUSE", "2014-10-06");
}

#[test]
fn a_place_is_the_clauses_own_or_the_capital_it_means() {
    let check = |text: &str, place: &str, basis: PlaceBasis| {
        let record = extract("OSLO", text);
        let found =
            record.events.iter().find_map(|event| event.place.as_ref().zip(event.place_basis));
        let found = found.map(|(place, basis)| (place.name.as_str(), basis));
        assert_eq!(found, Some((place, basis)), "{text}");
    };
    check("Armenia and Azerbaijan met in the Georgian capital.", "Tbilisi", PlaceBasis::Clause);
    check("Soldiers arrested ten students in the town of Narvik.", "Narvik", PlaceBasis::Clause);
    check("Norwegian police arrested ten students.", "Oslo", PlaceBasis::Dateline);
}

/// Nothing of the kind may be found.
fn none(text: &str, forbidden: &str) {
    let record = extract("OSLO", text);
    let found: Vec<String> = record.events.iter().map(shown).collect();
    assert!(found.iter().all(|event| !event.starts_with(forbidden)), "{text}: {found:?}");
}

#[test]
fn a_threat_is_one_whatever_it_is_of() {
    check(
        "Niger threatened to stop the talks if Mali goes ahead.",
        "THREATEN NER/GOV>MLI/GOV actual",
    );
    check("Chad threatened to seize Sudanese trucks.", "THREATEN TCD/GOV>SDN/GOV actual");
    check("Peru vowed to attack Ecuador on Monday.", "THREATEN PER/GOV>ECU/GOV actual");
    check(
        "Kenya will expel Somali diplomats unless the raids end.",
        "THREATEN KEN/GOV>SOM/GOV actual",
    );
    none("Gabon warned Cameroon about a storm.", "THREATEN");
}

#[test]
fn a_deal_that_fails_is_refused() {
    check("Egypt and Libya failed to reach agreement on Monday.", "REJECT EGY/GOV>LBY/GOV actual");
    check("Iran and Oman failed to sign an accord.", "REJECT IRN/GOV>OMN/GOV actual");
    none("Turkey and Greece reached agreement on Monday.", "REJECT");
}

#[test]
fn a_phrase_ends_at_the_parsers_verb() {
    check("Egyptian demonstrators rioted on Monday.", "PROTEST EGY/CVL>EGY/GOV actual");
    check("Young Algerians blocked roads on Monday.", "PROTEST DZA/CVL>DZA/GOV actual");
    check("Chilean miners downed tools on Monday.", "PROTEST CHL/LAB>CHL/GOV actual");
}

#[test]
fn who_is_moved_is_no_other_side() {
    none("Uganda pulled 150 of its soldiers out of South Sudan.", "CONCEDE UGA/GOV>UGA");
    none("France sent 300 soldiers to Chad on Monday.", "MOBILIZE FRA/GOV>FRA");
    check("France sent 300 soldiers to Chad on Monday.", "MOBILIZE FRA/GOV>TCD/GOV actual");
}

#[test]
fn what_is_asked_for_oneself_is_no_request() {
    none("An Iraqi official asked not to be named on Monday.", "REQUEST");
    none("A Turkish minister asked to remain anonymous.", "REQUEST");
    check("Iraq asked Turkey to leave on Monday.", "REQUEST IRQ/GOV>TUR/GOV actual");
}

#[test]
fn only_somebody_is_handed_over() {
    none("Iran handed over a letter to Iraq on Monday.", "COOPERATE");
    check("Spain handed over a suspect to Peru on Monday.", "COOPERATE ESP/GOV>PER/GOV actual");
    check("Mexico extradited two men to Chile.", "COOPERATE MEX/GOV>CHL/GOV actual");
}

#[test]
fn a_stranger_who_says_it_is_nobody_named_before() {
    none(
        "Japan met Peru on Monday. The charity said it was sheltering Haitian refugees.",
        "AID JPN",
    );
    none("Chad met Togo on Monday. The firm said it had accused Niger of fraud.", "ACCUSE TCD");
    check("Chad met Togo on Monday. It accused Niger of fraud.", "ACCUSE TCD/GOV>NER/GOV actual");
}

#[test]
fn peoples_are_of_the_country_that_they_live_in() {
    check("The Albanians of southern Serbia urged NATO to come.", "REQUEST SRB/CVL>IGO/GOV actual");
    check("US-led forces attacked Somalia on Monday.", "ASSAULT USA/MIL>SOM/GOV actual");
    check("The Kremlin accused Latvia of spying.", "ACCUSE RUS/GOV>LVA/GOV actual");
}
