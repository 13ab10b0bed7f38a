//! Where a sentence ends without a mark, or goes on behind one: a linear model that reviews the rules.
//!
//! The rules of `boundary` know full stops. Mail and the web end sentences at line breaks that are lost in a
//! running text ("Regards, | Ann", "Ann Lee | 03/27/2001 09:11 AM | Please call"); the model has seen
//! such text and the rules' own answer is one of its features.

use std::ops::Range;

/// Words that are looked at on each side of a gap.
const REACH: usize = 3;
/// Sentences that are so short are features as a whole.
const SHORT: usize = 3;
/// Words of a sentence that tell whether it is a heading.
const LOOKED_AT: usize = 8;
/// An end of the rules is taken back only by so many steps of weights: behind "on Sept. 4." one was.
const SURE: i32 = 80;
/// A shape has so many signs, as far as it is looked at.
const SHAPE: u32 = 8;

/// A word as the features see it.
// Each flag is a fact of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Sight {
    /// Hash of its letters, small, with `0` for digits; of its kind if it is an address.
    form: u32,
    /// Hash of its letters by their kinds.
    shape: u32,
    begin: Class,
    end: Class,
    /// No white space stands before it.
    is_near: bool,
    is_dash: bool,
    /// It closes a bracket.
    is_bracket: bool,
    /// It has capitals only, and three or more.
    is_shouted: bool,
}

/// What a word begins or ends with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Class {
    Small,
    Capital,
    Digit,
    /// Ends a sentence: `.`, `!`, `?`.
    Stop,
    /// Never begins one: `,`, `;`.
    Inner,
    Other,
}

/// Forms of addresses.
const MAILBOX: u32 = 2;
const ADDRESS: u32 = 3;

const EDGE: Sight = Sight {
    form: 1,
    shape: 1,
    begin: Class::Other,
    end: Class::Other,
    is_near: false,
    is_dash: false,
    is_bracket: false,
    is_shouted: false,
};

fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' => Class::Small,
        b'A'..=b'Z' => Class::Capital,
        b'0'..=b'9' => Class::Digit,
        b'.' | b'!' | b'?' => Class::Stop,
        b',' | b';' | b'%' => Class::Inner,
        _ => Class::Other,
    }
}

fn mix(state: u32, value: u32) -> u32 {
    (state.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9)
}

impl Sight {
    pub(super) fn new(text: &str, word: &Range<usize>, before: usize) -> Self {
        let bytes = &text.as_bytes()[word.clone()];
        let first = bytes.first().copied().unwrap_or(b' ');
        let last = bytes.last().copied().unwrap_or(b' ');
        let form = form(bytes);
        // An address is no small word, whatever its letters are.
        let class = |byte| if form <= ADDRESS { Class::Other } else { class(byte) };
        Self {
            form,
            shape: shape(bytes),
            begin: class(first),
            end: class(last),
            is_near: word.start == before,
            is_dash: matches!(&text[word.clone()], "-" | "--" | "–" | "—"),
            is_bracket: bytes == b")",
            is_shouted: bytes.len() > 2 && bytes.iter().all(u8::is_ascii_uppercase),
        }
    }
}

fn form(bytes: &[u8]) -> u32 {
    if bytes.len() > 6 {
        if bytes.contains(&b'@') {
            return MAILBOX;
        }
        if bytes.starts_with(b"http") || bytes.starts_with(b"www.") {
            return ADDRESS;
        }
        // Of files their kind alone: `plan.doc`.
        if let Some(at) = bytes[bytes.len() - 5..].iter().position(|byte| *byte == b'.') {
            return letters(&bytes[bytes.len() - 5 + at..]);
        }
    }
    letters(bytes)
}

fn letters(bytes: &[u8]) -> u32 {
    bytes.iter().fold(7, |hash, byte| {
        let byte = if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_lowercase() };
        mix(hash, u32::from(byte))
    })
}

/// Capitals, small letters and digits each as one sign, of which no more than two follow each other.
fn shape(bytes: &[u8]) -> u32 {
    let (mut hash, mut before, mut run, mut signs) = (11, 0, 0, 0);
    for byte in bytes {
        let sign = match byte {
            b'a'..=b'z' | 0x80.. => b'x',
            b'A'..=b'Z' => b'X',
            b'0'..=b'9' => b'd',
            byte => *byte,
        };
        run = if sign == before { run + 1 } else { 1 };
        before = sign;
        if run > 2 {
            continue;
        }
        hash = mix(hash, u32::from(sign));
        signs += 1;
        if signs == SHAPE {
            break;
        }
    }
    hash
}

/// A gap between two words of a paragraph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    /// The word before it.
    pub(super) at: usize,
    /// Where the sentence begins.
    pub(super) start: usize,
    /// The rules end a sentence here.
    pub(super) is_end: bool,
}

impl Gap {
    /// Whether the model has a say: within words, behind commas and between small words nothing ends.
    pub(super) fn is_open(&self, words: &[Sight]) -> bool {
        let (left, right) = (&words[self.at], &words[self.at + 1]);
        if self.is_end {
            return true;
        }
        let is_plain = left.end == Class::Small && right.begin == Class::Small;
        let is_within = right.is_near && left.end != Class::Stop;
        let is_inner = matches!(right.begin, Class::Inner);
        !is_plain && !is_within && !is_inner && !self.is_behind_dateline(words)
    }

    /// "OSLO, Nov. 3 (AP) --": to the web a heading, to the wire the beginning of the sentence.
    fn is_behind_dateline(&self, words: &[Sight]) -> bool {
        const LONGEST: usize = 16;
        let Some(before) = self.at.checked_sub(1).map(|at| &words[at]) else { return false };
        let is_date = words[0].is_shouted && (before.end == Class::Digit || self.at == 1);
        words[self.at].is_dash && self.at < LONGEST && (before.is_bracket || is_date)
    }

