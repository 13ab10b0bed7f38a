//! The parse of a sentence: a tag, a head and a relation for each word.

use std::ops::Range;

use crate::{Relation, Upos, Xpos};

/// What a parse says of a word.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Node {
    /// The word that this one depends on; none for the root.
    pub head: Option<u16>,
    /// How it depends on it.
    pub relation: Relation,
    /// Part of speech.
    pub upos: Upos,
    /// Penn tag.
    pub xpos: Xpos,
}

/// A sentence's words with their heads: always a tree, or several where a sentence is overlong.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parse {
    nodes: Vec<Node>,
    /// Per word the first and last word of its subtree.
    edges: Vec<(u16, u16)>,
}

impl Parse {
    /// A parse of nodes. Heads outside the sentence or in a circle become roots.
    pub fn new(mut nodes: Vec<Node>) -> Self {
        nodes.truncate(usize::from(u16::MAX));
        let mut edges: Vec<(u16, u16)> =
            (0..nodes.len()).map(|at| (index(at), index(at))).collect();
        for at in 0..nodes.len() {
            let mut above = at;
            let mut steps = 0;
            while let Some(head) = nodes[above].head.map(usize::from) {
                steps += 1;
                if head >= nodes.len() || steps > nodes.len() {
                    nodes[above].head = None;
                    nodes[above].relation = Relation::Root;
                    break;
                }
                edges[head].0 = edges[head].0.min(index(at));
                edges[head].1 = edges[head].1.max(index(at));
                above = head;
            }
        }
        Self { nodes, edges }
    }

    /// How many words.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What is said of each word, in order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The word that a word depends on.
    pub fn head(&self, word: usize) -> Option<usize> {
        self.nodes.get(word)?.head.map(usize::from)
    }

    /// How a word depends on its head.
    pub fn relation(&self, word: usize) -> Relation {
        self.nodes.get(word).map_or(Relation::Dep, |node| node.relation)
    }

    /// A word's part of speech.
    pub fn upos(&self, word: usize) -> Upos {
        self.nodes.get(word).map_or(Upos::X, |node| node.upos)
    }

    /// A word's Penn tag.
    pub fn xpos(&self, word: usize) -> Xpos {
        self.nodes.get(word).map_or(Xpos::Other, |node| node.xpos)
    }

    /// The sentence's first root.
    pub fn root(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.head.is_none())
    }

    /// The words that depend on a word, in order.
    pub fn children(&self, word: usize) -> impl Iterator<Item = usize> + '_ {
        // Children of a projective tree stand within the span of their head.
        self.span(word).filter(move |child| self.head(*child) == Some(word))
    }

    /// The words that depend on a word by a relation.
    pub fn children_by(&self, word: usize, relation: Relation) -> impl Iterator<Item = usize> + '_ {
        self.children(word).filter(move |child| self.relation(*child) == relation)
    }

    /// The first word that depends on a word by a relation.
    pub fn child_by(&self, word: usize, relation: Relation) -> Option<usize> {
        self.children_by(word, relation).next()
    }

    /// From the first to the last word of a word's subtree.
    pub fn span(&self, word: usize) -> Range<usize> {
        let edges = self.edges.get(word);
        edges.map_or(0..0, |(first, last)| usize::from(*first)..usize::from(*last) + 1)
    }

    /// Whether `above` is `word` itself or stands above it.
    pub fn dominates(&self, above: usize, word: usize) -> bool {
        let mut at = Some(word);
        while let Some(word) = at {
            if word == above {
                return true;
            }
            at = self.head(word);
        }
        false
    }
}

fn index(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(heads: &[Option<u16>]) -> Parse {
        let node = |head: &Option<u16>| Node { head: *head, ..Node::default() };
        Parse::new(heads.iter().map(node).collect())
    }

    #[test]
    fn spans_and_children() {
        // The minister of Norway left .
        let parse = parse(&[Some(1), Some(4), Some(3), Some(1), None, Some(4)]);
        let check = |word: usize, children: &[usize], span: Range<usize>| {
            assert_eq!(parse.children(word).collect::<Vec<_>>(), children, "children of {word}");
            assert_eq!(parse.span(word), span, "span of {word}");
        };
        check(0, &[], 0..1);
        check(1, &[0, 3], 0..4);
        check(3, &[2], 2..4);
        check(4, &[1, 5], 0..6);
        assert_eq!(parse.root(), Some(4));
        assert!(parse.dominates(1, 2) && !parse.dominates(3, 0));
    }

    proptest! {
        #[test]
        fn any_heads_make_a_forest(heads in prop::collection::vec(prop::option::of(0u16..12), 0..10)) {
            let parse = parse(&heads);
            for word in 0..parse.len() {
                prop_assert!(parse.span(word).contains(&word));
                let is_above = |root| parse.head(root).is_none() && parse.dominates(root, word);
                let is_rooted = (0..parse.len()).any(is_above);
                prop_assert!(is_rooted);
            }
        }
    }
}
