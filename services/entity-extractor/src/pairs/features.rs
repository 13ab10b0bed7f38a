//! What the model looks at in a pair: the words between and around, the way through the parse, the
//! word that tells the act with all that hangs on it, its mood, and what the verb table says.

use dateline_language::{Relation, Upos, Xpos};

use super::{Scene, Side, Verbs, vectors};

/// Words between two actors that are looked at one by one.
const MAX_BETWEEN: usize = 14;

/// Words around the pair.
const AROUND: usize = 4;

/// Words that say nothing of what is done.
const SMALL: &[&str] = &[
    "the", "a", "an", "of", "to", "in", "on", "at", "for", "from", "with", "by", "and", "or",
    "that", "be", "have", "it", "he", "she", "they", "his", "its", "their", "this", "which", "who",
    "as", "not", "will", "would",
];

/// What the model looks at in a pair.
#[derive(Clone, Debug, Default)]
pub(crate) struct Features {
    /// What is there, as hashes.
    pub(crate) hashed: Vec<u32>,
    /// The vectors of the words that tell the act: the mean of each group of them.
    pub(crate) dense: Vec<f32>,
}

/// Groups of words whose vectors are looked at.
pub(crate) const GROUPS: usize = 4;

/// Collects hashed features.
struct Bag(Vec<u32>);

impl Bag {
    /// A feature of a template and what stands in it.
    fn add(&mut self, template: &str, parts: &[&str]) {
        let mut hash = 0x811c_9dc5_u32;
        let mut take = |byte: u8| hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        for part in std::iter::once(&template).chain(parts) {
            part.bytes().for_each(&mut take);
            take(0);
        }
        // The low bits of the plain hash of short texts are too alike.
        self.0.push(hash ^ (hash >> 15));
    }
}

/// The features of what the source may do to the target. Examples made of the verb table must not
/// look into it: it is always right there.
pub(crate) fn features(
    scene: &Scene,
    verbs: Option<&Verbs>,
    source: &Side,
    target: &Side,
) -> Features {
    let mut bag = Bag(Vec::with_capacity(160));
    bag.add("bias", &[]);
    words(scene, source, target, &mut bag);
    sides(scene, source, target, &mut bag);
    let trigger = scene.trigger(source, target);
    way(scene, trigger, (source, target), &mut bag);
    act(scene, trigger, &mut bag);
    let inner = inner(scene, trigger, source, target);
    let dense = meanings(scene, trigger, &inner, (source, target));
    let mood = mood(scene, trigger);
    for verb in &inner {
        bag.add("inner", &[scene.lemma(*verb)]);
        bag.add("trigger inner", &[scene.lemma(trigger), scene.lemma(*verb)]);
        hanging(scene, *verb, "inner", &mut bag);
    }
    for verb in std::iter::once(trigger).chain(inner) {
        if let Some(pattern) = verbs.and_then(|verbs| verbs.of(scene, verb)) {
            let root = pattern.code.get(..2).unwrap_or_default();
            let place = if verb == trigger { "trigger" } else { "inner" };
            bag.add("table", &[pattern.kind.as_str()]);
            bag.add("table at", &[pattern.kind.as_str(), place]);
            bag.add("table root", &[root, place]);
            bag.add("table mood", &[pattern.kind.as_str(), &mood, place]);
        }
    }
    Features { hashed: bag.0, dense }
}

/// The vectors of the word that tells the act, of those that it governs, of what hangs on either, and of
/// those between and behind the two.
fn meanings(
    scene: &Scene,
    trigger: usize,
    inner: &[usize],
    (source, target): (&Side, &Side),
) -> Vec<f32> {
    let mut dense = Vec::with_capacity(GROUPS * vectors::COMPONENTS);
    let is_large = |word: &&str| !SMALL.contains(word);
    vectors::add_mean(std::iter::once(scene.lemma(trigger)), &mut dense);
    vectors::add_mean(inner.iter().map(|word| scene.lemma(*word)), &mut dense);
    let told = std::iter::once(trigger).chain(inner.iter().copied());
    let parts = told
        .flat_map(|word| scene.parse.children(word))
        .filter(|part| !matches!(scene.parse.upos(*part), Upos::Propn | Upos::Punct | Upos::Det));
    let hanging = parts.flat_map(|part| {
        let below = scene.parse.children(part).filter(|below| {
            matches!(scene.parse.upos(*below), Upos::Noun | Upos::Verb | Upos::Adj)
        });
        std::iter::once(part).chain(below)
    });
    vectors::add_mean(hanging.map(|word| scene.lemma(word)).filter(is_large), &mut dense);
    let is_forward = source.first <= target.first;
    let (left, right) = if is_forward { (source, target) } else { (target, source) };
    let around = (left.last..right.first)
        .chain(right.last..(right.last + AROUND).min(scene.lemmas.len()))
        .map(|word| scene.lemma(word));
    vectors::add_mean(around.filter(is_large), &mut dense);
    dense
}

fn is_in(word: usize, side: &Side) -> bool {
    (side.first..side.last).contains(&word)
}