    /// The features, as hashes.
    pub(super) fn features(&self, words: &[Sight], mut emit: impl FnMut(u32)) {
        let mut template = 0;
        let mut add = |value: u32| {
            template += 1;
            let hash = mix(value, template);
            let hash = (hash ^ hash >> 15).wrapping_mul(0x85eb_ca6b);
            emit(hash ^ hash >> 13);
        };
        self.around(words, &mut add);
        self.so_far(words, &mut add);
    }

    /// The words on both sides.
    fn around(&self, words: &[Sight], add: &mut impl FnMut(u32)) {
        let word = |offset: usize| {
            let at = (self.at + 1 + offset).checked_sub(REACH);
            at.and_then(|at| words.get(at)).unwrap_or(&EDGE)
        };
        let near: [&Sight; 2 * REACH] = std::array::from_fn(word);
        for word in near {
            add(word.form);
            add(word.shape);
        }
        let [third, second, left, right, next, _] = near;
        add(mix(left.form, right.form));
        add(mix(second.form, left.form));
        add(mix(right.form, next.form));
        add(mix(mix(second.shape, left.shape), right.shape));
        add(mix(mix(left.shape, right.shape), next.shape));
        add(mix(mix(third.shape, second.shape), left.shape));
        add(mix(mix(second.shape, left.shape), mix(right.shape, next.shape)));
        add(mix(left.form, right.shape));
        add(mix(left.shape, right.form));
        add(mix(right.form, next.shape));
        let rule = u32::from(self.is_end) + 2 * u32::from(right.is_near);
        add(rule);
        add(mix(mix(left.shape, right.shape), rule));
        add(mix(right.form, rule));
        add(mix(left.form, rule));
        add(if left.form == right.form { left.shape } else { 0 });
    }

    /// The sentence up to the gap, with the words at it.
    fn so_far(&self, words: &[Sight], add: &mut impl FnMut(u32)) {
        let sentence = &words[self.start..=self.at];
        let (first, left, right) = (&sentence[0], &words[self.at], &words[self.at + 1]);
        let number = |number: usize| u32::try_from(number).unwrap_or(0);
        add(number(sentence.len().min(12)));
        add(number((words.len() - self.at).min(8)));
        add(0);
        // A heading or a name has no small word; items of a list begin alike.
        let known = sentence.iter().take(LOOKED_AT);
        let small = known.filter(|word| word.begin == Class::Small).count();
        let kind = number(16 * small.min(3) + sentence.len().min(LOOKED_AT));
        add(mix(kind, right.shape));
        add(mix(kind, mix(left.shape, right.shape)));
        add(mix(kind, right.form));
        add(mix(first.form, right.form));
        add(mix(first.shape, mix(right.shape, u32::from(first.form == right.form))));
        if sentence.len() <= SHORT {
            let forms = sentence.iter().fold(13, |hash, word| mix(hash, word.form));
            let shapes = sentence.iter().fold(17, |hash, word| mix(hash, word.shape));
            add(mix(forms, right.shape));
            add(mix(shapes, right.shape));
            add(mix(forms, right.form));
        }
    }
}

/// The weights of a language: rows of a tag and a weight. A feature's hash says the row, and the tag
/// whether the row is its own, so features without a weight seldom take that of another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends<'w>(pub(super) &'w [u8]);

/// Rows, as a power of two.
pub(super) const ROW_BITS: u32 = 17;

/// The row of a feature, and its tag, which is never nought.
pub(super) fn place(feature: u32) -> (usize, u8) {
    let [.., tag] = (feature % 255 + 1).to_be_bytes();
    ((feature >> (u32::BITS - ROW_BITS)) as usize, tag)
}

impl Ends<'_> {
    /// How much more likely an end is than none.
    fn score(&self, words: &[Sight], gap: Gap) -> i32 {
        let mut sum = 0;
        gap.features(words, |feature| {
            let (row, tag) = place(feature);
            if let Some([found, weight]) = self.0.get(2 * row..2 * row + 2)
                && *found == tag
            {
                sum += i32::from(weight.cast_signed());
            }
        });
        sum
    }

    /// Reviews the ends of sentences in a paragraph: places of the words behind which one ends.
    pub(super) fn review(&self, text: &str, words: &[Range<usize>], ends: &mut Vec<usize>) {
        let sights = sights(text, words);
        let mut kept: Vec<usize> = Vec::with_capacity(ends.len());
        for gap in gaps(words.len(), ends) {
            let gap = Gap { start: kept.last().map_or(0, |end| end + 1), ..gap };
            let least = if gap.is_end { -SURE } else { 0 };
            let is_end =
                if gap.is_open(&sights) { self.score(&sights, gap) > least } else { gap.is_end };
            if is_end {
                kept.push(gap.at);
            }
        }
        *ends = kept;
    }
}

pub(super) fn sights(text: &str, words: &[Range<usize>]) -> Vec<Sight> {
    let before = words.iter().map(|word| word.end);
    let before = std::iter::once(usize::MAX).chain(before);
    words.iter().zip(before).map(|(word, before)| Sight::new(text, word, before)).collect()
}

/// All gaps of a paragraph, given the words behind which the rules end a sentence.
pub(super) fn gaps(words: usize, ends: &[usize]) -> impl Iterator<Item = Gap> {
    let mut ends = ends.iter().copied().peekable();
    (0..words.saturating_sub(1)).map(move |at| Gap {
        at,
        start: 0,
        is_end: ends.next_if_eq(&at).is_some(),
    })
}
