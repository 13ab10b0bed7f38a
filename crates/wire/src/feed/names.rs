//! Names of elements: which vocabulary a prefix stands for, whatever prefix a feed has chosen.

/// The vocabularies that are read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Ns {
    /// RSS in any version, RDF's channel elements, and no namespace at all.
    Rss,
    /// Atom 1.0 and 0.3.
    Atom,
    /// RDF itself.
    Rdf,
    /// Dublin Core elements and terms.
    Dc,
    /// RSS content module.
    Content,
    /// Atom deleted entries (RFC 6721).
    Deleted,
    /// Podcasts.
    Itunes,
    /// XHTML.
    Xhtml,
    /// Anything else.
    Other,
}

/// The vocabulary of a namespace's URI.
pub(super) fn by_uri(uri: &str) -> Ns {
    let uri = uri.trim().to_ascii_lowercase();
    match uri.as_str() {
        "" => Ns::Rss,
        "http://www.w3.org/2005/atom" | "http://purl.org/atom/ns#" | "http://purl.org/atom/ns" => {
            Ns::Atom
        }
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Ns::Rdf,
        "http://purl.org/dc/elements/1.1/" | "http://purl.org/dc/terms/" => Ns::Dc,
        "http://purl.org/rss/1.0/modules/content/" => Ns::Content,
        "http://www.itunes.com/dtds/podcast-1.0.dtd" => Ns::Itunes,
        "http://purl.org/atompub/tombstones/1.0" => Ns::Deleted,
        "http://www.w3.org/1999/xhtml" => Ns::Xhtml,
        _ if is_rss(&uri) => Ns::Rss,
        _ => Ns::Other,
    }
}

fn is_rss(uri: &str) -> bool {
    const KNOWN: [&str; 8] = [
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://my.netscape.com/publish/formats/rss-0.91.dtd",
        "http://backend.userland.com/rss",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://www.rssboard.org/rss-specification",
        "http://purl.org/net/rss1.1#",
    ];
    KNOWN.contains(&uri) || uri.starts_with("http://backend.userland.com/rss")
}

/// The vocabulary that a prefix stands for by custom, where a feed does not declare it.
pub(super) fn by_custom(prefix: &str) -> Ns {
    match prefix {
        "" | "rss" => Ns::Rss,
        "atom" | "a" | "atom03" | "atom10" => Ns::Atom,
        "rdf" => Ns::Rdf,
        "dc" | "dcterms" => Ns::Dc,
        "content" => Ns::Content,
        "at" => Ns::Deleted,
        "itunes" => Ns::Itunes,
        "xhtml" => Ns::Xhtml,
        _ => Ns::Other,
    }
}
