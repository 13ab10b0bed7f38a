//! Trains the model of pairs: from marked sentences, and from the verb table as weak examples.

use std::ops::Range;

use anyhow::{Context, Result};
use dateline_language::{Node, Parse, Relation, Upos};
use dateline_record::EventType;

use super::{
    CLASSES, Features, Model, Scene, Side, class_of, features, likeliest, margins,
    model::{ROWS, Weights, joined, softmax, with_dense},
};
use crate::{coding::acts::rule_of, engine::Engine};

/// Sentences with more actors are lists, and would count too much.
const MAX_QUIET_PARTIES: usize = 6;

/// How the model is trained.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Times that all examples are gone through.
    pub epochs: usize,
    /// The first step.
    pub rate: f32,
    /// Pull of the weights to nought.
    pub decay: f32,
    /// What an example out of the verb table counts.
    pub table_weight: f32,
    /// What a pair without an event counts.
    pub none_weight: f32,
    /// What a pair of ordinary news counts, between which nothing is told.
    pub quiet_weight: f32,
    /// Times that the marked pairs are gone through for their types.
    pub type_epochs: usize,
    /// What a type told wrong costs.
    pub type_cost: f32,
    /// Where the order of the examples starts.
    pub seed: u64,
}

/// A sentence with a marked pair.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The sentence.
    pub text: String,
    /// The bytes of who acts.
    pub source: Range<usize>,
    /// The bytes of who is acted upon.
    pub target: Range<usize>,
    /// What is done.
    pub kind: EventType,
}

/// Features, class and weight of a pair.
#[derive(Clone, Debug)]
pub struct Example {
    pub(super) features: Features,
    pub(super) class: usize,
    pub(super) weight: f32,
}

/// Makes examples and models.
pub struct Trainer {
    engine: Engine,
}

impl Trainer {
    /// A trainer that reads sentences as the stage does.
    pub fn new(config: crate::Config) -> Result<Self> {
        Ok(Self { engine: Engine::untrained(config)? })
    }

    /// The marked pair first, then pairs of the same sentence of which nothing is told.
    pub fn examples(&self, marked: &Marked, plan: &Plan) -> Result<Vec<Example>> {
        let engine = &self.engine;
        let scene = Scene::new(&marked.text, 0..marked.text.len(), &engine.parser, &engine.table);
        let side = |bytes: &Range<usize>| {
            scene.side(bytes.clone()).with_context(|| format!("{:?}: no such words", marked.text))
        };
        let (source, target) = (side(&marked.source)?, side(&marked.target)?);
        let example = |source: &Side, target: &Side, kind, weight| Example {
            features: features(&scene, Some(&engine.table), source, target),
            class: class_of(kind),
            weight,
        };
        let mut examples = vec![example(&source, &target, Some(marked.kind), 1.0)];
        if !is_mutual(marked.kind) {
            examples.push(example(&target, &source, None, plan.none_weight));
        }
        let others = engine.parties(&marked.text);
        let others: Vec<Side> = others.into_iter().filter_map(|bytes| scene.side(bytes)).collect();
        let is_marked = |side: &Side| side.overlaps(&source) || side.overlaps(&target);
        for one in &others {
            for other in &others {
                let is_pair = !(one.overlaps(other) || is_marked(one) && is_marked(other));
                // What one of the marked does to a third may be told, too: half as sure.
                let is_near = is_marked(one) || is_marked(other);
                if is_pair {
                    let weight = plan.none_weight * if is_near { 0.3 } else { 0.6 };
                    examples.push(example(one, other, None, weight));
                }
            }
        }
        Ok(examples)
    }

    /// Pairs of a sentence of ordinary news between which no word tells an act: nothing is told of
    /// them, however near they stand. Without such pairs the model takes every sentence for an event.
    pub fn quiet_examples(&self, text: &str, plan: &Plan) -> Vec<Example> {
        let engine = &self.engine;
        let bytes = engine.parties(text);
        if !(2..=MAX_QUIET_PARTIES).contains(&bytes.len()) {
            return Vec::new();
        }
        let scene = Scene::new(text, 0..text.len(), &engine.parser, &engine.table);
        let sides: Vec<Side> = bytes.into_iter().filter_map(|bytes| scene.side(bytes)).collect();
        let pairs = sides.iter().flat_map(|one| sides.iter().map(move |other| (one, other)));
        let is_quiet = |one: &Side, other: &Side| {
            let path = scene.path(one.head, other.head);
            let words = path.up.iter().chain(&path.down).chain([&path.top]).copied();
            !one.overlaps(other)
                && words.chain([scene.trigger(one, other)]).all(|word| !self.tells(&scene, word))
        };
        let quiet = pairs.filter(|(one, other)| is_quiet(one, other));
        quiet
            .map(|(one, other)| Example {
                features: features(&scene, Some(&engine.table), one, other),
                class: class_of(None),
                weight: plan.quiet_weight,
            })
            .collect()
    }

    /// Whether a word may tell an act: by a rule, or by words of the verb table around it.
    fn tells(&self, scene: &Scene, word: usize) -> bool {
        let ontology = &self.engine.ontology;
        let form = scene.words.get(word).map_or("", String::as_str);
        let is_vague = ontology.is_vague(scene.lemma(word));
        rule_of(&self.engine, scene, word).is_some()
            || ontology.noun(form).next().is_some()
            || self.engine.table.of(scene, word).is_some_and(|told| told.has_words() || !is_vague)
    }

