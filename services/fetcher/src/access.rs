//! Whether a page shows its story: challenges that ask for a human, and paywalls. Both are
//! recorded, neither is worked around.

use std::sync::LazyLock;

use memchr::{memchr, memmem};
use regex::bytes::Regex;

use crate::http::Answer;

/// Bytes of a page that are looked at: what gives it away stands at its beginning.
const MAX_SCAN_BYTES: usize = 400_000;

/// A page with more words is a story, whatever scripts it carries.
const MAX_CHALLENGE_WORDS: usize = 150;

/// A header that only a challenge has: its name, a part of its value, whose it is.
const HEADERS: &[(&str, &str, &str)] = &[
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "challenge", "AWS WAF"),
    ("x-amzn-waf-action", "captcha", "AWS WAF"),
];

/// What stands in the markup of a challenge, in lower case, and whose it is.
const MARKUP: &[(&str, &str)] = &[
    ("_cf_chl_opt", "Cloudflare"),
    ("/cdn-cgi/challenge-platform/", "Cloudflare"),
    ("cf-error-details", "Cloudflare"),
    ("captcha-delivery.com", "DataDome"),
    ("px-captcha", "PerimeterX"),
    ("captcha.px-cdn.net", "PerimeterX"),
    ("/_incapsula_resource", "Incapsula"),
    ("incapsula incident id", "Incapsula"),
    ("/_sec/cp_challenge/", "Akamai"),
    ("sec-if-cpt-container", "Akamai"),
    ("bm-verify=", "Akamai"),
    ("errors.edgesuite.net", "Akamai"),
    ("awswafcookiedomainlist", "AWS WAF"),
    ("challenges.cloudflare.com/turnstile", "Cloudflare"),
    ("g-recaptcha", "a captcha"),
    ("recaptcha/api.js", "a captcha"),
    ("h-captcha", "a captcha"),
    ("hcaptcha.com/1/api.js", "a captcha"),
];

/// Whose challenge an answer is; none where it is none.
pub(crate) fn challenge(answer: &Answer) -> Option<&'static str> {
    let of_header = HEADERS.iter().find(|(name, part, _)| {
        answer.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(part))
    });
    if let Some((_, _, guard)) = of_header {
        return Some(guard);
    }
    // Stories carry such scripts, too, for their comments and forms; they are longer. To count
    // first is cheaper, since most pages are stories and soon show it.
    if words(beginning(answer)) > MAX_CHALLENGE_WORDS {
        return None;
    }
    let page = beginning(answer).to_ascii_lowercase();
    let found = MARKUP.iter().find(|(mark, _)| memmem::find(&page, mark.as_bytes()).is_some());
    found.map(|(_, guard)| *guard)
}

/// Why a page is taken for one with a part of the story only; none where it is not.
pub(crate) fn paywall(answer: &Answer) -> Option<&'static str> {
    static NOT_FREE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#""isAccessibleForFree"\s*:\s*(?i:false|"\s*(?:https?://schema\.org/)?false\s*")"#,
        )
        .ok()
    });
    static LOCKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)<meta\s[^>]*(?:article:content_tier["'][^>]*content\s*=\s*["']locked|content\s*=\s*["']locked["'][^>]*article:content_tier)"#,
        )
        .ok()
    });
    let finds = |pattern: &Option<Regex>, page: &[u8]| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(page))
    };
    if answer.status == 402 {
        return Some("status 402");
    }
    let page = beginning(answer);
    if finds(&NOT_FREE, page) {
        return Some("isAccessibleForFree");
    }
    let is_tiered = memmem::find(page, b"article:content_tier").is_some();
    (is_tiered && finds(&LOCKED, page)).then_some("article:content_tier")
}

fn beginning(answer: &Answer) -> &[u8] {
    &answer.body[..answer.body.len().min(MAX_SCAN_BYTES)]
}

