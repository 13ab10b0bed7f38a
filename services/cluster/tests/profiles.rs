//! What the side job learns of a source's stories.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cluster::{ProfileConfig, Profiles};
use dateline_record::{CleanStory, ContentHash, SourceProfile, StoryId, read};
use dateline_runtime::Fold;

fn side_job() -> Profiles {
    Profiles::new(ProfileConfig { min_stories: 5, min_share: 0.2 }).unwrap()
}

/// A story with these paragraphs, and with a line that the cleaner took out as learned.
fn story(name: &str, revision: u64, paragraphs: &[&str], learned: Option<&str>) -> CleanStory {
    let (mut text, mut spans) = (String::new(), Vec::new());
    for paragraph in paragraphs {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let start = text.len();
        text.push_str(paragraph);
        spans.push(serde_json::json!({"span": {"start": start, "end": text.len()}}));
    }
    let removed = learned.map(|line| serde_json::json!({"reason": "learned", "text": line}));
    let json = serde_json::json!({
        "story_id": StoryId::derive("test", name),
        "revision": revision,
        "status": "usable",
        "signal": "new",
        "source_id": "test",
        "provider": "test",
        "title": name,
        "fetched_at": "2026-01-01T00:00:00Z",
        "language": {"code": "en", "confidence": "high"},
        "text": text,
        "paragraphs": spans,
        "word_count": 0,
        "content_hash": ContentHash::of(text.as_bytes()),
        "access": "open",
        "profile": "test",
        "removed": removed.into_iter().collect::<Vec<_>>(),
    });
    read(json.to_string().as_bytes()).unwrap()
}

/// What the side job emits of a story: the lines of the profile, where there is a new one.
fn furniture(job: &mut Profiles, story: CleanStory) -> Option<Vec<String>> {
    let mut outputs: Vec<SourceProfile> = job.handle(story).unwrap().outputs;
    assert!(outputs.len() < 2);
    outputs.pop().map(|profile| profile.furniture)
}

#[test]
fn a_line_of_many_stories_is_learned_and_stays_learned() {
    let mut job = side_job();
    let app = "Our app has all of it.";
    for number in 0..4 {
        let body = format!("Ministers met for round {number}.");
        assert_eq!(furniture(&mut job, story(&body, 1, &[&body, app], None)), None);
        // Other versions of the story do not count again.
        assert_eq!(furniture(&mut job, story(&body, 2, &[&body, "More.", app], None)), None);
    }
    let fifth = story("5", 1, &["They left.", "OUR APP has all of it"], None);
    assert_eq!(furniture(&mut job, fifth), Some(vec![app.to_owned()]));
    // From now on the cleaner takes it out, and says so: it stays in the profile.
    for number in 5..200 {
        let body = format!("Ministers met for round {number}.");
        assert_eq!(furniture(&mut job, story(&body, 1, &[&body], Some(app))), None);
    }
    // The site drops it: it is forgotten.
    let changes: Vec<Vec<String>> = (200..2_000)
        .filter_map(|number| {
            let body = format!("Ministers met for round {number}.");
            furniture(&mut job, story(&body, 1, &[&body], None))
        })
        .collect();
    assert_eq!(changes, [Vec::<String>::new()]);
}

#[test]
fn what_stands_in_the_middle_or_is_long_or_rare_is_not_learned() {
    let mut job = side_job();
    let long = "The war began when the troops of one side crossed the border. ".repeat(5);
    for number in 0..200 {
        let name = number.to_string();
        let own: Vec<String> = (0..12).map(|line| format!("{number} of {line}.")).collect();
        let mut lines: Vec<&str> = own.iter().map(String::as_str).collect();
        lines.insert(5, "It was the third meeting of the year.");
        lines.push(&long);
        if number % 6 == 0 {
            lines.push("The report was first published on Monday.");
        }
        assert_eq!(furniture(&mut job, story(&name, 1, &lines, None)), None, "{number}");
    }
}

#[test]
fn it_goes_on_from_its_memory() {
    let (mut job, mut memories) = (side_job(), Vec::new());
    let app = "Our app has all of it.";
    let body = |number: usize| format!("Ministers met for round {number}.");
    for number in 0..8 {
        let lines = if number < 4 { vec![app] } else { vec![] };
        let body = body(number);
        let lines: Vec<&str> = std::iter::once(body.as_str()).chain(lines).collect();
        memories.extend(job.handle(story(&body, 1, &lines, None)).unwrap().memories);
    }
    let mut job = side_job();
    job.restore(memories.pop().unwrap());
    // A story that was counted before the restart does not count again.
    assert_eq!(furniture(&mut job, story(&body(3), 2, &["x", app], None)), None);
    let lines = Some(vec![app.to_owned()]);
    assert_eq!(furniture(&mut job, story("new", 1, &["They left.", app], None)), lines);
}
