//! A wire of many stories, drawn from a seed: each version a file in the folder that the newswire's own
//! files arrive in; what was new is updated, corrected and killed later.

use std::{fs, path::PathBuf};

use dateline_record::StoryId;
use fastrand::Rng;
use integration_tests::newswire::Channel;
use serde_json::json;

const COUNTRIES: &[&str] = &[
    "France",
    "Germany",
    "Japan",
    "Australia",
    "Brazil",
    "Egypt",
    "Kenya",
    "Turkey",
    "Poland",
    "India",
    "Canada",
    "Mexico",
    "Nigeria",
    "Norway",
    "Peru",
    "Greece",
    "Spain",
    "Chile",
    "Ghana",
    "Jordan",
];

const CITIES: &[&str] = &["PARIS", "BERLIN", "TOKYO", "CAIRO", "NAIROBI", "LIMA", "OSLO", "ATHENS"];

/// What one does to another, and what they speak of.
const ACTS: &[&str] = &[
    "signed an agreement with {} on",
    "accused {} of breaking the rules on",
    "met the president of {} to discuss",
    "imposed sanctions on {} over",
    "sent aid to {} after talks on",
    "recalled its ambassador from {} over",
    "threatened {} with a boycott of",
    "urged {} to open its market for",
];

const MATTERS: &[&str] = &[
    "fishing rights",
    "grain exports",
    "border crossings",
    "air traffic",
    "the price of gas",
    "tax reform",
    "cyber security",
    "rail freight",
    "student visas",
    "customs fees",
    "river dams",
    "radio frequencies",
];

/// What a version does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Move {
    New,
    Update,
    Correction,
    Kill,
}

/// A story as its last version has it.
#[derive(Clone, Debug)]
struct Told {
    id: String,
    version: u32,
    text: String,
    is_killed: bool,
}

/// The wire.
#[derive(Debug)]
pub(crate) struct Wire {
    folder: PathBuf,
    random: Rng,
    stories: Vec<Told>,
}

impl Wire {
    pub(crate) fn new(folder: PathBuf, seed: u64) -> Self {
        Self { folder, random: Rng::with_seed(seed), stories: Vec::new() }
    }

    /// Sends so many versions.
    pub(crate) fn send(&mut self, versions: usize) {
        for _ in 0..versions {
            let step = match self.random.u32(..10) {
                _ if self.stories.len() < 5 => Move::New,
                0..6 => Move::New,
                6..8 => Move::Update,
                8 => Move::Correction,
                _ => Move::Kill,
            };
            self.send_one(step);
        }
    }

    fn send_one(&mut self, step: Move) {
        let at = if step == Move::New {
            let (id, text) = (format!("wire-{:05}", self.stories.len()), String::new());
            self.stories.push(Told { id, version: 0, text, is_killed: false });
            self.stories.len() - 1
        } else {
            self.random.usize(..self.stories.len())
        };
        let text = self.text();
        let story = &mut self.stories[at];
        if story.is_killed {
            return;
        }
        story.version += 1;
        story.is_killed = step == Move::Kill;
        story.text = text;
        self.write(at, step);
    }

    fn text(&mut self) -> String {
        let random = &mut self.random;
        let mut pick = |from: &[&'static str]| from[random.usize(..from.len())];
        let city = pick(CITIES);
        let sentences: Vec<String> = (0..4)
            .map(|_| {
                let act = pick(ACTS).replace("{}", pick(COUNTRIES));
                format!(
                    "{} {act} {} and {} on Tuesday.",
                    pick(COUNTRIES),
                    pick(MATTERS),
                    pick(MATTERS)
                )
            })
            .collect();
        format!("{city}, Oct 7 (Example Wire) - {}", sentences.join(" "))
    }

    fn write(&self, at: usize, step: Move) {
        let story = &self.stories[at];
        let (status, signal) = match step {
            Move::New => ("usable", "new"),
            Move::Update => ("usable", "update"),
            Move::Correction => ("usable", "correction"),
            Move::Kill => ("canceled", "kill"),
        };
        let line = json!({
            "id": story.id,
            "version": story.version,
            "status": status,
            "signal": signal,
            "title": format!("Story {at}: talks and quarrels, version {}", story.version),
            "text": if story.is_killed { "" } else { &story.text },
            "published": "2014-10-07T09:00:00Z",
            "language": "en",
        });
        self.file(&format!("{}.v{:02}.jsonl", story.id, story.version), &format!("{line}\n"));
    }

    /// A file that stands as a whole at once.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let half = self.folder.join(format!(".{name}.tmp"));
        fs::write(&half, text).unwrap();
        fs::rename(half, self.folder.join(name)).unwrap();
    }

    /// What the warehouse says otherwise than the wire's own ledger, `found` being text by story.
    pub(crate) fn differences(&self, found: &dyn Fn(&StoryId) -> Option<String>) -> Vec<String> {
        let wrong = |told: &&Told| {
            let text = found(&StoryId::derive(Channel::Folder.provider(), &told.id));
            let last = told.text.rsplit(". ").next().unwrap_or_default();
            let is_right = text.is_some_and(|text| {
                told.is_killed == text.is_empty() && (told.is_killed || text.contains(last))
            });
            !is_right
        };
        let told = |told: &Told| {
            format!("{} version {} (killed: {})", told.id, told.version, told.is_killed)
        };
        self.stories.iter().filter(wrong).map(told).collect()
    }
}
