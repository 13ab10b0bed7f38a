//! robots.txt (RFC 9309): which paths an agent may fetch, with crawl-delay and sitemaps.

use std::fmt::Write;
use std::time::Duration;

use url::Url;

/// What is read of a robots.txt; the rest is ignored (RFC 9309, section 2.5).
pub const MAX_ROBOTS_BYTES: usize = 500 * 1024;

/// Bytes of a line that are read: Google's reader keeps one less than eight times the longest URL.
const MAX_LINE_BYTES: usize = 2083 * 8 - 1;

/// The longest crawl-delay that is believed.
const MAX_CRAWL_DELAY: Duration = Duration::from_hours(24);

/// A robots.txt that was read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Robots {
    groups: Vec<Group>,
    /// Apart from the groups, since a crawl-delay ends no group but does divide agents.
    delays: Vec<(Vec<Agent>, Duration)>,
    sitemaps: Vec<String>,
}

/// The rules for some agents.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Group {
    agents: Vec<Agent>,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Agent {
    Any,
    Named(String),
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Rule {
    allow: bool,
    pattern: String,
}

/// What a line says.
enum Line<'a> {
    UserAgent(&'a str),
    Rule(bool, &'a str),
    CrawlDelay(&'a str),
    Sitemap(&'a str),
    Other,
}

impl Robots {
    /// Reads a robots.txt. Nothing in it is an error: what is not understood is ignored.
    pub fn parse(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(MAX_ROBOTS_BYTES)];
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        let mut robots = Self::default();
        let mut open = Group::default();
        let (mut has_rules, mut has_delay) = (false, false);
        let mut delayed = Vec::new();
        for line in text.split(['\n', '\r']) {
            match read_line(line) {
                Line::UserAgent(agent) => {
                    if std::mem::take(&mut has_delay) || has_rules {
                        delayed.clear();
                    }
                    if std::mem::take(&mut has_rules) {
                        robots.groups.push(std::mem::take(&mut open));
                    }
                    open.agents.push(read_agent(agent));
                    delayed.push(read_agent(agent));
                }
                // Rules before any user-agent concern nobody.
                Line::Rule(..) if open.agents.is_empty() => {}
                Line::Rule(allow, pattern) => {
                    has_rules = true;
                    open.push_rule(allow, escape(pattern));
                }
                Line::CrawlDelay(seconds) => {
                    has_delay = true;
                    robots.delays.extend(read_delay(seconds).map(|delay| (delayed.clone(), delay)));
                }
                Line::Sitemap(address) => robots.sitemaps.push(address.to_owned()),
                Line::Other => {}
            }
        }
        robots.groups.push(open);
        robots
    }

    /// Whether `agent`, a product's name of letters, `-` and `_`, may fetch `url`.
    pub fn allows(&self, agent: &str, url: &str) -> bool {
        let path = path_of(url);
        if path == "/robots.txt" {
            return true;
        }
        let rules = self.groups_for(agent).flat_map(|group| &group.rules);
        let (mut allowed, mut longest) = (true, 0);
        for rule in rules {
            let length = rule.pattern.len();
            // The longest match decides; of two that are equal, the one that allows.
            let counts = length > longest || (length == longest && rule.allow);
            if length > 0 && counts && rule.matches(&path) {
                (allowed, longest) = (rule.allow, length);
            }
        }
        allowed
    }

    /// The pause between two requests that the site asks `agent` for.
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        let is_named = self.groups.iter().any(|group| group.agents.iter().any(|a| a.is(agent)));
        let concerns = |agents: &[Agent]| {
            agents.iter().any(|known| if is_named { known.is(agent) } else { *known == Agent::Any })
        };
        let delays = self.delays.iter().filter(|(agents, _)| concerns(agents));
        delays.map(|(_, delay)| *delay).max()
    }

    /// The sitemaps that the site names.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// The groups that name the agent, else those for any agent.
    fn groups_for<'a>(&'a self, agent: &'a str) -> impl Iterator<Item = &'a Group> {
        let names = move |group: &&Group| group.agents.iter().any(|known| known.is(agent));
        let is_named = self.groups.iter().any(|group| names(&group));
        self.groups.iter().filter(move |group| {
            if is_named { names(group) } else { group.agents.contains(&Agent::Any) }
        })
    }
}

impl Agent {
    fn is(&self, agent: &str) -> bool {
        matches!(self, Self::Named(name) if name.eq_ignore_ascii_case(agent))
    }
}

impl Group {
    fn push_rule(&mut self, allow: bool, pattern: String) {
        // Who allows a folder's index allows the folder itself.
        if allow
            && let Some((folder, file)) = pattern.rsplit_once('/')
            && file.starts_with("index.htm")
        {
            self.rules.push(Rule { allow, pattern: format!("{folder}/$") });
        }
        self.rules.push(Rule { allow, pattern });
    }
}

impl Rule {
    /// Matches with `*` for any run of characters and `$` for the end.
    fn matches(&self, path: &str) -> bool {
        let (pattern, to_end) = match self.pattern.strip_suffix('$') {
            Some(pattern) => (pattern, true),
            None => (self.pattern.as_str(), false),
        };
        let mut parts = pattern.split('*').peekable();
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = path.strip_prefix(first) else {
            return false;
        };
        if parts.peek().is_none() {
            return !to_end || rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if to_end && parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

fn read_line(line: &str) -> Line<'_> {
    let line = &line[..line.floor_char_boundary(MAX_LINE_BYTES)];
    let line = line.split('#').next().unwrap_or_default();
    let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    // Some write a space where the colon belongs.
    let separated = line.split_once(':').or_else(|| {
        let (key, value) = line.split_once([' ', '\t'])?;
        (value.split_whitespace().count() == 1).then_some((key, value))
    });
    let Some((key, value)) = separated else {
        return Line::Other;
    };
    let value = value.trim();
    let starts = |name: &str| {
        key.trim().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let any = |names: &[&str]| names.iter().any(|name| starts(name));
    // The misspellings are those that Google's reader knows.
    if any(&["user-agent", "useragent", "user agent"]) {
        return Line::UserAgent(value);
    }
    if starts("allow") {
        return Line::Rule(true, value);
    }
    if any(&["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"]) {
        return Line::Rule(false, value);
    }
    if any(&["crawl-delay", "crawldelay"]) {
        return Line::CrawlDelay(value);
    }
    if any(&["sitemap", "site-map"]) {
        return Line::Sitemap(value);
    }
    Line::Other
}

fn read_agent(value: &str) -> Agent {
    let rest = value.strip_prefix('*');
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return Agent::Any;
    }
    // A name that is no name still opens a group, which then concerns nobody.
    Agent::Named(product(value).to_owned())
}

/// The product's name at the start of a user agent.
fn product(agent: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphabetic() || c == '-' || c == '_';
    let end = agent.find(|c| !is_name(c)).unwrap_or(agent.len());
    &agent[..end]
}

fn read_delay(seconds: &str) -> Option<Duration> {
    let seconds: f64 = seconds.parse().ok()?;
    let delay = Duration::try_from_secs_f64(seconds).ok()?;
    Some(delay.min(MAX_CRAWL_DELAY))
}

/// A pattern as paths are written: what is not ASCII is escaped, and escapes are in upper case.
fn escape(pattern: &str) -> String {
    let mut escaped = String::with_capacity(pattern.len());
    let bytes = pattern.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let follows_percent = |by: usize| at >= by && bytes[at - by] == b'%';
        let in_escape = (follows_percent(1) || follows_percent(2)) && byte.is_ascii_hexdigit();
        if byte.is_ascii() {
            let c = char::from(*byte);
            escaped.push(if in_escape { c.to_ascii_uppercase() } else { c });
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Path, parameters and query of a URL, as written, beginning with a slash.
fn path_of(url: &str) -> String {
    let after_scheme = match url.find("//") {
        Some(at) => &url[at + 2..],
        None if Url::parse(url).is_ok() || !url.starts_with('/') => url,
        None => return url.to_owned(),
    };
    let Some(start) = after_scheme.find(['/', '?', ';']) else {
        return "/".to_owned();
    };
    let end = after_scheme.find('#').unwrap_or(after_scheme.len());
    if end < start {
        return "/".to_owned();
    }
    let path = &after_scheme[start..end];
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_delays_and_sitemaps() {
        let robots = Robots::parse(
            b"\xef\xbb\xbfUser-agent: *\nCrawl-delay: 2.5\nSitemap: https://a.example/one.xml\n\
              User-agent: Dateline\nUser-agent: Other\nDisallow: /x\nCrawl-delay: 10\n\
              Sitemap: https://a.example/two.xml\nUser-agent: Bad\nCrawl-delay: soon\n",
        );
        let delay = |agent| robots.crawl_delay(agent).map(|delay| delay.as_millis());
        assert_eq!(delay("dateline"), Some(10_000));
        assert_eq!(delay("Other"), Some(10_000));
        assert_eq!(delay("Someone"), Some(2_500));
        assert_eq!(delay("Bad"), None);
        assert_eq!(robots.sitemaps().len(), 2);
        assert!(!robots.allows("Dateline", "https://a.example/x/y"));
        // As Google reads it, a crawl-delay ends no group, so that `*` shares the rule.
        assert!(!robots.allows("Someone", "https://a.example/x/y"));
        assert!(robots.allows("Bad", "https://a.example/x/y"));
    }
}
