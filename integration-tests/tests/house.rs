//! The rules of the house, made executable: sizes of files and functions, first lines of modules,
//! and who may know whom.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use syn::{spanned::Spanned, visit::Visit};
use toml::{Table, Value};

const MOST_FILE_LINES: usize = 500;
const MOST_FUNCTION_LINES: usize = 60;
const MOST_ARGUMENTS: usize = 5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Rust files of the workspace, with their text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["crates", "services", "integration-tests", "fuzz"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let built = path.file_name().is_some_and(|name| name == "target");
            if path.is_dir() && !built {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 50, "the walk found the workspace");
    found
}

/// Collects functions that are too long or take too much.
struct Functions<'a> {
    path: &'a Path,
    faults: Vec<String>,
}

impl Functions<'_> {
    fn judge(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (first, last) = (signature.span().start().line, block.span().end().line);
        let (name, lines) = (&signature.ident, last - first + 1);
        let place = format!("{}:{first}: {name}", self.path.display());
        if lines > MOST_FUNCTION_LINES {
            self.faults.push(format!("{place} has {lines} lines"));
        }
        if signature.inputs.len() > MOST_ARGUMENTS + 1 {
            self.faults.push(format!("{place} takes {} arguments", signature.inputs.len()));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.judge(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.judge(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn files_and_functions_keep_to_their_size() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > MOST_FILE_LINES {
            faults.push(format!("{} has {lines} lines", path.display()));
        }
        let file = syn::parse_file(&text).unwrap();
        let mut functions = Functions { path: &path, faults: Vec::new() };
        functions.visit_file(&file);
        faults.append(&mut functions.faults);
    }
    assert_none(&faults);
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = sources().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    let silent: Vec<String> = silent.map(|(path, _)| path.display().to_string()).collect();
    assert_none(&silent);
}

/// Each package of the workspace with what it depends on outside its tests.
fn packages() -> BTreeMap<String, Vec<String>> {
    let mut packages = BTreeMap::new();
    for folder in ["crates", "services", "."] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path().join("Cargo.toml");
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let manifest: Table = text.parse().unwrap();
            let Some(package) = manifest.get("package") else {
                continue;
            };
            let dependencies = manifest.get("dependencies").and_then(Value::as_table);
            let names = dependencies.into_iter().flat_map(Table::keys).cloned().collect();
            packages.insert(package["name"].as_str().unwrap().to_owned(), names);
        }
    }
    packages
}

/// The rooms of the house, lower ones first: each may know what stands in its row.
const ROOMS: [(&str, &[&str]); 18] = [
    ("dateline-record", &[]),
    ("dateline-wire", &["dateline-record"]),
    ("dateline-language", &[]),
    ("dateline-knowledge", &["dateline-record"]),
    ("dateline-parquet", &[]),
    ("dateline-lake", &[]),
    ("dateline-delta", &["dateline-lake", "dateline-parquet"]),
    ("dateline-iceberg", &["dateline-lake", "dateline-parquet"]),
    ("dateline-bus", &["dateline-record"]),
    ("dateline-runtime", &["dateline-bus", "dateline-record"]),
    ("fetcher", SERVICE),
    ("cleaner", SERVICE),
    ("entity-extractor", SERVICE),
    ("cluster", SERVICE),
    ("sink", SINK),
    ("console", SERVICE),
    ("dateline", ALL),
    ("integration-tests", ALL),
];

const SERVICE: &[&str] = &[
    "dateline-record",
    "dateline-wire",
    "dateline-language",
    "dateline-knowledge",
    "dateline-bus",
    "dateline-runtime",
];

/// A service that keeps its rows in files, too.
const SINK: &[&str] = &[
    "dateline-record",
    "dateline-bus",
    "dateline-runtime",
    "dateline-parquet",
    "dateline-lake",
    "dateline-delta",
    "dateline-iceberg",
];

const ALL: &[&str] = &[
    "dateline-record",
    "dateline-wire",
    "dateline-language",
    "dateline-knowledge",
    "dateline-bus",
    "dateline-runtime",
    "fetcher",
    "cleaner",
    "entity-extractor",
    "cluster",
    "sink",
    "console",
];

#[test]
fn no_room_knows_one_that_it_must_not() {
    let packages = packages();
    let names: Vec<&String> = packages.keys().collect();
    assert_eq!(
        names.len(),
        ROOMS.len(),
        "a room is missing from the table or the house: {names:?}"
    );
    let mut faults = Vec::new();
    for (room, may_know) in ROOMS {
        for known in &packages[room] {
            if packages.contains_key(known) && !may_know.contains(&known.as_str()) {
                faults.push(format!("{room} must not know {known}"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn only_its_room_knows_a_guarded_crate() {
    let deny: Table = fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let guarded = deny["bans"]["deny"].as_array().unwrap();
    assert!(guarded.len() >= 4, "deny.toml names the guarded crates");
    let mut faults = Vec::new();
    for rule in guarded {
        let name = rule["crate"].as_str().unwrap();
        let wrappers = rule.get("wrappers").and_then(Value::as_array).cloned().unwrap_or_default();
        for (package, dependencies) in packages() {
            let allowed = wrappers.iter().any(|wrapper| wrapper.as_str() == Some(&package));
            if dependencies.iter().any(|known| known == name) && !allowed {
                faults.push(format!("{package} must not know {name}"));
            }
        }
    }
    assert_none(&faults);
}
