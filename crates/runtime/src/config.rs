//! Layered configuration: the compiled-in `config/dateline.toml`, then a file, then the
//! environment. The defaults name every key, so what they do not name is an error that says
//! where it stands.

use std::{fmt, fs, path::Path};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use toml::{
    Spanned, Table, Value,
    de::{DeTable, DeValue},
};

/// The defaults, which are also the manual.
pub const DEFAULTS: &str = include_str!("../../../config/dateline.toml");

/// What environment variables of the configuration begin with.
const ENV_PREFIX: &str = "DATELINE_";

/// What stands in place of a secret.
const MASK: &str = "********";

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {key}: {what}")]
pub struct ConfigError {
    /// File with line and column, or the environment variable.
    pub place: String,
    /// The key with its section.
    pub key: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl ConfigError {
    fn new(place: impl fmt::Display, key: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self { place: place.to_string(), key: key.to_string(), what: what.to_string() }
    }
}

/// The effective configuration.
#[derive(Clone, Debug)]
pub struct Settings(Table);

impl Settings {
    /// The defaults alone.
    pub fn defaults() -> Result<Self, ConfigError> {
        let parsed = DEFAULTS.parse::<Table>();
        parsed.map(Self).map_err(|error| ConfigError::new("config/dateline.toml", "-", error))
    }

    /// The defaults with a file and the environment laid over them.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::defaults()?.with(file, environment)
    }

    /// These settings with a file and the environment laid over them.
    pub fn with(
        mut self,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        if let Some(path) = file {
            let text = fs::read_to_string(path)
                .map_err(|error| ConfigError::new(path.display(), "-", error))?;
            self.lay_file(&path.display().to_string(), &text)?;
        }
        self.lay_environment(environment)?;
        Ok(self)
    }

    /// Lays the text of a file over what is there.
    pub fn lay_file(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let file = File { name, text };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            ConfigError::new(file.place(at), "-", error.message())
        })?;
        lay_table(&file, "", &mut self.0, table.get_ref())
    }

    /// Lays environment variables `DATELINE_SECTION__KEY` over what is there. A variable without
    /// two underscores in a row is not for the configuration.
    pub fn lay_environment(
        &mut self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        let mut variables: Vec<(String, String)> = environment
            .into_iter()
            .filter(|(name, _)| name.starts_with(ENV_PREFIX) && name.contains("__"))
            .collect();
        variables.sort();
        for (name, text) in variables {
            let path: Vec<&str> = name[ENV_PREFIX.len()..].split("__").collect();
            let slot = find_slot(&mut self.0, &path)
                .ok_or_else(|| ConfigError::new(&name, path.join("."), "there is no such key"))?;
            *slot = parse_like(slot, &text)
                .map_err(|what| ConfigError::new(&name, path.join("."), what))?;
        }
        Ok(())
    }

    /// Sets one key, as a command's flag does.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) -> Result<(), ConfigError> {
        let slot = find_slot(&mut self.0, path)
            .ok_or_else(|| ConfigError::new("flag", path.join("."), "there is no such key"))?;
        *slot = value.into();
        Ok(())
    }

    /// Names these settings in the log: another hash is another configuration.
    pub fn hash(&self) -> String {
        dateline_record::ContentHash::of(self.masked().as_bytes()).to_string()
    }

    /// One section as its struct.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<T, ConfigError> {
        let section = self.0.get(name).cloned().unwrap_or_else(|| Value::Table(Table::new()));
        serde_path_to_error::deserialize(section).map_err(|error| {
            let key = format!("{name}.{}", error.path());
            ConfigError::new("configuration", key, error.into_inner())
        })
    }

    /// The effective configuration as TOML, with secrets masked.
    pub fn masked(&self) -> String {
        let mut table = self.0.clone();
        mask(&mut table);
        table.to_string()
    }
}