/// About how many words a reader sees; no more are counted than tell a story from a challenge.
fn words(page: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = page;
    while let Some(at) = memchr(b'<', rest) {
        count += count_words(&rest[..at]);
        if count > MAX_CHALLENGE_WORDS {
            return count;
        }
        let after = &rest[at..];
        let is_hidden = |name: &&&[u8]| {
            after.get(1..=name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        let hidden = HIDDEN.iter().find(is_hidden).and_then(|name| end_of(after, name));
        let from = hidden.unwrap_or(0).max(1);
        let Some(end) = memchr(b'>', &after[from..]) else {
            return count;
        };
        rest = &after[from + end + 1..];
    }
    count + count_words(rest)
}

/// Elements whose content no reader sees.
const HIDDEN: &[&[u8]] = &[b"script", b"style", b"noscript"];

/// Where the end tag of an element stands.
fn end_of(page: &[u8], name: &[u8]) -> Option<usize> {
    memmem::find_iter(page, b"</").find(|at| {
        let start = page.get(at + 2..at + 2 + name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    })
}

fn count_words(text: &[u8]) -> usize {
    let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.take(MAX_CHALLENGE_WORDS + 1).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = headers.iter().map(pair).collect();
        Answer { status, headers, body: body.as_bytes().to_vec(), truncated: false }
    }

    #[test]
    fn tells_challenges_from_stories() {
        let check = |headers: &[(&str, &str)], body: &str, expected: Option<&str>| {
            let shown = &body[..body.floor_char_boundary(100)];
            assert_eq!(challenge(&answer(403, headers, body)), expected, "{headers:?} {shown}");
        };
        check(&[("cf-mitigated", "challenge")], "", Some("Cloudflare"));
        check(&[("x-amzn-waf-action", "captcha")], "", Some("AWS WAF"));
        let cloudflare = "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>";
        check(&[], cloudflare, Some("Cloudflare"));
        check(&[], "<script src=https://ct.captcha-delivery.com/c.js></script>", Some("DataDome"));
        check(&[], "<div id=\"px-captcha\"></div>", Some("PerimeterX"));
        check(&[], "<iframe src=\"/_Incapsula_Resource?x\">Request</iframe>", Some("Incapsula"));
        check(&[], "Access Denied https://errors.edgesuite.net/18.1", Some("Akamai"));
        check(&[], "<div class=\"g-recaptcha\"></div> Are you human?", Some("a captcha"));
        check(&[], "<h1>Forbidden</h1>", None);
        check(&[("server", "cloudflare")], "<p>The story.</p>", None);
        let story = format!("<script>px-captcha</script><p>{}</p>", "word ".repeat(300));
        check(&[], &story, None);
        let script = format!("<SCRIPT>g-recaptcha {}</SCRIPT><p>Prove it.</p>", "x ".repeat(300));
        check(&[], &script, Some("a captcha"));
    }

    #[test]
    fn tells_paywalls() {
        let check = |status: u16, body: &str, expected: Option<&str>| {
            assert_eq!(paywall(&answer(status, &[], body)), expected, "{body}");
        };
        let tier = Some("article:content_tier");
        check(402, "", Some("status 402"));
        check(200, r#"{"isAccessibleForFree": false}"#, Some("isAccessibleForFree"));
        check(200, r#"{"isAccessibleForFree":"False"}"#, Some("isAccessibleForFree"));
        check(200, r#"{"isAccessibleForFree": true}"#, None);
        check(200, r#"<meta property="article:content_tier" content="locked">"#, tier);
        check(200, "<meta content='locked' property='article:content_tier'>", tier);
        check(200, r#"<meta property="article:content_tier" content="free">"#, None);
        check(200, "<p>Subscribe to our newsletter.</p>", None);
    }

    #[test]
    fn counts_what_a_reader_sees() {
        let check =
            |page: &str, expected: usize| assert_eq!(words(page.as_bytes()), expected, "{page}");
        check("one two", 2);
        check("<p>one</p><script>a b < c</script><style>d</style> two", 2);
        check("<script>never closed", 2);
        check("one <b", 1);
    }
}
