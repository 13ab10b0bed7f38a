//! Learning the weights from documents with marked names; deterministic from its seed.

use std::thread;

use super::{
    BadModel, CLUSTERS, LISTS, Names,
    columns::{Labelled, Scheme},
    decode::{Decoder, Row, Transitions},
    document::Document,
    features,
    hash::BUCKET_BITS,
    second::Consensus,
    table::{Clusters, Lists},
    tags::{self, COUNT, Kind, OUTSIDE, WIDTH},
    weights::{Stage, Weights},
};

/// How to learn.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Rounds over the documents for the first stage.
    pub rounds: usize,
    /// Rounds of the models that stand in for the first stage on documents they have not seen.
    pub fold_rounds: usize,
    /// Rounds for the second stage.
    pub second_rounds: usize,
    /// Parts that the documents are cut into for those models.
    pub folds: usize,
    /// Features that stand at fewer tokens are left out.
    pub least: u32,
    /// Features of the first stage that are kept.
    pub kept: usize,
    /// How much a wrong label must fall behind.
    pub margin: f32,
    /// Times that the second stage is learned, each in another order; the mean counts.
    pub runs: u64,
    /// How much of the weights of its own scheme the model for newswire has beside the shared ones.
    pub own: f32,
    /// How much of the weights of the other scheme it has.
    pub other: f32,
    /// Begins the order of the documents.
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            rounds: 7,
            fold_rounds: 5,
            second_rounds: 7,
            folds: 5,
            least: 3,
            kept: 300_000,
            margin: 16.0,
            runs: 4,
            own: 0.55,
            other: 0.45,
            seed: 20_261_124,
        }
    }
}

/// Sentence after sentence of features, as ranges into one list.
#[derive(Default)]
struct Corpus {
    /// The features of the tokens: first as buckets, then as places in `kept`.
    features: Vec<u32>,
    /// Where the features of each token begin.
    starts: Vec<u32>,
    /// The bucket of each feature that is learned.
    kept: Vec<u32>,
    sentences: Vec<Entry>,
}

struct Entry {
    document: usize,
    first: usize,
    length: usize,
    scheme: usize,
    labels: Vec<u8>,
}

impl Corpus {
    fn token(&self, at: usize) -> &[u32] {
        let end = self.starts.get(at + 1).map_or(self.features.len(), |end| *end as usize);
        &self.features[self.starts[at] as usize..end]
    }

    fn begin_token(&mut self) {
        self.starts.push(as_u32(self.features.len()));
    }

    /// Leaves out features that are rare, and numbers the others from the most frequent on.
    fn number(&mut self, least: u32) {
        let mut counts = vec![0_u32; 1 << BUCKET_BITS];
        for bucket in &self.features {
            counts[*bucket as usize] += 1;
        }
        let frequent = (0..1 << BUCKET_BITS).filter(|bucket| counts[*bucket as usize] >= least);
        self.kept = frequent.collect();
        self.kept.sort_by_key(|bucket| (std::cmp::Reverse(counts[*bucket as usize]), *bucket));
        let mut numbers = vec![u32::MAX; 1 << BUCKET_BITS];
        for (number, bucket) in self.kept.iter().enumerate() {
            numbers[*bucket as usize] = as_u32(number);
        }
        let old = std::mem::take(&mut self.features);
        for at in 0..self.starts.len() {
            let start = self.starts[at] as usize;
            let end = self.starts.get(at + 1).map_or(old.len(), |end| *end as usize);
            self.starts[at] = as_u32(self.features.len());
            let found = old[start..end].iter().map(|bucket| numbers[*bucket as usize]);
            self.features.extend(found.filter(|number| *number != u32::MAX));
        }
    }
}

/// Weights that are still learned: shared ones, and ones for each scheme.
struct Learner {
    rows: Vec<[Row; 3]>,
    totals: Vec<[Row; 3]>,
    transitions: Transitions,
    transition_totals: Transitions,
    step: f32,
}

impl Learner {
    fn new(features: usize) -> Self {
        Self {
            rows: vec![[[0.0; WIDTH]; 3]; features],
            totals: vec![[[0.0; WIDTH]; 3]; features],
            transitions: Transitions::new(),
            transition_totals: Transitions::new(),
            step: 1.0,
        }
    }

