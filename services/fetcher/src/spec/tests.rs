//! Source files of each kind, sound and broken, and those that are shipped.

use std::collections::BTreeSet;

use dateline_record::{Api, Auth, NextPage, Sitemap, Status};

use super::*;

fn read(text: &str) -> Result<SourceSpec, SpecError> {
    read_spec("example", text, Timestamp::from_millis(0))
}

#[test]
fn reads_what_is_usual() {
    let feed = read("kind = \"feed\"\nurl = \"https://a.example/rss\"").unwrap();
    let SourceKind::Feed { pace, fetch_pages, .. } = feed.kind else { panic!() };
    assert_eq!((pace.interval_seconds, fetch_pages), (None, true));
    let folder = read("kind = \"folder\"\npath = \"-\"\nprovider = \"a.example\"").unwrap();
    assert_eq!(folder.provider(), "a.example");
}

#[test]
fn errors_name_place_field_and_fix() {
    let check = |text: &str, line: usize, needles: &[&str]| {
        let error = read(text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        for needle in needles {
            assert!(error.to_string().contains(needle), "{error} lacks {needle}");
        }
    };
    check("kind = \"feed\"\nurl = \"file:///etc\"", 2, &["example.toml:2:7", "url", "https://"]);
    check("kind = \"feed\"\nurl = 7", 2, &["example.toml:2:7"]);
    check("kind = \"feed\"\nurl = \"http://a.example\"\nurll = 1", 3, &["urll"]);
    check("kind = \"feed\"\nurl = \"http://a.example\"\ninterval_seconds = 0", 3, &["60"]);
    check("kind = \"smtp\"", 1, &["example.toml:1:8", "feed", "folder"]);
    let feed = "kind = \"feed\"\nurl = \"http://a.example\"\n# min_interval_seconds\n";
    let pace = format!("{feed}min_interval_seconds = 90\nmax_interval_seconds = 60");
    check(&pace, 4, &["min_interval_seconds", "write 60 or less"]);
    check("kind = \"sitemap\"\nurl = \"a.example\"", 2, &["url", "https://"]);
    let sitemap = "kind = \"sitemap\"\nurl = \"https://a.example/\"\n";
    check(&format!("{sitemap}window_hours = 0"), 3, &["window_hours", "write 1 to 720"]);
    check(&format!("{sitemap}pattern = \"(\""), 3, &["example.toml:3:11", "pattern"]);
    check("kind = \"front\"\nurl = \"https://a.example/\"\npattern = \"[\"", 3, &["pattern"]);
    let api = "kind = \"api\"\nurl = \"https://a.example/\"\nformat = \"json\"\n";
    check(api, 0, &["fields", "[fields]"]);
    check(&format!("{api}items = \"data\""), 4, &["items", "begin it with /"]);
    check(&format!("{api}fields = {{ id = \"/id\" }}"), 4, &["text, html and url"]);
    check(&format!("{api}fields = {{ id = \"/id\", body = \"/b\" }}"), 4, &["body"]);
    check(&format!("{api}max_pages = 0"), 4, &["max_pages"]);
    check(&format!("{api}long_poll_seconds = 600"), 4, &["long_poll_seconds", "60"]);
    check("kind = \"folder\"\npath = \"\"", 2, &["standard input"]);
    check("kind = ", 1, &["example.toml:1:"]);
    assert!(read_spec("Bad Name", "kind = \"feed\"", Timestamp::from_millis(0)).is_err());
}

#[test]
fn the_shipped_sources_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/sources");
    let specs = read_specs(&folder, Timestamp::from_millis(0)).unwrap();
    assert!(specs.len() >= 40, "{} sources", specs.len());
    let (mut urls, mut languages) = (BTreeSet::new(), BTreeSet::new());
    for spec in &specs {
        let url = match &spec.kind {
            SourceKind::Feed { url, .. } => url,
            SourceKind::Sitemap(sitemap) => &sitemap.url,
            other => panic!("{}: {other:?} is nothing to ship", spec.id),
        };
        assert!(urls.insert(url.as_str()), "{}: {url} is there twice", spec.id);
        assert!(spec.provider.is_some(), "{}: provider: it is missing", spec.id);
        let language = spec.language.as_deref().unwrap_or_default();
        assert!(!language.is_empty(), "{}: language: it is missing", spec.id);
        languages.insert(language.split('-').next().unwrap_or_default());
        let text = std::fs::read_to_string(folder.join(format!("{}.toml", spec.id))).unwrap();
        assert!(text.starts_with("# "), "{}: it does not say what it is", spec.id);
    }
    assert!(languages.len() >= 15, "{languages:?}");
}

