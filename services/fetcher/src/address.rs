//! Which addresses may be asked: no private, loopback, link-local or reserved one unless a setting
//! allows it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses, for example `10.1.0.0/16`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Network {
    base: IpAddr,
    prefix_bits: u8,
}

/// Decides which addresses may be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    allowed: Vec<Network>,
}

/// Ranges that are not the public internet (IANA's special-purpose registries, multicast).
const CLOSED: &[(&str, u8)] = &[
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 3),
    ("::", 96),
    ("100::", 64),
    ("2001::", 23),
    ("2001:db8::", 32),
    ("3fff::", 20),
    ("5f00::", 16),
    ("fc00::", 7),
    ("fe80::", 10),
    ("fec0::", 10),
    ("ff00::", 8),
];

impl Guard {
    /// A guard that allows the public internet and the listed networks.
    pub(crate) fn new(networks: &[String]) -> anyhow::Result<Self> {
        let allowed = networks.iter().map(|text| {
            Network::parse(text).ok_or_else(|| {
                anyhow::anyhow!(
                    "fetcher.allow_networks: {text:?} is no network; write it like \"10.1.0.0/16\""
                )
            })
        });
        Ok(Self { allowed: allowed.collect::<anyhow::Result<_>>()? })
    }

    /// Whether `address` may be asked.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        let address = unwrapped(address);
        if self.allowed.iter().any(|network| network.contains(address)) {
            return true;
        }
        !CLOSED.iter().any(|(base, prefix_bits)| {
            let base = base.parse();
            base.is_ok_and(|base| Network { base, prefix_bits: *prefix_bits }.contains(address))
        })
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Some(most), |prefix| prefix.parse().ok())?;
        (prefix_bits <= most).then_some(Self { base, prefix_bits })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differ = u32::from(base) ^ u32::from(address);
                differ.checked_shr(32 - u32::from(self.prefix_bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differ = u128::from(base) ^ u128::from(address);
                differ.checked_shr(128 - u32::from(self.prefix_bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// The IPv4 address within an IPv6 one that stands for it: mapped, NAT64 or 6to4.
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else {
        return address;
    };
    if let Some(four) = six.to_ipv4_mapped() {
        return IpAddr::V4(four);
    }
    let segments = six.segments();
    let pair = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => pair(high, low),
        _ => IpAddr::V6(Ipv6Addr::from(segments)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_public() {
        let guard = Guard::default();
        let check = |address: &str, expected: bool| {
            assert_eq!(guard.allows(address.parse().unwrap()), expected, "{address}");
        };
        for closed in [
            "127.0.0.1",
            "10.0.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "2001:db8::1",
        ] {
            check(closed, false);
        }
        for open in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            check(open, true);
        }
    }

    #[test]
    fn settings_allow_networks() {
        let guard = Guard::new(&["127.0.0.1/32".into(), "::1".into(), "10.1.0.0/16".into()]);
        let guard = guard.unwrap();
        let check = |address: &str, expected: bool| {
            assert_eq!(guard.allows(address.parse().unwrap()), expected, "{address}");
        };
        check("127.0.0.1", true);
        check("127.0.0.2", false);
        check("::1", true);
        check("::ffff:10.1.200.3", true);
        check("10.2.0.1", false);
        assert!(Guard::new(&["0.0.0.0/0".into()]).unwrap().allows([10, 0, 0, 1].into()));
        let error = Guard::new(&["10.0.0.0/33".into()]).unwrap_err().to_string();
        assert!(error.contains("fetcher.allow_networks") && error.contains("10.0.0.0/33"));
    }
}