    /// The verb table as examples: `S verb words T`, as if it were parsed.
    pub fn table_examples(&self, plan: &Plan) -> Vec<Example> {
        let engine = &self.engine;
        let rows = engine.table.rows();
        let made = rows.map(|(verb, pattern, verbs)| {
            let (before, behind) = pattern.written();
            let (scene, source, target) = scene_of(verb, &before, &behind);
            Example {
                features: features(&scene, None, &source, &target),
                class: class_of(Some(pattern.kind)),
                // A row is one piece of knowledge, of however many verbs.
                weight: plan.table_weight / verbs,
            }
        });
        made.collect()
    }

    /// The type that the model gives a marked pair, whatever the chance of there being none.
    pub fn best_type(&self, model: &Trained, example: &Example) -> EventType {
        likeliest(model.chances(&example.features)).map_or(EventType::Agree, |best| best.0)
    }
}

fn is_mutual(kind: EventType) -> bool {
    matches!(kind, EventType::Consult | EventType::Cooperate | EventType::Agree)
}

/// A made-up sentence: the source before the verb, the target behind it and its words.
fn scene_of(verb: &str, before: &[&str], behind: &[&str]) -> (Scene, Side, Side) {
    let mut words: Vec<String> = Vec::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut put = |word: &str, upos: Upos, relation: Relation| {
        words.push(word.to_owned());
        nodes.push(Node { head: None, relation, upos, ..Node::default() });
    };
    let first = |phrase: &str| phrase.split('/').next().unwrap_or_default().to_owned();
    for phrase in before {
        first(phrase).split(' ').for_each(|word| put(word, Upos::Noun, Relation::Advmod));
    }
    put("source", Upos::Propn, Relation::Nsubj);
    let source = before.iter().map(|phrase| first(phrase).split(' ').count()).sum::<usize>();
    let mut verb = verb.split('_');
    put(verb.next().unwrap_or_default(), Upos::Verb, Relation::Root);
    verb.for_each(|word| put(word, Upos::Adp, Relation::CompoundPrt));
    for phrase in behind {
        first(phrase).split(' ').for_each(|word| put(word, Upos::Noun, Relation::Obj));
    }
    put("target", Upos::Propn, if behind.is_empty() { Relation::Obj } else { Relation::Obl });
    let (at, last) = (source + 1, words.len() - 1);
    for (number, node) in nodes.iter_mut().enumerate() {
        node.head = (number != at).then(|| u16::try_from(at).unwrap_or(0));
    }
    let scene = Scene {
        spans: words.iter().map(|_| 0..0).collect(),
        lemmas: words.clone(),
        words,
        // The verb table is not asked about its own rows.
        ids: Vec::new(),
        parse: Parse::new(nodes),
    };
    let side = |word| Side { first: word, last: word + 1, head: word };
    (scene, side(source), side(last))
}

/// Weights as they are learned.
pub struct Trained {
    events: Weights,
    types: Weights,
    dense: Weights,
}

impl Trained {
    /// Learns whether there is an event from all examples, and its type from those that have one.
    pub fn learn(examples: &[&Example], plan: &Plan) -> Self {
        let told: Vec<&Example> =
            examples.iter().copied().filter(|example| example.class + 1 < CLASSES.len()).collect();
        let (types, dense) = margins::types(&told, plan);
        Self { events: events(examples, plan), types, dense }
    }

    /// The bytes of `models/events/pairs.bin`.
    pub fn bytes(&self) -> Vec<u8> {
        Model::write(&self.events, &self.types, &self.dense)
    }

    fn chances(&self, features: &Features) -> [f32; CLASSES.len()] {
        let types = sums(&self.types, &features.hashed);
        let types = with_dense(types, &self.dense, &features.dense);
        joined(sums(&self.events, &features.hashed), types)
    }
}

/// By steps that shrink with what each weight has been moved already.
fn events(examples: &[&Example], plan: &Plan) -> Weights {
    let mut weights = vec![[0.0_f32; CLASSES.len()]; ROWS];
    let mut moved = vec![[1e-6_f32; CLASSES.len()]; ROWS];
    let mut random = Shuffle(plan.seed);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    for _ in 0..plan.epochs {
        random.shuffle(&mut order);
        for at in &order {
            let example = examples[*at];
            let chances = softmax(sums(&weights, &example.features.hashed));
            for feature in &example.features.hashed {
                let row = *feature as usize % ROWS;
                for class in 0..CLASSES.len() {
                    let is = if class == example.class { 1.0 } else { 0.0 };
                    let pull = plan.decay * weights[row][class];
                    let step = example.weight * (is - chances[class]) - pull;
                    moved[row][class] += step * step;
                    weights[row][class] += plan.rate * step / moved[row][class].sqrt();
                }
            }
        }
    }
    weights
}

/// Puts examples in another order each time, the same from the same seed.
pub(super) struct Shuffle(pub(super) u64);

impl Shuffle {
    pub(super) fn shuffle(&mut self, order: &mut [usize]) {
        for at in (1..order.len()).rev() {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = usize::try_from(self.0 >> 33).unwrap_or(0) % (at + 1);
            order.swap(at, other);
        }
    }
}

fn sums(weights: &Weights, features: &[u32]) -> [f32; CLASSES.len()] {
    let mut sums = [0.0; CLASSES.len()];
    for feature in features {
        for (sum, weight) in sums.iter_mut().zip(&weights[*feature as usize % ROWS]) {
            *sum += weight;
        }
    }
    sums
}
