//! The rules of ninjs by version: which properties an item may have, and of what kind.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::Problem;

const TABLE: &str = include_str!("ninjs_rules.txt");

/// The versions that an item may keep although it declares none or an older one: the newest of
/// each generation, and the experimental ones.
const CURRENT: &[Version] = &[(1, 6), (1, DEV), (2, 2), (2, DEV), (3, 1)];

/// Stands for an experimental version, which has all that its generation has.
const DEV: u8 = u8::MAX;

/// Generation and version.
type Version = (u8, u8);

/// What may stand at a place, with the version that brought it in; later lines replace.
#[derive(Debug, Default)]
struct Rule {
    kinds: Vec<(u8, Kind)>,
    members: HashMap<&'static str, Rule>,
    /// The members whose names have a fixed beginning.
    patterns: Vec<(&'static str, Rule)>,
    item: Option<Box<Rule>>,
    needed: Vec<(u8, &'static str)>,
    groups: Vec<(u8, Vec<Vec<&'static str>>)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Text,
    Number,
    Integer(Option<(i64, i64)>),
    OneOf(&'static str),
    /// Only the members that are named.
    Object,
    /// Any members, the named ones as said.
    Open,
    List,
    GeoJson,
    TruncatedTime,
    /// As the shared type of that name says.
    Shared(&'static str),
}

/// The rules of the generations; the shared types are members of their own.
static RULES: LazyLock<[Rule; 3]> = LazyLock::new(|| {
    let mut rules: [Rule; 3] = Default::default();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.splitn(3, ' ');
        let (Some(version), Some(path), Some(kind)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if let Some((generation, since)) = version_of(version) {
            rules[usize::from(generation) - 1].add(since, path, kind);
        }
    }
    rules
});

fn version_of(text: &str) -> Option<Version> {
    let (generation, version) = text.split_once('.')?;
    let generation = generation.parse().ok().filter(|number| (1..=3).contains(number))?;
    let version = if version == "dev" { DEV } else { version.parse().ok()? };
    Some((generation, version))
}

impl Rule {
    fn add(&mut self, since: u8, path: &'static str, kind: &'static str) {
        if let Some(path) = path.strip_suffix('|') {
            let groups = kind.split_once(' ').map(|(_, groups)| groups).unwrap_or_default();
            let groups = groups.split('/').map(|group| group.split_whitespace().collect());
            self.place(path).groups.push((since, groups.collect()));
        } else if let Some(path) = path.strip_suffix('!') {
            let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
            self.place(parent).needed.push((since, name));
        } else {
            self.place(path).kinds.push((since, kind_of(kind)));
        }
    }

    /// The rule of a path, made where it is not there yet.
    fn place(&mut self, path: &'static str) -> &mut Self {
        let mut rule = self;
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let name = part.trim_end_matches("[]");
            rule = match name.strip_suffix('*') {
                Some(prefix) => rule.pattern(prefix),
                None => rule.members.entry(name).or_default(),
            };
            if part.ends_with("[]") {
                rule = rule.item.get_or_insert_default();
            }
        }
        rule
    }

    fn pattern(&mut self, prefix: &'static str) -> &mut Self {
        let known = self.patterns.iter().position(|(known, _)| *known == prefix);
        let at = known.unwrap_or_else(|| {
            self.patterns.push((prefix, Self::default()));
            self.patterns.len() - 1
        });
        &mut self.patterns[at].1
    }

    /// The kind as of a version; none where the version does not know the place.
    fn kind(&self, version: u8) -> Option<Kind> {
        if let Some(item) = &self.item {
            return item.kind(version).map(|_| Kind::List);
        }
        let known = self.kinds.iter().rev().find(|(since, _)| *since <= version);
        known.map(|(_, kind)| *kind)
    }

    fn member(&self, name: &str, version: u8) -> Option<&Self> {
        let has_rest = |prefix: &str| {
            let rest = name.strip_prefix(prefix).and_then(|rest| rest.chars().next());
            rest.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let pattern = || self.patterns.iter().find(|(prefix, _)| has_rest(prefix));
        let found = self.members.get(name).or_else(|| pattern().map(|(_, rule)| rule));
        found.filter(|rule| rule.kind(version).is_some())
    }
}

fn kind_of(text: &'static str) -> Kind {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "text" => Kind::Text,
        "number" => Kind::Number,
        "integer" => {
            let bounds = rest.split_once(' ');
            Kind::Integer(
                bounds.and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?))),
            )
        }
        "one-of" => Kind::OneOf(rest),
        "open" => Kind::Open,
        "geojson" => Kind::GeoJson,
        "truncated-time" => Kind::TruncatedTime,
        _ => word.strip_prefix('@').map_or(Kind::Object, |_| Kind::Shared(word)),
    }
}

/// Refuses an item that no version allows: neither the one that it declares nor a current one.
pub(super) fn check(value: &Value) -> Result<(), Problem> {
    let declared = declared(value);
    let generation = declared.map_or_else(|| looks_like(value), |(generation, _)| generation);
    let mut first = None;
    let mut candidates: Vec<Version> = declared.into_iter().collect();
    candidates.extend(CURRENT.iter().filter(|(known, _)| *known == generation));
    candidates.extend(CURRENT.iter().filter(|(known, _)| *known != generation));
    for version in candidates {
        match check_as(value, version) {
            Ok(()) => return Ok(()),
            Err(problem) => first = first.or(Some(problem)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// The version that an item declares; 1.x and later ones name the declaration otherwise.
fn declared(value: &Value) -> Option<Version> {
    let generations = [("$standard", 1..=1), ("standard", 2..=3)];
    generations.iter().find_map(|(name, generations)| {
        let version = version_of(value.get(*name)?.get("version")?.as_str()?)?;
        generations.contains(&version.0).then_some(version)
    })
}

/// The generation that an item without a declaration is written in.
fn looks_like(value: &Value) -> u8 {
    let Some(members) = value.as_object() else { return 1 };
    let has = |generation: usize| {
        let rules = &RULES[generation - 1];
        members.keys().filter(|name| rules.member(name, DEV).is_some()).count()
    };
    // The earliest where several know as many.
    let known = [(3, has(3)), (2, has(2)), (1, has(1))];
    known.iter().max_by_key(|(_, known)| *known).map_or(1, |(generation, _)| *generation)
}

fn check_as(value: &Value, (generation, version): Version) -> Result<(), Problem> {
    let root = &RULES[usize::from(generation) - 1];
    let name = if version == DEV { "dev".to_owned() } else { version.to_string() };
    let check = Check { root, version, name: format!("ninjs {generation}.{name}") };
    check.members(root, Kind::Object, value, &mut String::new())
}

struct Check {
    root: &'static Rule,
    version: u8,
    name: String,
}

impl Check {
    fn bad(&self, path: &str, what: &str) -> Problem {
        let path = if path.is_empty() { "." } else { path };
        Problem::bad(path, format!("{what}, says {}: correct the item", self.name))
    }

    fn value(&self, rule: &'static Rule, value: &Value, path: &mut String) -> Result<(), Problem> {
        let Some(kind) = rule.kind(self.version) else { return Ok(()) };
        let fail = |what: &str| Err(self.bad(path, what));
        match kind {
            Kind::Text if !value.is_string() => fail("must be a text"),
            Kind::Number if !value.is_number() => fail("must be a number"),
            Kind::Integer(bounds) if !is_integer(value, bounds) => match bounds {
                Some((low, high)) => fail(&format!("must be a whole number from {low} to {high}")),
                None => fail("must be a whole number"),
            },
            Kind::OneOf(words) if !is_one_of(value, words) => {
                fail(&format!("must be one of: {}", words.replace(' ', ", ")))
            }
            Kind::GeoJson if !super::geojson::is_valid(value) => fail("must be GeoJSON"),
            Kind::TruncatedTime if !is_truncated_time(value) => {
                fail("must be a time or its beginning, like 2014-10-07")
            }
            Kind::List => self.list(rule, value, path),
            Kind::Object | Kind::Open => self.members(rule, kind, value, path),
            Kind::Shared(name) => self.shared(rule, name, value, path),
            _ => Ok(()),
        }
    }

    fn list(&self, rule: &'static Rule, value: &Value, path: &mut String) -> Result<(), Problem> {
        let (Some(values), Some(item)) = (value.as_array(), &rule.item) else {
            return Err(self.bad(path, "must be a list"));
        };
        for (index, value) in values.iter().enumerate() {
            let length = path.len();
            path.extend(["[", &index.to_string(), "]"]);
            self.value(item, value, path)?;
            path.truncate(length);
        }
        Ok(())
    }

    /// A shared type may be told more at the place where it is used.
    fn shared(
        &self,
        rule: &'static Rule,
        name: &str,
        value: &Value,
        path: &mut String,
    ) -> Result<(), Problem> {
        let shared = if name == "@ninjs" { Some(self.root) } else { self.root.members.get(name) };
        let Some(shared) = shared else { return Ok(()) };
        let Some(members) = value.as_object() else {
            return Err(self.bad(path, "must be an object"));
        };
        self.obliged(rule, value, path)?;
        self.obliged(shared, value, path)?;
        for (name, value) in members {
            let found =
                rule.member(name, self.version).or_else(|| shared.member(name, self.version));
            self.member(found, Kind::Object, (name, value), path)?;
        }
        Ok(())
    }

    fn members(
        &self,
        rule: &'static Rule,
        kind: Kind,
        value: &Value,
        path: &mut String,
    ) -> Result<(), Problem> {
        let Some(members) = value.as_object() else {
            return Err(self.bad(path, "must be an object"));
        };
        self.obliged(rule, value, path)?;
        for (name, value) in members {
            self.member(rule.member(name, self.version), kind, (name, value), path)?;
        }
        Ok(())
    }

    fn member(
        &self,
        rule: Option<&'static Rule>,
        kind: Kind,
        (name, value): (&str, &Value),
        path: &mut String,
    ) -> Result<(), Problem> {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(name);
        match rule {
            Some(rule) => self.value(rule, value, path)?,
            None if kind == Kind::Object => return Err(self.bad(path, "is not allowed here")),
            None => {}
        }
        path.truncate(length);
        Ok(())
    }

    /// What must be there.
    fn obliged(&self, rule: &Rule, value: &Value, path: &str) -> Result<(), Problem> {
        let is_in_force = |since: u8| since <= self.version;
        for (_, name) in rule.needed.iter().filter(|(since, _)| is_in_force(*since)) {
            if value.get(name).is_none() {
                return Err(self.bad(path, &format!("must have {name}")));
            }
        }
        for (_, groups) in rule.groups.iter().filter(|(since, _)| is_in_force(*since)) {
            let has_one = |group: &Vec<&str>| {
                group.iter().filter(|name| value.get(**name).is_some()).count() == 1
            };
            if !groups.iter().any(has_one) {
                let names: Vec<String> = groups.iter().map(|group| group.join(" or ")).collect();
                return Err(
                    self.bad(path, &format!("must have exactly one of {}", names.join("; ")))
                );
            }
        }
        Ok(())
    }
}

fn is_integer(value: &Value, bounds: Option<(i64, i64)>) -> bool {
    // JSON Schema takes 5.0 for a whole number.
    #[allow(clippy::cast_precision_loss)]
    let is_within =
        |number: f64| bounds.is_none_or(|(low, high)| (low as f64..=high as f64).contains(&number));
    value.as_f64().is_some_and(|number| number.fract() == 0.0 && is_within(number))
}

fn is_one_of(value: &Value, words: &str) -> bool {
    value.as_str().is_some_and(|text| words.split(' ').any(|word| word == text))
}

/// A year, a month, a day or a time with seconds, zone and fraction as they like.
fn is_truncated_time(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let unsigned = date.strip_prefix('-').unwrap_or(date);
    let parts: Vec<&str> = unsigned.split('-').collect();
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let within = |part: &str, low: u32, high: u32| {
        part.len() == 2 && is_digits(part) && part.parse().is_ok_and(|n| (low..=high).contains(&n))
    };
    let is_year = |part: &str| {
        is_digits(part) && (part.len() == 4 || part.len() > 4 && !part.starts_with('0'))
    };
    let is_date = parts.len() <= 3
        && is_year(parts[0])
        && parts.get(1).is_none_or(|month| within(month, 1, 12))
        && parts.get(2).is_none_or(|day| within(day, 1, 31));
    let is_time = |time: &str| {
        let end = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (clock, zone) = time.split_at(end);
        let (clock, fraction) = clock.split_once('.').map_or((clock, "0"), |(c, f)| (c, f));
        let parts: Vec<&str> = clock.split(':').collect();
        let zone = zone.strip_prefix(['+', '-']).map(|zone| zone.split_once(':'));
        let is_zone = zone.is_none_or(|zone| {
            zone.is_some_and(|(hour, minute)| within(hour, 0, 23) && within(minute, 0, 59))
        });
        parts.len() == 3
            && within(parts[0], 0, 23)
            && parts[1..].iter().all(|part| within(part, 0, 59))
            && is_digits(fraction)
            && is_zone
    };
    is_date && time.is_none_or(|time| parts.len() == 3 && is_time(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_no_version_allows() {
        let check = |json: &str, expected: Result<(), &str>| {
            let value: Value = serde_json::from_str(json).unwrap();
            let found = super::check(&value).map_err(|problem| problem.field);
            assert_eq!(found.as_ref().map_err(String::as_str).copied(), expected, "{json}");
        };
        check(r#"{"uri": "a"}"#, Ok(()));
        check("{}", Err("."));
        check(r#"{"uri": 1}"#, Err("uri"));
        check(r#"{"uri": "a", "pubstatus": "killed"}"#, Err("pubstatus"));
        check(r#"{"uri": "a", "urgency": "4"}"#, Err("urgency"));
        check(r#"{"uri": "a", "unknown": 1}"#, Err("unknown"));
        check(r#"{"uri": "a", "headline_": "x"}"#, Err("headline_"));
        check(r#"{"uri": "a", "headline_x-y": "x"}"#, Ok(()));
        check(
            r#"{"uri": "a", "subject": [{"code": "b", "relevance": 101}]}"#,
            Err("subject[0].relevance"),
        );
        check(r#"{"uri": "a", "bodies": [{"role": "main"}]}"#, Err("bodies[0]"));
        check(r#"{"uri": "a", "associations": {"b": {"type": "text"}}}"#, Err("associations.b"));
        check(r#"{"uri": "a", "rightsInfo": {"langId": "x"}}"#, Err("rightsInfo"));
        check(r#"{"uri": "a", "pubStatus": "usable", "urgency": 10}"#, Err("urgency"));
    }

    #[test]
    fn an_older_version_does_not_know_what_came_later() {
        let value: Value = serde_json::from_str(r#"{"uri": "a", "slugline": "b"}"#).unwrap();
        assert!(check_as(&value, (1, 2)).is_ok());
        let problem = check_as(&value, (1, 1)).unwrap_err();
        assert!(problem.what.contains("ninjs 1.1"), "{}", problem.what);
    }

    #[test]
    fn truncated_times() {
        let check = |text: &str, expected: bool| {
            assert_eq!(is_truncated_time(&Value::from(text)), expected, "{text}");
        };
        check("2023", true);
        check("2023-07", true);
        check("2023-07-12", true);
        check("2023-07-12T09:00:00.5+02:00", true);
        check("2023-07T09:00:00", false);
        check("2023-13", false);
        check("2023-07-12T09:00", false);
        check("", false);
    }
}
