//! The stage that finds stories that say the same: it compares each with those of the last days and
//! emits relations, never a story. It sees all stories, so it has one worker in the whole cluster.

mod bands;
mod config;
mod entry;
mod headline;
mod index;
mod judge;
mod pack;
mod profiles;
mod union;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use dateline_record::{CleanStory, ClusterState, FaultCode, Provenance, StoryRelations};
use dateline_runtime::{Fault, Fold, Folded};

use crate::{
    entry::{Entry, Link, Packed, pack},
    index::Index,
    judge::{judge, share},
};

pub use config::Config;
pub use profiles::{ProfileConfig, Profiles};

/// The stage.
pub struct Clusters {
    config: Config,
    provenance: Provenance,
    index: Index,
    /// Names of sources and providers, each once.
    names: HashSet<Arc<str>>,
    /// While a memory is restored: a story of each cluster.
    rings: HashMap<Packed, u32>,
    /// The latest time at which a story was received.
    now_ms: i64,
}

/// What one story led to.
type Found = Folded<StoryRelations, ClusterState>;

impl Fold for Clusters {
    const NAME: &'static str = "cluster";
    type In = CleanStory;
    type Out = StoryRelations;
    type Memory = ClusterState;
    type Config = Config;

    fn new(config: Config) -> anyhow::Result<Self> {
        let share = |name: &str, value: f64| {
            anyhow::ensure!((0.0..=1.0).contains(&value), "{name}: {value} is not within 0 to 1");
            Ok(())
        };
        share("min_contained", config.min_contained)?;
        share("other_numbers_surcharge", config.other_numbers_surcharge)?;
        share("short_min_contained", config.short_min_contained)?;
        share("short_min_numbers", config.short_min_numbers)?;
        share("tiny_min_similarity", config.tiny_min_similarity)?;
        share("derived_min_contained", config.derived_min_contained)?;
        share("derived_max_similarity", config.derived_max_similarity)?;
        Ok(Self {
            provenance: dateline_runtime::provenance(Self::NAME, &config)?,
            config,
            index: Index::new(),
            names: HashSet::new(),
            rings: HashMap::new(),
            now_ms: i64::MIN,
        })
    }

    fn clear(&mut self) {
        self.index = Index::new();
        self.rings.clear();
        self.now_ms = i64::MIN;
    }

    fn restore(&mut self, memory: ClusterState) {
        let Some(entry) = self.unpack(&memory) else {
            return;
        };
        let head = entry.head;
        self.now_ms = self.now_ms.max(entry.fetched_ms);
        let slot = self.index.insert(entry);
        if let Some(head) = head {
            let first = *self.rings.entry(head.id).or_insert(slot);
            if first != slot {
                self.index.join_rings(first, slot);
            }
        }
    }

    fn handle(&mut self, story: CleanStory) -> Result<Found, Fault> {
        self.rings = HashMap::new();
        let Some(id) = pack(story.story_id.as_str()) else {
            let what = format!("story_id: {} is not 32 hexadecimal digits", story.story_id);
            return Err(Fault::poison(FaultCode::BadDocument, what));
        };
        let mut found = Found::default();
        self.forget_old(&story, &mut found);
        let known = self.index.slot(id);
        let earlier = known.and_then(|slot| self.index.get(slot));
        if earlier.is_some_and(|earlier| earlier.revision > story.revision.0) {
            return Ok(found);
        }
        let fresh = self.fresh(id, &story, earlier.cloned());
        let changed = match known {
            Some(slot) if self.says_the_same(slot, &fresh) => self.renew(slot, fresh),
            Some(slot) => self.replace(slot, fresh),
            None => self.add(fresh, BTreeSet::new()),
        };
        for slot in changed {
            self.emit(slot, &story, &mut found);
        }
        Ok(found)
    }
}

impl Clusters {
    /// Forgets the stories that have left the window.
    fn forget_old(&mut self, story: &CleanStory, found: &mut Found) {
        self.now_ms = self.now_ms.max(story.fetched_at.as_millis());
        let window_ms = i64::from(self.config.window_hours) * 3_600_000;
        let oldest_ms = self.now_ms.saturating_sub(window_ms);
        while let Some((fetched_ms, slot)) = self.index.oldest() {
            if fetched_ms >= oldest_ms && self.index.len() <= self.config.max_stories {
                break;
            }
            let gone = self.index.remove(slot);
            found.forgotten.extend(gone.map(|gone| entry::story_id(gone.id).to_string()));
        }
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }

    fn says_the_same(&self, slot: u32, fresh: &Entry) -> bool {
        let known = self.index.get(slot);
        known.is_some_and(|known| {
            known.content == fresh.content
                && known.status == fresh.status
                && known.print.is_some()
                && fresh.print.is_some()
        })
    }

