//! Whether a page shows its story: challenges that ask for a human, and paywalls. Both are
//! recorded, neither is worked around.

use regex::Regex;
use std::sync::LazyLock;

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
    let page = page(answer).to_ascii_lowercase();
    let (_, guard) = MARKUP.iter().find(|(mark, _)| page.contains(mark))?;
    // Stories carry such scripts, too, for their comments and forms; they are longer.
    (words(&page) <= MAX_CHALLENGE_WORDS).then_some(guard)
}

/// Why a page is taken for one with a part of the story only; none where it is not.
pub(crate) fn paywall(answer: &Answer) -> Option<&'static str> {
    static NOT_FREE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)"isAccessibleForFree"\s*:\s*(?:false|"\s*(?:https?://schema\.org/)?false\s*")"#,
        )
        .ok()
    });
    static LOCKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)<meta\s[^>]*(?:article:content_tier["'][^>]*content\s*=\s*["']locked|content\s*=\s*["']locked["'][^>]*article:content_tier)"#,
        )
        .ok()
    });
    let finds = |pattern: &Option<Regex>, page: &str| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(page))
    };
    if answer.status == 402 {
        return Some("status 402");
    }
    let page = page(answer);
    if finds(&NOT_FREE, &page) {
        return Some("isAccessibleForFree");
    }
    finds(&LOCKED, &page).then_some("article:content_tier")
}

fn page(answer: &Answer) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(&answer.body[..answer.body.len().min(MAX_SCAN_BYTES)])
}

/// About how many words a reader sees.
fn words(page: &str) -> usize {
    let mut count = 0;
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        count += rest[..at].split_whitespace().count();
        let after = &rest[at..];
        let hidden = ["script", "style", "noscript"]
            .iter()
            .find(|name| after[1..].starts_with(**name))
            .and_then(|name| after.find(&format!("</{name}")));
        let from = hidden.unwrap_or(0).max(1);
        let Some(end) = after[from..].find('>') else {
            return count;
        };
        rest = &after[from + end + 1..];
    }
    count + rest.split_whitespace().count()
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
        let check = |page: &str, expected: usize| assert_eq!(words(page), expected, "{page}");
        check("one two", 2);
        check("<p>one</p><script>a b < c</script><style>d</style> two", 2);
        check("<script>never closed", 2);
        check("one <b", 1);
    }
}
