//! The arc-eager state of a sentence: stack, buffer and the arcs so far.

use crate::Relation;

const NONE: u16 = u16::MAX;

/// What a step does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Move {
    /// The next word goes on the stack.
    Shift,
    /// The top of the stack is done, or goes back where it has no head yet.
    Reduce,
    /// The top of the stack depends on the next word.
    Left(Relation),
    /// The next word depends on the top of the stack and goes on it.
    Right(Relation),
    /// No step within a sentence.
    Never,
}

impl Move {
    /// The move of a name as the training tool writes it: `S`, `D`, `L-nsubj`, `R-obj`.
    pub(super) fn from_name(name: &str) -> Self {
        match name.split_once('-') {
            None if name == "S" => Self::Shift,
            None if name == "D" => Self::Reduce,
            Some(("L", relation)) => Self::Left(Relation::from_name(relation)),
            Some(("R", relation)) => Self::Right(Relation::from_name(relation)),
            _ => Self::Never,
        }
    }
}

/// Which kinds of moves a state allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    pub(super) shift: bool,
    pub(super) reduce: bool,
    /// Left and right.
    pub(super) arc: bool,
}

impl Allowed {
    pub(super) fn holds(self, step: Move) -> bool {
        match step {
            Move::Shift => self.shift,
            Move::Reduce => self.reduce,
            Move::Left(_) | Move::Right(_) => self.arc,
            Move::Never => false,
        }
    }
}

/// A sentence that is being parsed. Words are numbers below `u16::MAX`.
#[derive(Debug)]
pub(super) struct Arcs {
    stack: Vec<u16>,
    /// Words that went back from the stack, the next one last.
    returned: Vec<u16>,
    next: u16,
    length: u16,
    is_returned: Vec<bool>,
    heads: Vec<u16>,
    relations: Vec<Relation>,
    /// Per word the last child to its left, and to its right.
    last: [Vec<u16>; 2],
    /// Per word the child of the same head and side before it.
    before: Vec<u16>,
}

impl Arcs {
    /// The state before the first step.
    pub(super) fn new(length: usize) -> Self {
        let length = length.min(usize::from(NONE) - 1);
        Self {
            stack: Vec::new(),
            returned: Vec::new(),
            next: 0,
            length: u16::try_from(length).unwrap_or(NONE - 1),
            is_returned: vec![false; length],
            heads: vec![NONE; length],
            relations: vec![Relation::Root; length],
            last: [vec![NONE; length], vec![NONE; length]],
            before: vec![NONE; length],
        }
    }

    /// Whether all words have left buffer and stack.
    pub(super) fn is_done(&self) -> bool {
        self.stack.is_empty() && self.ahead() == 0
    }

    /// Heads and relations of the words.
    pub(super) fn result(self) -> impl Iterator<Item = (Option<u16>, Relation)> {
        let heads = self.heads.into_iter().map(|head| (head != NONE).then_some(head));
        heads.zip(self.relations)
    }

    fn ahead(&self) -> usize {
        usize::from(self.length - self.next) + self.returned.len()
    }

    fn on_stack(&self, depth: usize) -> u16 {
        self.stack.iter().rev().nth(depth).copied().unwrap_or(NONE)
    }

    fn in_buffer(&self, at: usize) -> u16 {
        if let Some(word) = self.returned.iter().rev().nth(at) {
            return *word;
        }
        let word = usize::from(self.next) + at - self.returned.len();
        u16::try_from(word).ok().filter(|word| *word < self.length).unwrap_or(NONE)
    }

    fn child(&self, side: usize, head: u16, nth: usize) -> u16 {
        let mut child = self.last[side].get(usize::from(head)).copied().unwrap_or(NONE);
        for _ in 1..nth {
            child = self.before.get(usize::from(child)).copied().unwrap_or(NONE);
        }
        child
    }