    fn score(&self, features: &[u32], scheme: usize, row: &mut Row) {
        for feature in features {
            let rows = &self.rows[*feature as usize];
            let (shared, own) = (&rows[0], &rows[1 + scheme]);
            for label in 0..WIDTH {
                row[label] += shared[label] + own[label];
            }
        }
    }

    fn change(&mut self, features: &[u32], scheme: usize, label: u8, by: f32) {
        let label = usize::from(label);
        for feature in features {
            for table in [0, 1 + scheme] {
                self.rows[*feature as usize][table][label] += by;
                self.totals[*feature as usize][table][label] += by * self.step;
            }
        }
    }

    /// Adds what another learner of the same features learned.
    fn join(mut self, other: &Self) -> Self {
        let tables = [(&mut self.rows, &other.rows), (&mut self.totals, &other.totals)];
        for (own, other) in tables {
            let own = own.as_flattened_mut().as_flattened_mut();
            for (sum, part) in own.iter_mut().zip(other.as_flattened().as_flattened()) {
                *sum += part;
            }
        }
        for left in (0_u8..).take(COUNT) {
            for right in (0_u8..).take(COUNT).filter(|right| tags::may_follow(left, *right)) {
                self.transitions.add(left, right, other.transitions.get(left, right));
                let total = other.transition_totals.get(left, right);
                self.transition_totals.add(left, right, total);
            }
        }
        self
    }

    fn change_pair(&mut self, left: u8, right: u8, by: f32) {
        self.transitions.add(left, right, by);
        self.transition_totals.add(left, right, by * self.step);
    }

    /// The mean over all steps: the last weights less what came late.
    fn mean(&self, parts: [f32; 3]) -> Vec<Row> {
        let row = |(rows, totals): (&[Row; 3], &[Row; 3])| {
            std::array::from_fn(|label| {
                let mean = |table: usize| rows[table][label] - totals[table][label] / self.step;
                (0..3).map(|table| parts[table] * mean(table)).sum()
            })
        };
        self.rows.iter().zip(&self.totals).map(row).collect()
    }

    fn mean_transitions(&self) -> Transitions {
        let mut mean = self.transitions.clone();
        for left in (0_u8..).take(COUNT) {
            for right in (0_u8..).take(COUNT).filter(|right| tags::may_follow(left, *right)) {
                mean.add(left, right, -self.transition_totals.get(left, right) / self.step);
            }
        }
        mean
    }
}

/// Learns from the chosen sentences.
fn learn(corpus: &Corpus, chosen: &[usize], (rounds, margin, seed): (usize, f32, u64)) -> Learner {
    let mut learner = Learner::new(corpus.kept.len());
    let mut decoder = Decoder::default();
    let mut order = chosen.to_vec();
    let mut random = Random(seed);
    for _ in 0..rounds {
        random.shuffle(&mut order);
        for index in &order {
            let entry = &corpus.sentences[*index];
            let mut scores = scores(&learner, corpus, entry);
            punish(&mut scores, &entry.labels, margin);
            let found = decoder.decode(&scores, &learner.transitions);
            update(&mut learner, corpus, entry, &found);
            learner.step += 1.0;
        }
    }
    learner
}

fn scores(learner: &Learner, corpus: &Corpus, entry: &Entry) -> Vec<Row> {
    let tokens = entry.first..entry.first + entry.length;
    let score = |at: usize| {
        let mut row = [0.0; WIDTH];
        learner.score(corpus.token(at), entry.scheme, &mut row);
        row
    };
    tokens.map(score).collect()
}

/// Right labels must win by a margin.
fn punish(scores: &mut [Row], labels: &[u8], margin: f32) {
    for (row, label) in scores.iter_mut().zip(labels) {
        row[usize::from(*label)] -= margin;
    }
}

fn update(learner: &mut Learner, corpus: &Corpus, entry: &Entry, found: &[u8]) {
    let gold = &entry.labels;
    for at in 0..entry.length {
        if gold[at] != found[at] {
            let buckets = corpus.token(entry.first + at);
            learner.change(buckets, entry.scheme, gold[at], 1.0);
            learner.change(buckets, entry.scheme, found[at], -1.0);
        }
        if at > 0 && (gold[at - 1], gold[at]) != (found[at - 1], found[at]) {
            learner.change_pair(gold[at - 1], gold[at], 1.0);
            learner.change_pair(found[at - 1], found[at], -1.0);
        }
    }
}

fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = usize::try_from(self.next() % (at as u64 + 1)).unwrap_or(0);
            items.swap(at, other);
        }
    }
}