/// A file that is being read, for the places in its errors.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}:{line}:{column}", self.name)
    }
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn lay_table(
    file: &File<'_>,
    section: &str,
    under: &mut Table,
    over: &DeTable<'_>,
) -> Result<(), ConfigError> {
    for (key, value) in over {
        let (name, path) = (key.get_ref().as_ref(), join(section, key.get_ref()));
        let known = known_keys(under);
        let Some(slot) = under.get_mut(name) else {
            let what = format!("there is no such key here; there are: {known}");
            return Err(ConfigError::new(file.place(key.span().start), path, what));
        };
        lay_value(file, &path, slot, value)?;
    }
    Ok(())
}

fn lay_value(
    file: &File<'_>,
    path: &str,
    slot: &mut Value,
    value: &Spanned<DeValue<'_>>,
) -> Result<(), ConfigError> {
    if let (Value::Table(under), DeValue::Table(over)) = (&mut *slot, value.get_ref())
        && !under.is_empty()
    {
        return lay_table(file, path, under, over);
    }
    let place = || file.place(value.span().start);
    let text = &file.text[value.span()];
    let plain = format!("value = {text}").parse::<Table>();
    let plain = plain.ok().and_then(|mut table| table.remove("value"));
    // A table with a header of its own has no text of its own: its keys are laid one by one.
    let plain = match (plain, value.get_ref()) {
        (_, DeValue::Table(over)) => Some(Value::Table(free_table(file, over))),
        (plain, _) => plain,
    };
    let fits = plain.filter(|plain| {
        plain.type_str() == slot.type_str() || (slot.is_float() && plain.is_integer())
    });
    let Some(fits) = fits else {
        let (wants, has) = (slot.type_str(), value.get_ref().type_str());
        return Err(ConfigError::new(place(), path, format!("wants {wants}, has {has}")));
    };
    *slot = fits;
    Ok(())
}

/// A table whose keys are the user's own.
fn free_table(file: &File<'_>, over: &DeTable<'_>) -> Table {
    let values = over.iter().filter_map(|(key, value)| {
        let text = &file.text[value.span()];
        let value = format!("value = {text}").parse::<Table>().ok()?.remove("value")?;
        Some((key.get_ref().to_string(), value))
    });
    values.collect()
}

fn known_keys(table: &Table) -> String {
    table.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The value at a path; names are compared as environment variables write them.
fn find_slot<'a>(table: &'a mut Table, path: &[&str]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let spelling = |name: &str| name.to_ascii_uppercase().replace('-', "_");
    let wanted = spelling(first);
    let value = table.iter_mut().find(|(name, _)| spelling(name) == wanted)?.1;
    match (rest, value) {
        ([], Value::Table(inner)) if !inner.is_empty() => None,
        ([], value) => Some(value),
        (rest, Value::Table(inner)) => find_slot(inner, rest),
        _ => None,
    }
}

/// Reads text as a value of the same type as the default: text stays text whatever it looks like.
fn parse_like(default: &Value, text: &str) -> Result<Value, String> {
    let wrong = |kind: &str| format!("wants {kind}, has {text:?}");
    match default {
        Value::String(_) => Ok(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().map(Value::Integer).map_err(|_| wrong("integer")),
        Value::Float(_) => text.parse().map(Value::Float).map_err(|_| wrong("float")),
        Value::Boolean(_) => text.parse().map(Value::Boolean).map_err(|_| wrong("boolean")),
        other => {
            let parsed = format!("value = {text}").parse::<Table>();
            let value = parsed.ok().and_then(|mut table| table.remove("value"));
            let same = value.filter(|value| value.type_str() == other.type_str());
            same.ok_or_else(|| format!("wants {} in TOML, on one line", other.type_str()))
        }
    }
}

fn mask(table: &mut Table) {
    const SECRET: [&str; 4] = ["password", "secret", "token", "key.pem"];
    for (key, value) in table.iter_mut() {
        let names_file = key.ends_with("_file") || key.ends_with("_files");
        match value {
            Value::Table(_) if names_file => {}
            Value::Table(inner) => mask(inner),
            Value::String(text)
                if !text.is_empty()
                    && !names_file
                    && SECRET.iter().any(|word| key.contains(word)) =>
            {
                MASK.clone_into(text);
            }
            _ => {}
        }
    }
}

/// `[runtime]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct RuntimeConfig {
    pub instance: String,
    pub workers: u32,
    pub cpu_threads: usize,
    pub unit_records: usize,
    pub unit_time_ms: u64,
    pub unit_bytes: usize,
    pub poll_wait_ms: u64,
    pub retry_attempts: u32,
    pub retry_first_pause_ms: u64,
    pub retry_longest_pause_ms: u64,
    pub drain_deadline_ms: u64,
}

