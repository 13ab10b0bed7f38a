//! The choice of the element that holds the story, by where the prose of a page stands.

use std::collections::{HashMap, HashSet};

use super::{
    prose,
    walk::{Block, Kind, Page},
};

/// What a paragraph counts for an element further out, for each element between.
const DECAY: f64 = 0.8;
/// A zone is no zone where those of its look have so much of the page's prose together.
const MAX_LOOK_SHARE: f64 = 0.6;
/// An element that says that it holds a body is believed within a zone from this share on.
const MIN_BODY_SHARE: f64 = 0.2;
/// What an element counts more that says that it holds an article's body.
const BODY_FACTOR: f64 = 1.4;
/// What `<article>` and `<main>` count more.
const ARTICLE_FACTOR: f64 = 1.15;
/// A zone with a larger part of the page's prose is the story under a misleading name.
const MAX_ZONE_SHARE: f64 = 0.5;
/// Comments, and what is not shown, may well be longer than the story.
const MAX_COMMENTS_SHARE: f64 = 0.85;
/// So many elements outwards the story may go on where no element says that it is an article.
const MAX_STEPS: usize = 6;
/// And so many where one does.
const MAX_STEPS_IN_ARTICLE: usize = 14;
/// Less prose than this outside an element is no reason to take its parent.
const MIN_EXTRA: f64 = 40.0;

/// Where the story stands.
#[derive(Debug)]
pub(crate) struct Choice {
    /// The element that holds the body.
    pub(crate) place: usize,
    /// For each element of the page, why its content is no part of the story.
    pub(crate) zones: Vec<Option<&'static str>>,
}

impl Choice {
    /// Whether names of elements decided anything.
    pub(crate) fn has_zones(&self) -> bool {
        self.zones.iter().any(Option::is_some)
    }
}

/// Finds the element that holds the story.
pub(crate) fn choose(page: &Page) -> Choice {
    choose_in(page, zones(page))
}

/// Finds it where all names of elements mislead.
pub(crate) fn choose_by_text(page: &Page) -> Choice {
    choose_in(page, vec![None; page.places.len()])
}

fn choose_in(page: &Page, zones: Vec<Option<&'static str>>) -> Choice {
    let weights: Vec<f64> = page
        .blocks
        .iter()
        .map(|block| if zones[block.place].is_some() { 0.0 } else { weight(block) })
        .collect();
    let sums = running(&weights);
    let best = best(page, &weights);
    let place = widen(page, &weights, &sums, best);
    Choice { place, zones }
}

/// The whole of a fragment, which is nothing but a story.
pub(crate) fn all(page: &Page) -> Choice {
    Choice { place: 0, zones: zones(page) }
}

/// The zone of each element: its own or that of an element around it.
pub(crate) fn zones(page: &Page) -> Vec<Option<&'static str>> {
    let weights: Vec<f64> = page.blocks.iter().map(weight).collect();
    let sums = running(&weights);
    let total = sums.last().copied().unwrap_or_default();
    let shares = shares_by_look(page, &sums);
    let bodies = bodies_by_look(page, &sums);
    let mut zones: Vec<Option<&'static str>> = Vec::with_capacity(page.places.len());
    for (index, place) in page.places.iter().enumerate() {
        let limit =
            if place.sign.zone == Some("comments") { MAX_COMMENTS_SHARE } else { MAX_ZONE_SHARE };
        let share = inside(page, &sums, index);
        let is_kept = share > total * limit
            || shares.get(&place.look).is_some_and(|share| *share > total * MAX_LOOK_SHARE);
        let own = place.sign.zone.filter(|_| !is_kept);
        let outer = (index > 0).then(|| zones[place.parent]).flatten();
        let together = bodies.get(&place.look).copied().unwrap_or_default();
        let is_freed = place.sign.is_body && together > total * MIN_BODY_SHARE;
        zones.push(outer.filter(|_| !is_freed).or(own));
    }
    zones
}

/// The prose in bodies of one look: each paragraph may have a body of its own.
fn bodies_by_look(page: &Page, sums: &[f64]) -> HashMap<u64, f64> {
    let mut shares = HashMap::new();
    for (index, place) in page.places.iter().enumerate() {
        if place.sign.is_body && page.places[place.parent].look != place.look {
            *shares.entry(place.look).or_insert(0.0) += inside(page, sums, index);
        }
    }
    shares
}