/// The labels of a sentence by the marks of a file.
fn labels(names: &[(std::ops::Range<usize>, Kind)], length: usize) -> Vec<u8> {
    let mut labels = vec![OUTSIDE; length];
    for (range, kind) in names {
        for at in range.clone() {
            labels[at] = tags::label(*kind, at - range.start, range.len());
        }
    }
    labels
}

/// Documents as the features see them, with what is needed to learn from them.
struct Material {
    documents: Vec<(Document, Scheme)>,
    first: Corpus,
}

impl Material {
    fn new(
        documents: &[(Labelled, Scheme)],
        (clusters, lists): (&Clusters, &Lists),
        least: u32,
    ) -> Self {
        let mut first = Corpus::default();
        let mut seen = Vec::new();
        for (index, (labelled, scheme)) in documents.iter().enumerate() {
            let document = Document::new(&labelled.sentences, clusters, lists);
            for (sentence, names) in document.sentences.iter().zip(&labelled.names) {
                let length = sentence.words.len();
                first.sentences.push(Entry {
                    document: index,
                    first: first.starts.len(),
                    length,
                    scheme: *scheme as usize,
                    labels: labels(names, length),
                });
                for at in 0..length {
                    first.begin_token();
                    let mut emit = |bucket| first.features.push(bucket);
                    for offset in features::OFFSETS {
                        features::of_word(document.word(sentence, at, offset), offset, &mut emit);
                    }
                    features::of_place(&document, sentence, at, &mut emit);
                }
            }
            seen.push((document, *scheme));
        }
        first.number(least);
        Self { documents: seen, first }
    }

    /// Marks the dates and sums of files that do not mark them, as newswire alone teaches.
    fn mark_dates(&mut self, plan: &Plan) {
        let schemes = [Scheme::News, Scheme::Conll].map(|scheme| scheme as usize);
        let of_scheme = |entries: &[Entry], scheme: usize| -> Vec<usize> {
            (0..entries.len()).filter(|index| entries[*index].scheme == scheme).collect()
        };
        let [news, conll] = schemes.map(|scheme| of_scheme(&self.first.sentences, scheme));
        if news.is_empty() {
            return;
        }
        let learner = learn(&self.first, &news, (plan.fold_rounds, plan.margin, plan.seed));
        let (rows, transitions) = (learner.mean([1.0, 1.0, 0.0]), learner.mean_transitions());
        let mut decoder = Decoder::default();
        for index in conll {
            let entry = &self.first.sentences[index];
            let tokens = entry.first..entry.first + entry.length;
            let scores: Vec<Row> = tokens.map(|at| sum(&rows, self.first.token(at))).collect();
            let found = tags::names(&decoder.decode(&scores, &transitions));
            let labels = &mut self.first.sentences[index].labels;
            for (range, kind) in found {
                let is_free = labels[range.clone()].iter().all(|label| *label == OUTSIDE);
                for at in range.clone().filter(|_| is_free && !is_marked(kind)) {
                    labels[at] = tags::label(kind, at - range.start, range.len());
                }
            }
        }
    }

    /// What first stages say of documents that they have not learned from.
    fn unseen_scores(&self, plan: &Plan) -> Vec<u8> {
        let mut found = vec![OUTSIDE; self.first.starts.len()];
        let folds: Vec<usize> = (0..plan.folds).collect();
        for pair in folds.chunks(2) {
            let parts: Vec<Vec<(usize, u8)>> = thread::scope(|scope| {
                let jobs: Vec<_> =
                    pair.iter().map(|fold| scope.spawn(|| self.fold(plan, *fold))).collect();
                jobs.into_iter().filter_map(|job| job.join().ok()).collect()
            });
            for (at, label) in parts.into_iter().flatten() {
                found[at] = label;
            }
        }
        found
    }

    fn fold(&self, plan: &Plan, fold: usize) -> Vec<(usize, u8)> {
        let entries = &self.first.sentences;
        let is_held = |index: &usize| entries[*index].document % plan.folds == fold;
        let (held, rest): (Vec<usize>, Vec<usize>) = (0..entries.len()).partition(is_held);
        let options = (plan.fold_rounds, plan.margin, plan.seed + fold as u64);
        let learner = learn(&self.first, &rest, options);
        let transitions = learner.mean_transitions();
        let means = [Scheme::News, Scheme::Conll].map(|scheme| learner.mean(parts(plan, scheme)));
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for entry in held.iter().map(|index| &entries[*index]) {
            let rows: Vec<Row> = (entry.first..entry.first + entry.length)
                .map(|at| sum(&means[entry.scheme], self.first.token(at)))
                .collect();
            let labels = decoder.decode(&rows, &transitions);
            found.extend((entry.first..).zip(labels));
        }
        found
    }

