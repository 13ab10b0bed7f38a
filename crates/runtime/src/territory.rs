//! Which hosts a fetcher may ask: those whose partition it owns, so that no host is asked by two.

use std::collections::BTreeSet;

use dateline_bus::{Assignment, partition_of_route};

/// The part of the world that a worker owns.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Territory {
    owned: Option<BTreeSet<u32>>,
    partitions: u32,
}

impl Territory {
    /// The territory of somebody who is alone.
    pub fn everywhere() -> Self {
        Self { owned: None, partitions: 1 }
    }

    pub(crate) fn of(assignment: &Assignment) -> Self {
        let owned = assignment.partitions.iter().copied().collect();
        Self { owned: Some(owned), partitions: assignment.of }
    }

    /// Whether a route (a host's registrable domain) is this worker's own.
    pub fn owns(&self, route: &str) -> bool {
        let partition = partition_of_route(route.as_bytes(), self.partitions);
        self.owned.as_ref().is_none_or(|owned| owned.contains(&partition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partitions_decide() {
        let all = Assignment { epoch: 1, partitions: vec![0, 1, 2], of: 3 };
        let some = Assignment { epoch: 1, partitions: vec![1], of: 3 };
        let hosts = ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example"];
        assert!(hosts.iter().all(|host| Territory::of(&all).owns(host)));
        assert!(hosts.iter().all(|host| Territory::everywhere().owns(host)));
        let own = hosts.iter().filter(|host| Territory::of(&some).owns(host)).count();
        assert!(own > 0 && own < hosts.len(), "{own}");
    }
}