/// The prose in the zones of one look: a story may be told in many boxes.
fn shares_by_look(page: &Page, sums: &[f64]) -> HashMap<u64, f64> {
    let mut shares = HashMap::new();
    for (index, place) in page.places.iter().enumerate() {
        let is_foreign = matches!(place.sign.zone, None | Some("comments" | "hidden"));
        if !is_foreign && page.places[place.parent].look != place.look {
            *shares.entry(place.look).or_insert(0.0) += inside(page, sums, index);
        }
    }
    shares
}

/// What a block counts as prose, by its length; sentences in links are teasers.
fn weight(block: &Block) -> f64 {
    let chars = prose::weight(&block.text);
    let is_prose = chars >= 80 || chars >= 20 && prose::ends_sentence(&block.text);
    let factor = match block.kind {
        Kind::Paragraph | Kind::Quote => 1.0,
        Kind::Loose => 0.8,
        Kind::Item | Kind::Cell => 0.4,
        Kind::Heading(_) => 0.0,
    };
    if !is_prose || block.link_share() > 0.4 {
        return 0.0;
    }
    // The lengths are small.
    #[allow(clippy::cast_precision_loss)]
    let length = chars as f64;
    factor * length
}

fn running(weights: &[f64]) -> Vec<f64> {
    let mut sums = Vec::with_capacity(weights.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for weight in weights {
        sum += weight;
        sums.push(sum);
    }
    sums
}

fn inside(page: &Page, sums: &[f64], place: usize) -> f64 {
    let place = &page.places[place];
    sums[place.end] - sums[place.first]
}

/// The element with the most prose close to it.
fn best(page: &Page, weights: &[f64]) -> usize {
    let mut near = vec![(0.0, 0_usize); page.places.len()];
    for (block, weight) in page.blocks.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
        near[block.place].0 += weight;
        near[block.place].1 += 1;
    }
    for index in (1..page.places.len()).rev() {
        let (score, parts) = near[index];
        // A paragraph's own wrapper is no distance.
        let given = if parts > 1 { score * DECAY } else { score };
        let outer = &mut near[page.places[index].parent];
        outer.0 += given;
        outer.1 += parts;
    }
    let mut best = (0, 0.0);
    for (index, place) in page.places.iter().enumerate() {
        let mut score = near[index].0;
        if place.sign.is_body {
            score *= BODY_FACTOR;
        } else if place.sign.is_article {
            score *= ARTICLE_FACTOR;
        }
        if score > best.1 {
            best = (index, score);
        }
    }
    best.0
}

/// The body may go on beside its element: then an element further out holds it.
fn widen(page: &Page, weights: &[f64], sums: &[f64], start: usize) -> usize {
    let looks: HashSet<u64> = blocks_of(page, start)
        .filter(|index| weights[*index] > 0.0)
        .map(|index| page.blocks[index].look)
        .collect();
    let limit = boundary(page, start);
    let (mut best, mut outer) = (start, start);
    while outer != limit {
        outer = page.places[outer].parent;
        if inside(page, sums, outer) - inside(page, sums, best) < MIN_EXTRA {
            continue;
        }
        let extra: f64 = blocks_of(page, outer)
            .filter(|index| !blocks_of(page, best).contains(index))
            .filter(|index| looks.contains(&page.blocks[*index].look))
            .map(|index| weights[index])
            .sum();
        if extra >= MIN_EXTRA {
            best = outer;
        }
    }
    best
}

/// The nearest element around that says that it is an article, else one a few steps outwards.
fn boundary(page: &Page, start: usize) -> usize {
    let outwards = |count: usize| {
        std::iter::successors(Some(start), |place| {
            Some(page.places[*place].parent).filter(|_| *place > 0)
        })
        .take(count)
    };
    let article = outwards(MAX_STEPS_IN_ARTICLE).find(|place| page.places[*place].sign.is_article);
    article.or_else(|| outwards(MAX_STEPS + 1).last()).unwrap_or(start)
}

fn blocks_of(page: &Page, place: usize) -> std::ops::Range<usize> {
    page.places[place].first..page.places[place].end
}