    /// The features of the second stage: those of the first, and what the first said.
    fn second(&self, said: &[u8]) -> Corpus {
        let mut corpus = Corpus::default();
        let mut entries = self.first.sentences.iter();
        for (document, _) in &self.documents {
            let own: Vec<&Entry> = entries.by_ref().take(document.sentences.len()).collect();
            let labels: Vec<Vec<u8>> = own
                .iter()
                .map(|entry| said[entry.first..entry.first + entry.length].to_vec())
                .collect();
            let consensus = Consensus::new(document, &labels);
            for ((sentence, labels), entry) in document.sentences.iter().zip(&labels).zip(own) {
                for at in 0..entry.length {
                    corpus.begin_token();
                    let before = self.first.token(entry.first + at).iter();
                    corpus.features.extend(before.map(|at| self.first.kept[*at as usize]));
                    let mut emit = |bucket| corpus.features.push(bucket);
                    consensus.features(document, sentence, (labels, at), &mut emit);
                }
                corpus.sentences.push(Entry { labels: entry.labels.clone(), ..*entry });
            }
        }
        corpus.number(1);
        corpus
    }
}

/// Whether CoNLL-2003 marks names of this kind.
fn is_marked(kind: Kind) -> bool {
    !matches!(kind, Kind::Date | Kind::Money)
}

fn parts(plan: &Plan, scheme: Scheme) -> [f32; 3] {
    match scheme {
        Scheme::News => [1.0, plan.own, plan.other],
        Scheme::Conll => [1.0, 0.0, 1.0],
    }
}

fn sum(rows: &[Row], buckets: &[u32]) -> Row {
    let mut sum = [0.0; WIDTH];
    for bucket in buckets {
        for label in 0..WIDTH {
            sum[label] += rows[*bucket as usize][label];
        }
    }
    sum
}

/// Models for both schemes, as the bytes of their files: `news.bin` and `conll.bin`.
pub struct Trained {
    news: Weights,
    conll: Weights,
}

impl Trained {
    /// The bytes of a model's file.
    pub fn bytes(&self, scheme: Scheme) -> Vec<u8> {
        self.of(scheme).write()
    }

    fn of(&self, scheme: Scheme) -> &Weights {
        match scheme {
            Scheme::News => &self.news,
            Scheme::Conll => &self.conll,
        }
    }

    /// The tagger that the files would give.
    pub fn names(&self, scheme: Scheme) -> Result<Names, BadModel> {
        Ok(Names {
            clusters: Clusters::read(CLUSTERS)?,
            lists: Lists::read(LISTS)?,
            weights: self.of(scheme).clone(),
            caches: std::sync::Mutex::default(),
        })
    }
}

/// Learns both stages.
pub fn train(documents: &[(Labelled, Scheme)], plan: &Plan) -> Result<Trained, BadModel> {
    let mut material =
        Material::new(documents, (&Clusters::read(CLUSTERS)?, &Lists::read(LISTS)?), plan.least);
    material.mark_dates(plan);
    let all: Vec<usize> = (0..material.first.sentences.len()).collect();
    let first = learn(&material.first, &all, (plan.rounds, plan.margin, plan.seed));
    let said = material.unseen_scores(plan);
    let corpus = material.second(&said);
    let run = |run: u64| {
        let options = (plan.second_rounds, plan.margin, plan.seed + run);
        learn(&corpus, &all, options)
    };
    let second = (1..plan.runs.max(1)).fold(run(0), |sum, number| sum.join(&run(number)));
    let stage = |learner: &Learner, corpus: &Corpus, scheme| {
        let rows = learner.mean(parts(plan, scheme));
        let rows: Vec<(u32, Row)> = corpus.kept.iter().copied().zip(rows).collect();
        Stage::rounded(&rows, &learner.mean_transitions(), plan.kept)
    };
    let weights = |scheme| Weights {
        first: stage(&first, &material.first, scheme),
        second: stage(&second, &corpus, scheme),
    };
    Ok(Trained { news: weights(Scheme::News), conll: weights(Scheme::Conll) })
}