/// `[admin]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct AdminConfig {
    pub listen: String,
}

/// `[log]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is explained in config/dateline.toml
pub struct LogConfig {
    pub level: String,
    pub format: String,
    pub sample_one_in: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(text: &str) -> Result<Settings, ConfigError> {
        let mut settings = Settings::defaults()?;
        settings.lay_file("my.toml", text)?;
        Ok(settings)
    }

    fn with_env(name: &str, value: &str) -> Result<Settings, ConfigError> {
        Settings::load(None, [(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn defaults_fill_every_section() {
        let settings = Settings::defaults().unwrap();
        let runtime: RuntimeConfig = settings.section("runtime").unwrap();
        assert_eq!(runtime.unit_records, 1000);
        settings.section::<AdminConfig>("admin").unwrap();
        settings.section::<LogConfig>("log").unwrap();
        settings.section::<crate::bus::BusConfig>("bus").unwrap();
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let check = |text: &str, expected: &str| {
            let error = laid(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        check("[runtime]\nworker = 2\n", "my.toml:2:1: runtime.worker: there is no such key here");
        check("[runtimes]\n", "my.toml:1:2: runtimes: there is no such key here");
        check("[runtime]\nworkers = \"2\"\n", "my.toml:2:11: runtime.workers: wants integer, has");
        check("[bus]\nkafka.boot = 1\n", "my.toml:2:7: bus.kafka.boot: there is no such key");
        check("[runtime]\nworkers = \n", "my.toml:2:11: -: ");
        check("runtime = 3\n", "my.toml:1:11: runtime: wants table, has integer");
    }

    #[test]
    fn a_file_goes_before_the_defaults_and_the_environment_before_the_file() {
        let mut settings = laid("[runtime]\nworkers = 2\nunit_records = 10\n").unwrap();
        let variable = ("DATELINE_RUNTIME__WORKERS".to_owned(), "3".to_owned());
        settings.lay_environment([variable]).unwrap();
        let runtime: RuntimeConfig = settings.section("runtime").unwrap();
        assert_eq!((runtime.workers, runtime.unit_records, runtime.retry_attempts), (3, 10, 8));
    }

    #[test]
    fn text_from_the_environment_stays_text() {
        let settings = with_env("DATELINE_BUS__DATA_DIR", "0123").unwrap();
        assert_eq!(settings.0["bus"]["data_dir"].as_str(), Some("0123"));
        assert!(with_env("DATELINE_BUS__PARTITIONS", "many").is_err());
        assert!(with_env("DATELINE_BUS__PARTITION", "3").is_err());
        assert!(with_env("DATELINE_BUS__KAFKA", "{}").is_err());
        assert!(with_env("DATELINE_CORPORA", "/x").is_ok(), "not for the configuration");
    }

    #[test]
    fn free_tables_take_any_key_and_secrets_are_masked() {
        let own = "[bus.kafka.properties]\n\"sasl.password\" = \"hush\"\n\"a.b\" = 'c'\n";
        let inline = "[bus]\nkafka.properties = {\"sasl.password\" = \"hush\", \"a.b\" = \"c\"}\n";
        for text in [own, inline] {
            let settings = laid(text).unwrap();
            assert_eq!(settings.0["bus"]["kafka"]["properties"]["a.b"].as_str(), Some("c"));
            assert!(!settings.masked().contains("hush"), "{}", settings.masked());
        }
        let inline = r#"{"sasl.password" = "hush"}"#;
        let settings = with_env("DATELINE_BUS__KAFKA__PROPERTIES", inline).unwrap();
        assert!(settings.masked().contains("\"sasl.password\" = \"********\""));
    }
}
