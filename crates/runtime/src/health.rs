//! Whether the loops of this process turn, and whether they have begun.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A loop that has not turned for so long counts as stuck.
const STALLED_AFTER: Duration = Duration::from_mins(1);

/// The last turn of each loop; none where it has not begun.
#[derive(Default)]
pub struct Health(Mutex<BTreeMap<String, Option<Instant>>>);

impl Health {
    fn turns(&self) -> MutexGuard<'_, BTreeMap<String, Option<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a loop is to run.
    pub fn expect(&self, name: &str) {
        self.turns().insert(name.to_owned(), None);
    }

    /// Says that a loop turned.
    pub fn turned(&self, name: &str) {
        self.turns().insert(name.to_owned(), Some(Instant::now()));
    }

    /// Says that a loop has ended as it should.
    pub fn ended(&self, name: &str) {
        self.turns().remove(name);
    }

    /// A loop that is stuck.
    pub fn stalled(&self) -> Option<String> {
        let stuck = |turn: &Option<Instant>| turn.is_some_and(|at| at.elapsed() > STALLED_AFTER);
        self.turns().iter().find(|(_, turn)| stuck(turn)).map(|(name, _)| name.clone())
    }

    /// A loop that has not begun.
    pub fn waiting(&self) -> Option<String> {
        self.turns().iter().find(|(_, turn)| turn.is_none()).map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_once_every_loop_has_turned() {
        let health = Health::default();
        health.expect("cleaner-0");
        health.expect("sink-0");
        health.turned("sink-0");
        assert_eq!(health.waiting().as_deref(), Some("cleaner-0"));
        health.turned("cleaner-0");
        assert_eq!((health.waiting(), health.stalled()), (None, None));
    }
}