    /// The words that a step is judged by; none where there is none.
    pub(super) fn context(&self, words: &mut [Option<usize>]) {
        let (s0, s1, b0) = (self.on_stack(0), self.on_stack(1), self.in_buffer(0));
        let (left, right) =
            (|head, nth| self.child(0, head, nth), |head, nth| self.child(1, head, nth));
        let near = [b0, self.in_buffer(1), s0, s1, self.on_stack(2)];
        let few = [left(b0, 1), left(s0, 1), right(s0, 1)];
        // The order is that of the trained weights.
        let more = [
            left(s0, 1),
            right(s0, 1),
            left(b0, 1),
            right(s0, 2),
            left(s1, 1),
            left(s1, 2),
            right(s1, 1),
            right(s1, 2),
        ];
        let rest: &[u16] = if words.len() > near.len() + few.len() { &more } else { &few };
        for (place, word) in words.iter_mut().zip(near.iter().chain(rest)) {
            *place = (*word != NONE).then_some(usize::from(*word));
        }
    }

    /// Which moves make sense now: every sentence ends as one tree.
    pub(super) fn allowed(&self) -> Allowed {
        let (depth, ahead) = (self.stack.len(), self.ahead());
        let is_returned = self.is_returned.get(usize::from(self.in_buffer(0))) == Some(&true);
        Allowed {
            shift: depth == 0 || ahead > 1 && !is_returned,
            reduce: depth > 0 && (ahead == 0 || depth > 1),
            arc: depth > 0 && ahead > 0,
        }
    }

    /// Takes a step that is allowed.
    pub(super) fn step(&mut self, step: Move) {
        match step {
            Move::Shift => self.push(),
            Move::Reduce => self.reduce(),
            Move::Left(relation) => {
                let (head, child) = (self.in_buffer(0), self.on_stack(0));
                self.attach(head, child, relation);
                if let Some(is_returned) = self.is_returned.get_mut(usize::from(head)) {
                    *is_returned = false;
                }
                self.stack.pop();
            }
            Move::Right(relation) => {
                self.attach(self.on_stack(0), self.in_buffer(0), relation);
                self.push();
            }
            Move::Never => {}
        }
    }

    fn push(&mut self) {
        let word = self.in_buffer(0);
        if self.returned.pop().is_none() {
            self.next += 1;
        }
        self.stack.push(word);
    }

    fn reduce(&mut self) {
        let is_last = self.stack.len() == 1;
        let Some(word) = self.stack.pop() else { return };
        if self.heads[usize::from(word)] == NONE && !is_last {
            self.is_returned[usize::from(word)] = true;
            self.returned.push(word);
        }
    }

    fn attach(&mut self, head: u16, child: u16, relation: Relation) {
        if head == NONE || child == NONE {
            return;
        }
        let at = usize::from(child);
        let earlier = self.heads[at];
        if earlier != NONE {
            self.last[usize::from(earlier < child)][usize::from(earlier)] = self.before[at];
        }
        let last = &mut self.last[usize::from(head < child)][usize::from(head)];
        self.before[at] = *last;
        *last = child;
        self.heads[at] = head;
        self.relations[at] = relation;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(length: usize, choices: &[u8]) -> Vec<Option<u16>> {
        let mut arcs = Arcs::new(length);
        let moves =
            [Move::Shift, Move::Reduce, Move::Left(Relation::Nsubj), Move::Right(Relation::Obj)];
        let mut choices = choices.iter().cycle();
        for _ in 0..length * 8 + 8 {
            if arcs.is_done() {
                break;
            }
            let allowed = arcs.allowed();
            let first = usize::from(*choices.next().unwrap_or(&0));
            let step = (0..4).map(|turn| moves[(first + turn) % 4]).find(|m| allowed.holds(*m));
            arcs.step(step.unwrap());
        }
        assert!(arcs.is_done(), "every way of choosing comes to an end");
        arcs.result().map(|(head, _)| head).collect()
    }

    #[test]
    fn steps_make_arcs() {
        // "They met him": shift, left, shift, right, and twice done.
        assert_eq!(run(3, &[0, 2, 0, 3, 1, 1]), [Some(1), None, Some(1)]);
        assert_eq!(run(1, &[0, 1]), [None]);
    }

    proptest! {
        #[test]
        fn any_choices_make_one_tree(
            length in 1usize..20, choices in prop::collection::vec(0u8..4, 1..80),
        ) {
            let heads = run(length, &choices);
            prop_assert_eq!(heads.iter().filter(|head| head.is_none()).count(), 1);
            for start in 0..length {
                let mut at = start;
                let mut steps = 0;
                while let Some(head) = heads[at] {
                    at = usize::from(head);
                    steps += 1;
                    prop_assert!(steps <= length);
                }
            }
        }
    }
}
