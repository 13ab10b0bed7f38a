//! The items that were seen before, a bounded number, each with what was last seen of it.

use std::collections::HashMap;

use dateline_record::{ContentHash, SeenItem, StoryId};

/// The items seen before, the longest untouched first.
pub(crate) struct Seen {
    hashes: HashMap<StoryId, ContentHash>,
    order: Vec<StoryId>,
}

impl Seen {
    pub(crate) fn new(items: Vec<SeenItem>) -> Self {
        let order = items.iter().map(|item| item.story_id.clone()).collect();
        let hashes = items.into_iter().map(|item| (item.story_id, item.content_hash)).collect();
        Self { hashes, order }
    }

    pub(crate) fn hash_of(&self, id: &StoryId) -> Option<&ContentHash> {
        self.hashes.get(id)
    }

    pub(crate) fn set(&mut self, id: StoryId, hash: ContentHash) {
        self.order.push(id.clone());
        self.hashes.insert(id, hash);
    }

    /// The newest `room` items, each once, at the place where it was last touched.
    pub(crate) fn into_items(mut self, room: usize) -> Vec<SeenItem> {
        let mut items: Vec<SeenItem> = Vec::new();
        for story_id in self.order.into_iter().rev() {
            if items.len() == room {
                break;
            }
            if let Some(content_hash) = self.hashes.remove(&story_id) {
                items.push(SeenItem { story_id, content_hash });
            }
        }
        items.reverse();
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_longest_untouched() {
        let id = |name: &str| StoryId::derive("a.example", name);
        let hash = |text: &str| ContentHash::of(text.as_bytes());
        let item = |name: &str| SeenItem { story_id: id(name), content_hash: hash("old") };
        let mut seen = Seen::new(vec![item("1"), item("2"), item("3")]);
        seen.set(id("1"), hash("new"));
        let kept = seen.into_items(2);
        let expected =
            [item("3"), SeenItem { story_id: id("1"), content_hash: hash("new") }].to_vec();
        assert_eq!(kept, expected);
    }
}
