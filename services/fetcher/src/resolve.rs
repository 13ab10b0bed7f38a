//! Names to addresses for the HTTP client: the `hosts` setting first, and no closed address ever,
//! whatever a name server says at the time of the connection.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::Guard;

/// Resolves names under the guard.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    hosts: Arc<BTreeMap<String, SocketAddr>>,
    guard: Arc<Guard>,
}

impl Resolver {
    pub(crate) fn new(hosts: BTreeMap<String, SocketAddr>, guard: Arc<Guard>) -> Self {
        let hosts = hosts.into_iter().map(|(name, at)| (name.to_ascii_lowercase(), at)).collect();
        Self { hosts: Arc::new(hosts), guard }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let name = name.as_str().trim_end_matches('.').to_ascii_lowercase();
            if let Some(address) = this.hosts.get(&name) {
                return Ok(Box::new(std::iter::once(*address)) as Addrs);
            }
            // Port 0 stands for the URL's own.
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let open: Vec<SocketAddr> =
                found.into_iter().filter(|address| this.guard.allows(address.ip())).collect();
            if open.is_empty() {
                let what = format!(
                    "{name} is at no public address; list its network in fetcher.allow_networks \
                     if it is yours"
                );
                return Err(what.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}
