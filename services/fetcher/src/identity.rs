//! Which story an item is: the provider's own id, else the canonical form of its address.

use dateline_record::ContentHash;
use url::Url;

/// Query parameters that follow a reader and name no document.
const TRACKING: &[&str] = &[
    "_ga",
    "at_campaign",
    "at_medium",
    "cmpid",
    "dclid",
    "fbclid",
    "ftag",
    "gclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "ocid",
    "partner",
    "ref_src",
    "smid",
    "s_cid",
    "taid",
    "twclid",
    "xtor",
    "yclid",
];

/// The canonical form of an address: no tracking parameters, no fragment.
pub(crate) fn canonical(url: &Url) -> Url {
    let mut canonical = url.clone();
    canonical.set_fragment(None);
    if url.query().is_none() {
        return canonical;
    }
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
        !pair.is_empty() && !name.starts_with("utm_") && !TRACKING.contains(&name.as_str())
    };
    // The query's own spelling stays: decoding and encoding again may name another document.
    let kept: Vec<&str> = url.query().unwrap_or_default().split('&').filter(is_kept).collect();
    canonical.set_query(Some(kept.join("&").as_str()).filter(|query| !query.is_empty()));
    canonical
}

/// What names an item for its provider.
pub(crate) fn provider_id(id: Option<&str>, link: Option<&str>, content: &str) -> String {
    let id = id.map(str::trim).filter(|id| !id.is_empty());
    if let Some(id) = id {
        return id.to_owned();
    }
    match link {
        Some(link) => match Url::parse(link) {
            Ok(url) => canonical(&url).to_string(),
            Err(_) => link.to_owned(),
        },
        // An item without id and link is what it says.
        None => format!("content:{}", ContentHash::of(content.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_what_follows_the_reader() {
        let check = |url: &str, expected: &str| {
            assert_eq!(canonical(&Url::parse(url).unwrap()).as_str(), expected);
        };
        check(
            "https://a.example/b?utm_source=rss&id=7&UTM_medium=x#top",
            "https://a.example/b?id=7",
        );
        check("https://a.example/b?fbclid=1", "https://a.example/b");
        check("https://a.example/b?q=%41+b&&x", "https://a.example/b?q=%41+b&x");
        check("https://a.example/b", "https://a.example/b");
    }

    #[test]
    fn the_providers_id_goes_before_the_link() {
        let check = |id: Option<&str>, link: Option<&str>, expected: &str| {
            assert_eq!(provider_id(id, link, "text"), expected);
        };
        check(Some(" tag:1 "), Some("https://a.example/"), "tag:1");
        check(Some(""), Some("https://a.example/b?utm_source=x"), "https://a.example/b");
        check(None, Some("not absolute"), "not absolute");
        assert!(provider_id(None, None, "text").starts_with("content:"));
    }
}