/// Words by their place around the pair.
fn words(scene: &Scene, source: &Side, target: &Side, bag: &mut Bag) {
    let is_forward = source.first <= target.first;
    let (left, right) = if is_forward { (source, target) } else { (target, source) };
    let order = if is_forward { "forward" } else { "back" };
    let between: Vec<&str> = (left.last..right.first).map(|word| scene.lemma(word)).collect();
    let far = match between.len() {
        0 => "0",
        1..=2 => "1",
        3..=6 => "3",
        7..=14 => "7",
        _ => "15",
    };
    bag.add("order", &[order, far]);
    for lemma in between.iter().take(MAX_BETWEEN) {
        bag.add("between", &[lemma, order]);
        bag.add("word", &[lemma]);
    }
    for pair in between.windows(2).take(MAX_BETWEEN) {
        bag.add("between two", &[pair[0], pair[1], order]);
    }
    for word in right.last..(right.last + AROUND).min(scene.lemmas.len()) {
        bag.add("behind", &[scene.lemma(word), order]);
        bag.add("word", &[scene.lemma(word)]);
    }
    for word in left.first.saturating_sub(AROUND)..left.first {
        bag.add("before", &[scene.lemma(word), order]);
        bag.add("word", &[scene.lemma(word)]);
    }
}

/// Who the two are: their heads, and what leads to each.
fn sides(scene: &Scene, source: &Side, target: &Side, bag: &mut Bag) {
    for (name, side) in [("source", source), ("target", target)] {
        let upos = scene.parse.upos(side.head);
        let relation = scene.parse.relation(side.head).as_str();
        bag.add(name, &[relation]);
        bag.add(name, &[relation, preposition(scene, side.head)]);
        if upos != Upos::Propn {
            bag.add(name, &["head", scene.lemma(side.head)]);
        }
        if let Some(head) = scene.parse.head(side.head) {
            bag.add(name, &["governor", scene.lemma(head), relation]);
        }
    }
}

/// The preposition of a phrase.
fn preposition(scene: &Scene, head: usize) -> &str {
    scene.parse.child_by(head, Relation::Case).map_or("", |word| scene.lemma(word))
}

/// How the parse leads from the source to the target.
fn way(scene: &Scene, trigger: usize, (source, target): (&Side, &Side), bag: &mut Bag) {
    let path = scene.path(source.head, target.head);
    let relations = |words: &[usize]| {
        let names = words.iter().map(|word| scene.parse.relation(*word).as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    let (up, down) = (relations(&path.up), relations(&path.down));
    bag.add("way", &[&up, &down]);
    bag.add("way up", &[&up]);
    bag.add("way down", &[&down]);
    let behind = preposition(scene, target.head);
    bag.add("way by", &[&up, &down, scene.lemma(trigger), behind]);
    bag.add("by", &[scene.lemma(trigger), behind]);
    for word in path.up.iter().skip(1).chain(&path.down) {
        if !is_in(*word, source) && !is_in(*word, target) {
            bag.add("on way", &[scene.lemma(*word)]);
        }
    }
    if scene.are_joined(source, target) {
        bag.add("joined", &[]);
        bag.add("joined", &[scene.lemma(trigger)]);
    }
}

/// The word that tells the act, and what hangs on it.
fn act(scene: &Scene, trigger: usize, bag: &mut Bag) {
    let (lemma, upos) = (scene.lemma(trigger), scene.parse.upos(trigger).as_str());
    let mood = mood(scene, trigger);
    bag.add("trigger", &[lemma]);
    bag.add("trigger", &[lemma, upos]);
    bag.add("trigger", &[lemma, "mood", &mood]);
    bag.add("mood", &[&mood]);
    hanging(scene, trigger, "trigger", bag);
}

/// What hangs on a verb or noun, one step and for objects two.
fn hanging(scene: &Scene, word: usize, place: &str, bag: &mut Bag) {
    for child in scene.parse.children(word) {
        let relation = scene.parse.relation(child);
        let is_small = matches!(relation, Relation::Punct | Relation::Det | Relation::Cc);
        if is_small || scene.parse.upos(child) == Upos::Propn {
            continue;
        }
        let lemma = scene.lemma(child);
        bag.add("hangs", &[relation.base().as_str(), lemma, place]);
        bag.add("hangs on", &[scene.lemma(word), relation.base().as_str(), lemma]);
        let is_object = matches!(
            relation,
            Relation::Obj | Relation::Obl | Relation::Xcomp | Relation::Ccomp | Relation::Advcl
        );
        if is_object {
            let below = scene.parse.children(child).filter(|below| {
                scene.parse.upos(*below) != Upos::Propn
                    && !matches!(scene.parse.relation(*below), Relation::Det | Relation::Punct)
            });
            for below in below {
                bag.add("hangs below", &[lemma, scene.lemma(below)]);
            }
        }
    }
}

/// Verbs that the trigger governs as its content, and those on the way down to the target.
fn inner(scene: &Scene, trigger: usize, source: &Side, target: &Side) -> Vec<usize> {
    let path = scene.path(source.head, target.head);
    let mut found: Vec<usize> = path.down.clone();
    found.extend(scene.parse.children(trigger).filter(|child| {
        matches!(scene.parse.relation(*child), Relation::Xcomp | Relation::Ccomp | Relation::Obj)
    }));
    found.retain(|word| *word != trigger && !is_in(*word, source) && !is_in(*word, target));
    found.sort_unstable();
    found.dedup();
    found.truncate(4);
    found
}

/// Tense, voice, modal verb and negation of a verb, in one word.
fn mood(scene: &Scene, verb: usize) -> String {
    let mut parts = Vec::new();
    for child in scene.parse.children(verb) {
        let lemma = scene.words.get(child).map_or("", String::as_str);
        match scene.parse.relation(child) {
            Relation::Aux if scene.parse.xpos(child) == Xpos::Md => parts.push(lemma),
            Relation::AuxPass => parts.push("passive"),
            Relation::Mark if lemma == "to" => parts.push("to"),
            Relation::Advmod if matches!(lemma, "not" | "n't" | "never") => parts.push("not"),
            _ => {}
        }
    }
    parts.join(" ")
}
