//! Which host a URL belongs to, for politeness and ownership: its registrable domain, so that
//! `feeds.example.com` and `www.example.com` are one.

use dateline_record::{Errand, SourceKind, SourceSpec};
use dateline_runtime::Territory;
use url::{Host, Url};

/// The registrable domain of a URL's host (by the Public Suffix List, its private part included),
/// or the host itself where it is an address or has none.
pub(crate) fn domain(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            psl::domain_str(name).unwrap_or(name).to_ascii_lowercase()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        // A colon would not stand well in an address of the push port.
        Some(Host::Ipv6(address)) => address.to_string().replace(':', "-"),
        None => String::new(),
    }
}

/// The hosts as one source sees them: its own may go by another name, and only those of the
/// worker's territory may be asked.
#[derive(Clone, Debug)]
pub(crate) struct Realm<'a> {
    territory: &'a Territory,
    /// The domain of the source's own URL, and its route.
    home: Option<(String, &'a str)>,
}

impl<'a> Realm<'a> {
    pub(crate) fn new(territory: &'a Territory, spec: &'a SourceSpec) -> Self {
        let home = url_of(&spec.kind).and_then(|url| Url::parse(url).ok());
        Self { territory, home: home.map(|url| (domain(&url), spec.route())) }
    }

    /// A realm without borders, for a command that fetches one thing.
    pub(crate) fn everywhere(territory: &'a Territory) -> Self {
        Self { territory, home: None }
    }

    /// The name under which a URL's host has its clock.
    pub(crate) fn key(&self, url: &Url) -> String {
        let domain = domain(url);
        match &self.home {
            Some((home, route)) if *home == domain => (*route).to_owned(),
            _ => domain,
        }
    }

    /// Whether that host may be asked.
    pub(crate) fn owns(&self, key: &str) -> bool {
        self.territory.owns(key)
    }
}

/// The route of a source that gives none itself.
pub(crate) fn route_of(kind: &SourceKind) -> Option<String> {
    let url = Url::parse(url_of(kind)?).ok()?;
    Some(domain(&url)).filter(|domain| !domain.is_empty())
}

/// The address of a source, where it has one.
fn url_of(kind: &SourceKind) -> Option<&str> {
    match kind {
        SourceKind::Feed { url, .. } => Some(url),
        SourceKind::Sitemap(sitemap) => Some(&sitemap.url),
        SourceKind::Api(api) => Some(&api.url),
        SourceKind::Front(front) => Some(&front.url),
        SourceKind::Errand(Errand::Page { story }) => story.url.as_deref(),
        SourceKind::Folder { .. } | SourceKind::Push | SourceKind::Errand(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_registrable_domain() {
        let check = |url: &str, expected: &str| {
            assert_eq!(domain(&Url::parse(url).unwrap()), expected, "{url}");
        };
        check("https://feeds.bbci.co.uk/news", "bbci.co.uk");
        check("https://www.Example.com./", "example.com");
        check("https://a.github.io/rss", "a.github.io");
        check("http://site.example/", "site.example");
        check("http://localhost:80/", "localhost");
        check("http://127.0.0.1/", "127.0.0.1");
        check("http://[::1]/", "--1");
        check("https://www.asahi.com/", "asahi.com");
        check("https://www.news.gov.kh/", "news.gov.kh");
    }

    #[test]
    fn a_key_goes_for_the_own_domain_only() {
        let text = "kind = \"feed\"\nurl = \"https://rss.blogs.example/a\"\npoliteness_key = \"a\"";
        let spec = crate::read_spec("a", text, dateline_record::Timestamp::from_millis(0)).unwrap();
        let territory = Territory::everywhere();
        let realm = Realm::new(&territory, &spec);
        let key = |url: &str| realm.key(&Url::parse(url).unwrap());
        assert_eq!(key("https://www.blogs.example/a/1"), "a");
        assert_eq!(key("https://other.example/1"), "other.example");
    }
}
