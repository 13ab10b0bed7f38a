//! Six kinds of editing that a wire story meets on its way to its readers.

use dateline_record::CleanStory;

/// An edited story.
pub(crate) struct Edited {
    pub(crate) title: String,
    pub(crate) text: String,
}

type Edit = fn(&CleanStory, [&CleanStory; 2], &mut Random) -> Edited;

/// All kinds with their names.
pub(crate) const EDITS: [(&str, Edit); 6] = [
    ("half of the sentences kept", half_kept),
    ("3 % typos, the title twice, furniture", typos),
    ("a new lead, the last third cut", new_lead),
    ("3 paragraphs more, all numbers changed", update),
    ("10 % of the words misread", misread),
    ("in a digest of three stories", digest),
];

/// Numbers that are the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.bytes().fold(1, |seed, byte| seed * 31 % 1_000_003 + u64::from(byte)))
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// The sentences of a text, roughly.
fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(". ").flat_map(|part| part.split_inclusive("\n\n")).collect()
}

fn half_kept(story: &CleanStory, _: [&CleanStory; 2], random: &mut Random) -> Edited {
    let mut kept = sentences(&story.text);
    let half = kept.len().div_ceil(2);
    while kept.len() > half {
        let index = random.below(kept.len() as u64);
        kept.remove(usize::try_from(index).unwrap_or_default());
    }
    Edited { title: story.title.clone(), text: kept.concat() }
}

/// Changes each word with that chance, in percent.
fn change_words(text: &str, percent: u64, random: &mut Random) -> String {
    let change = |word: &str, random: &mut Random| {
        let letters = word.chars().count();
        if letters < 2 || random.below(100) >= percent {
            return word.to_owned();
        }
        let at = usize::try_from(random.below(letters as u64)).unwrap_or_default();
        word.chars().enumerate().map(|(index, c)| if index == at { 'q' } else { c }).collect()
    };
    text.split(' ').map(|word| change(word, random)).collect::<Vec<_>>().join(" ")
}

fn typos(story: &CleanStory, _: [&CleanStory; 2], random: &mut Random) -> Edited {
    let title = &story.title;
    let text = change_words(&story.text, 3, random);
    let text = format!(
        "{title}\n\n{title}\n\n{text}\n\nSign up here to get the morning news by mail every day.\n\n\
         Share this article with friends\n\nRead more: all stories of this section at a glance"
    );
    Edited { title: title.clone(), text }
}

fn new_lead(story: &CleanStory, others: [&CleanStory; 2], _: &mut Random) -> Edited {
    let mut kept = sentences(&story.text);
    let lead = sentences(&others[0].text).first().map_or("", |lead| lead).trim();
    kept.truncate((kept.len() * 2).div_ceil(3));
    if kept.len() > 1 {
        kept.remove(0);
    }
    Edited { title: others[0].title.clone(), text: format!("{lead}\n\n{}", kept.concat()) }
}

fn update(story: &CleanStory, others: [&CleanStory; 2], random: &mut Random) -> Edited {
    let change = |c: char, random: &mut Random| {
        let digit = char::from_digit(u32::try_from(random.below(10)).unwrap_or_default(), 10);
        digit.filter(|_| c.is_ascii_digit()).unwrap_or(c)
    };
    let text: String = story.text.chars().map(|c| change(c, random)).collect();
    let more = sentences(&others[0].text).into_iter().take(3).collect::<Vec<_>>().join("\n\n");
    Edited { title: format!("UPDATE 1-{}", story.title), text: format!("{text}\n\n{more}") }
}

fn misread(story: &CleanStory, _: [&CleanStory; 2], random: &mut Random) -> Edited {
    Edited { title: story.title.clone(), text: change_words(&story.text, 10, random) }
}

fn digest(story: &CleanStory, others: [&CleanStory; 2], _: &mut Random) -> Edited {
    let all = [others[0], story, others[1]];
    let text = all.map(|story| format!("{}\n\n{}", story.title, story.text)).join("\n\n");
    Edited { title: "News in brief".to_owned(), text }
}
