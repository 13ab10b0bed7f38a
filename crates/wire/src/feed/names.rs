//! Names of elements: which vocabulary a prefix stands for, whatever prefix a feed has chosen.

/// The vocabularies that are read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Ns {
    /// RSS in any version, RDF's channel elements, CDF, and no namespace at all.
    Rss,
    /// Atom 1.0 and 0.3.
    Atom,
    /// RDF itself.
    Rdf,
    /// Dublin Core elements and terms.
    Dc,
    /// RSS content module.
    Content,
    /// RSS syndication module.
    Syndication,
    /// Atom deleted entries (RFC 6721).
    Deleted,
    /// Podcasts.
    Itunes,
    /// Media RSS.
    Media,
    /// `GeoRSS` and the W3C's geo vocabulary.
    Geo,
    /// The part of GML that `GeoRSS` uses.
    Gml,
    /// Licences of Creative Commons.
    License,
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
        "http://www.w3.org/2005/atom"
        | "http://purl.org/atom/ns#"
        | "http://purl.org/atom/ns"
        | "http://example.com/newformat#"
        | "http://example.com/necho"
        | "http://purl.org/echo/"
        | "uri/of/echo/namespace#"
        | "http://purl.org/pie/" => Ns::Atom,
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Ns::Rdf,
        "http://purl.org/dc/elements/1.1/"
        | "http://purl.org/dc/terms/"
        | "http://purl.org/dc/elements/1.0/" => Ns::Dc,
        "http://purl.org/rss/1.0/modules/content/" => Ns::Content,
        "http://purl.org/rss/1.0/modules/syndication/" => Ns::Syndication,
        "http://www.itunes.com/dtds/podcast-1.0.dtd"
        | "http://example.com/dtds/podcast-1.0.dtd" => Ns::Itunes,
        "http://search.yahoo.com/mrss" | "http://search.yahoo.com/mrss/" => Ns::Media,
        "http://www.georss.org/georss" | "http://www.w3.org/2003/01/geo/wgs84_pos#" => Ns::Geo,
        "http://www.opengis.net/gml" => Ns::Gml,
        "http://backend.userland.com/creativecommonsrssmodule"
        | "http://web.resource.org/cc/"
        | "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html"
        | "http://creativecommons.org/ns#license"
        | "http://creativecommons.org/ns#" => Ns::License,
        "http://purl.org/atompub/tombstones/1.0" => Ns::Deleted,
        "http://www.w3.org/1999/xhtml" => Ns::Xhtml,
        _ if is_rss(&uri) => Ns::Rss,
        _ => Ns::Other,
    }
}

fn is_rss(uri: &str) -> bool {
    const KNOWN: [&str; 7] = [
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://my.netscape.com/publish/formats/rss-0.91.dtd",
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
        "sy" => Ns::Syndication,
        "at" => Ns::Deleted,
        "itunes" => Ns::Itunes,
        "media" => Ns::Media,
        "georss" | "geo" => Ns::Geo,
        "gml" => Ns::Gml,
        "cc" | "creativeCommons" => Ns::License,
        "xhtml" => Ns::Xhtml,
        _ => Ns::Other,
    }
}