#[test]
fn a_politeness_key_stands_for_the_domain() {
    let web = ["api", "feed", "front", "sitemap"];
    for (kind, text) in EXAMPLES.iter().filter(|(kind, _)| web.contains(kind)) {
        let with = |key: &str| format!("politeness_key = \"{key}\"\n{}", text.trim_start());
        assert_ne!(read(text).unwrap().route(), "blogs.a-1", "{kind}");
        assert_eq!(read(&with("blogs.a-1")).unwrap().route(), "blogs.a-1", "{kind}");
        for key in ["", "A.example", "a/b", "a b", &"a".repeat(101)] {
            let error = read(&with(key)).unwrap_err();
            assert_eq!((error.line, error.column), (1, 18), "{error}");
            assert!(error.what.contains("politeness_key") && error.what.contains("1 to 100"));
        }
    }
    let error = read("kind = \"folder\"\npath = \"in\"\npoliteness_key = \"a\"").unwrap_err();
    assert!(error.what.contains("politeness_key"), "what has no host has no clock: {error}");
}

#[test]
fn each_kind_has_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> =
        names.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let kinds = KINDS.iter().map(|(name, _)| (*name).to_owned());
    let expected: BTreeSet<String> = kinds.chain(["tests".to_owned()]).collect();
    assert_eq!(files, expected, "a file without its line in KINDS, or the other way round");
    for (name, _) in KINDS {
        let example = EXAMPLES.iter().find(|(kind, _)| kind == name);
        let (_, text) = example.unwrap_or_else(|| panic!("{name} has no example"));
        let spec = read(text).unwrap();
        let written = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<SourceSpec>(&written).unwrap(), spec);
        assert!(written.contains(&format!("\"kind\":\"{name}\"")), "{written}");
    }
}

/// A file of each kind with its more particular keys.
const EXAMPLES: &[(&str, &str)] = &[
    ("api", AP),
    ("feed", "kind = \"feed\"\nurl = \"https://a.example/rss\"\nfetch_pages = false"),
    ("folder", "kind = \"folder\"\npath = \"in\"\nwatch = true"),
    ("front", "kind = \"front\"\nurl = \"https://a.example/\"\npattern = \"^/news/\""),
    ("sitemap", "kind = \"sitemap\"\nurl = \"https://a.example/\"\nwindow_hours = 24"),
    ("push", "kind = \"push\"\nprovider = \"wire.example\""),
];

const AP: &str = r#"
kind = "api"
url = "https://api.example/media/content/feed"
format = "ap"
long_poll_seconds = 15
auth = { by = "header", header = "x-api-key", token_env = "AP_KEY" }
"#;

#[test]
fn an_interface_is_described_in_full() {
    let SourceKind::Api(ap) = read(AP).unwrap().kind else { panic!() };
    let Api { items, item, next, max_pages, .. } = *ap;
    assert_eq!((items.as_str(), item.as_str(), max_pages), ("/data/items", "/item", 10));
    let pointer = "/data/next_page".to_owned();
    assert_eq!(next, Some(NextPage { pointer, parameter: None, resume: true }));
    let json = r#"
kind = "api"
url = "https://api.example/stories?since={since}"
format = "json"
items = "/results"
next = { pointer = "/meta/cursor", parameter = "cursor" }
statuses = { live = "usable", gone = "canceled" }
auth = { by = "oauth2", token_url = "https://a.example/t", client_id_env = "I", client_secret_env = "S" }
[fields]
id = "/uuid"
html = "/body/html"
"#;
    let SourceKind::Api(api) = read(json).unwrap().kind else { panic!() };
    assert_eq!(api.statuses["gone"], Status::Canceled);
    assert_eq!(api.fields.unwrap().html.as_deref(), Some("/body/html"));
    assert!(matches!(api.auth, Some(Auth::Oauth2 { .. })));
    let SourceKind::Sitemap(Sitemap { window_hours, .. }) = read(EXAMPLES[4].1).unwrap().kind
    else {
        panic!()
    };
    assert_eq!(window_hours, 24);
}

#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    let text = AP.replace("\"AP_KEY\"", "\"hush-hush\"");
    let error = read(&text).unwrap_err().to_string();
    assert!(error.contains("never the secret") && !error.contains("hush-hush"), "{error}");
    let text = AP.replace("token_env", "token");
    let error = read(&text).unwrap_err().to_string();
    assert!(error.contains("token_env") && !error.contains("AP_KEY"), "{error}");
}