    /// A version that says the same: its relations stay.
    fn renew(&mut self, slot: u32, fresh: Entry) -> BTreeSet<u32> {
        self.index.touch(slot, fresh.fetched_ms);
        if let Some(known) = self.index.get_mut(slot) {
            let since = known.unchanged_since.unwrap_or(known.revision);
            known.unchanged_since = Some(since).filter(|_| known.revision < fresh.revision);
            known.revision = fresh.revision;
            known.source = fresh.source;
        }
        BTreeSet::from([slot])
    }

    /// A version that says something else, or takes the story back.
    fn replace(&mut self, slot: u32, mut fresh: Entry) -> BTreeSet<u32> {
        let referring = self.referring(slot);
        let mut ring = self.index.ring(slot);
        ring.retain(|other| *other != slot);
        let mut changed = BTreeSet::new();
        for other in &referring {
            if self.judge_again(*other, &fresh) {
                changed.insert(*other);
            }
        }
        let Some(known) = self.index.remove(slot) else {
            return changed;
        };
        fresh.edition = known.edition;
        let mut affected: BTreeSet<u32> = ring.into_iter().collect();
        for other in referring {
            affected.extend(self.index.ring(other));
        }
        // The place of the removed story is the first to be taken again.
        changed.extend(self.add(fresh, affected));
        changed
    }

    /// The stories that have a relation to this one.
    fn referring(&self, slot: u32) -> BTreeSet<u32> {
        let Some(entry) = self.index.get(slot) else {
            return BTreeSet::new();
        };
        let near = entry.print.as_ref().map(|print| self.index.candidates(&print.sketch));
        let near = near.into_iter().flatten().chain(self.index.ring(slot));
        let refers = |other: &u32| {
            let other = self.index.get(*other);
            other.is_some_and(|other| other.links.iter().any(|link| link.other == entry.id))
        };
        near.filter(|other| *other != slot).filter(refers).collect()
    }

    /// Judges a relation anew whose other side has changed; true where it is another now.
    fn judge_again(&mut self, slot: u32, fresh: &Entry) -> bool {
        let Some(entry) = self.index.get(slot) else {
            return false;
        };
        let again = judge(&self.config, entry, fresh);
        let renewed = |link: &Link| match again {
            _ if link.other != fresh.id => Some(*link),
            Some((kind, agreeing)) => Some(Link { kind, agreeing, ..*link }),
            None => None,
        };
        let links: Box<[Link]> = entry.links.iter().filter_map(renewed).collect();
        let Some(entry) = self.index.get_mut(slot) else {
            return false;
        };
        let is_other = entry.links != links;
        entry.links = links;
        is_other
    }

    /// Takes a story in and finds its relations; returns it and all whose cluster is another now.
    fn add(&mut self, mut fresh: Entry, mut affected: BTreeSet<u32>) -> BTreeSet<u32> {
        fresh.links = self.links(&fresh);
        let joined: Vec<u32> = fresh
            .links
            .iter()
            .filter(|link| link.joins())
            .filter_map(|link| self.index.slot(link.other))
            .collect();
        let slot = self.index.insert(fresh);
        affected.insert(slot);
        for other in joined {
            if !affected.contains(&other) {
                affected.extend(self.index.ring(other));
            }
        }
        let mut changed: BTreeSet<u32> = self.index.regroup(&affected).into_iter().collect();
        changed.insert(slot);
        changed
    }

    /// The relations of a story: the most similar one of each cluster, then the most similar ones.
    fn links(&self, fresh: &Entry) -> Box<[Link]> {
        let Some(print) = &fresh.print else {
            return Box::default();
        };
        let candidates = self.index.candidates(&print.sketch);
        let mut found: Vec<(Link, &Entry)> = candidates
            .into_iter()
            .filter_map(|slot| {
                let earlier = self.index.get(slot)?;
                let (kind, agreeing) = judge(&self.config, fresh, earlier)?;
                Some((Link { other: earlier.id, kind, agreeing }, earlier))
            })
            .collect();
        found.sort_by_key(|(link, earlier)| (Reverse(link.agreeing), earlier.at_ms, link.other));
        let mut seen = HashSet::new();
        let (firsts, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(_, earlier)| seen.insert(earlier.head));
        let mut links: Vec<Link> = firsts.into_iter().chain(others).map(|(link, _)| link).collect();
        links.truncate(self.config.max_relations);
        links.sort_by_key(|link| Reverse(link.agreeing));
        links.into()
    }

    /// Writes a story's relations and what is remembered of it.
    fn emit(&mut self, slot: u32, cause: &CleanStory, found: &mut Found) {
        let Some(entry) = self.index.get_mut(slot) else {
            return;
        };
        entry.edition += 1;
        let last = pack::relations(entry, cause.fetched_at, &self.provenance);
        found.memories.push(pack::memory(entry, last.clone()));
        found.outputs.push(last);
    }
}
