//! The stories of the window: by id, by time and by the bands of their sketches; rings of clusters.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    bands::Bands,
    entry::{Entry, Head, Packed, Sketch},
    union::Union,
};

/// All stories of the window.
pub(crate) struct Index {
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    by_id: HashMap<Packed, u32>,
    by_time: BTreeSet<(i64, u32)>,
    bands: Bands,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            by_id: HashMap::new(),
            by_time: BTreeSet::new(),
            bands: Bands::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn slot(&self, id: Packed) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Entry> {
        self.entries.get(slot as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Entry> {
        self.entries.get_mut(slot as usize)?.as_mut()
    }

    /// The story that was received first.
    pub(crate) fn oldest(&self) -> Option<(i64, u32)> {
        self.by_time.first().copied()
    }

    /// Takes a story in, in a ring of its own.
    pub(crate) fn insert(&mut self, mut entry: Entry) -> u32 {
        if self.bands.is_full(self.len() + 1) {
            self.grow();
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
        });
        entry.ring = slot;
        self.by_id.insert(entry.id, slot);
        self.by_time.insert((entry.fetched_ms, slot));
        if let Some(print) = &entry.print {
            self.bands.insert(slot, &print.sketch);
        }
        self.entries[slot as usize] = Some(entry);
        slot
    }

    fn grow(&mut self) {
        self.bands.grow();
        for (slot, entry) in (0..).zip(&self.entries) {
            if let Some(print) = entry.as_ref().and_then(|entry| entry.print.as_ref()) {
                self.bands.insert(slot, &print.sketch);
            }
        }
    }

    /// Takes a story out, also out of its ring.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<Entry> {
        self.leave_ring(slot);
        let entry = self.entries.get_mut(slot as usize)?.take()?;
        self.by_id.remove(&entry.id);
        self.by_time.remove(&(entry.fetched_ms, slot));
        if let Some(print) = &entry.print {
            self.bands.remove(slot, &print.sketch);
        }
        self.free.push(slot);
        Some(entry)
    }

    /// Notes that a story was received again.
    pub(crate) fn touch(&mut self, slot: u32, fetched_ms: i64) {
        let Some(entry) = self.entries.get_mut(slot as usize).and_then(Option::as_mut) else {
            return;
        };
        let before = std::mem::replace(&mut entry.fetched_ms, fetched_ms);
        self.by_time.remove(&(before, slot));
        self.by_time.insert((fetched_ms, slot));
    }

    /// The stories that may share a band with a sketch.
    pub(crate) fn candidates(&self, sketch: &Sketch) -> Vec<u32> {
        self.bands.candidates(sketch)
    }

    /// The stories of a cluster, beginning with one of them.
    pub(crate) fn ring(&self, slot: u32) -> Vec<u32> {
        let mut ring = vec![slot];
        let mut at = self.get(slot).map_or(slot, |entry| entry.ring);
        while at != slot {
            ring.push(at);
            at = self.get(at).map_or(slot, |entry| entry.ring);
        }
        ring
    }

    fn leave_ring(&mut self, slot: u32) {
        let ring = self.ring(slot);
        let rest: Vec<u32> = ring.into_iter().filter(|other| *other != slot).collect();
        self.close_ring(&rest);
        self.close_ring(&[slot]);
    }

    /// Makes a ring of these stories, which must be in no other one that goes on.
    pub(crate) fn close_ring(&mut self, slots: &[u32]) {
        for (index, slot) in slots.iter().enumerate() {
            let next = slots[(index + 1) % slots.len()];
            if let Some(entry) = self.get_mut(*slot) {
                entry.ring = next;
            }
        }
    }

    /// Joins the rings of two stories that are in different ones.
    pub(crate) fn join_rings(&mut self, one: u32, other: u32) {
        let (Some(after_one), Some(after_other)) =
            (self.get(one).map(|entry| entry.ring), self.get(other).map(|entry| entry.ring))
        else {
            return;
        };
        for (slot, next) in [(one, after_other), (other, after_one)] {
            if let Some(entry) = self.get_mut(slot) {
                entry.ring = next;
            }
        }
    }

    /// Sorts stories, whole rings of them, into clusters anew; returns those whose cluster is
    /// another now. A link to a story that left the window still holds two others together.
    pub(crate) fn regroup(&mut self, slots: &BTreeSet<u32>) -> Vec<u32> {
        let mut union = Union::default();
        for entry in slots.iter().filter_map(|slot| self.get(*slot)) {
            let joined = entry.links.iter().filter(|link| link.joins());
            joined.for_each(|link| union.join(entry.id, link.other));
        }
        let mut groups: BTreeMap<Packed, Vec<u32>> = BTreeMap::new();
        for slot in slots {
            let Some(entry) = self.get(*slot) else { continue };
            groups.entry(union.find(entry.id)).or_default().push(*slot);
        }
        let mut changed = Vec::new();
        for group in groups.values() {
            let head = self.head(group);
            self.close_ring(group);
            for slot in group {
                let Some(entry) = self.get_mut(*slot) else { continue };
                if entry.head != head {
                    entry.head = head;
                    changed.push(*slot);
                }
            }
        }
        changed
    }

    /// The head of a group: its earliest story, also where that one has left the window.
    fn head(&self, group: &[u32]) -> Option<Head> {
        let heads = group.iter().filter_map(|slot| {
            let entry = self.get(*slot).filter(|entry| entry.is_live)?;
            let own = Head { at_ms: entry.at_ms, id: entry.id };
            let gone = entry.head.filter(|head| !self.by_id.contains_key(&head.id));
            Some(gone.map_or(own, |gone| gone.min(own)))
        });
        heads.min()
    }
}
