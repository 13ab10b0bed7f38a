//! The committed schemas are those that the types give, and accept what the types write.

use std::{fs, path::PathBuf};

use dateline_record::{Record, SourceId, SourceKind, SourceSpec, Timestamp, read, schema};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

#[test]
fn committed_schemas_are_current() {
    let fix = "run `make schemas` and commit what changed";
    let check = |name: String, value: &serde_json::Value| {
        let committed = fs::read_to_string(folder().join(&name)).unwrap_or_default();
        assert_eq!(committed, format!("{value:#}\n"), "{name} is not current: {fix}");
    };
    for topic in schema::topics() {
        check(format!("{}.schema.json", topic.topic), &topic.schema);
    }
    check("asyncapi.json".to_owned(), &schema::asyncapi(env!("CARGO_PKG_VERSION")));
}

fn spec() -> SourceSpec {
    SourceSpec {
        route: Some("example.com".to_owned()),
        id: SourceId::from_lossy("example"),
        provider: None,
        kind: SourceKind::Folder { path: "in".to_owned(), watch: false, interval_seconds: 1 },
        language: None,
        updated_at: Timestamp::from_millis(0),
    }
}

#[test]
fn a_written_record_fits_its_schema() {
    let topics = schema::topics();
    let topic = topics.iter().find(|topic| topic.topic == SourceSpec::TOPIC).unwrap();
    let validator = jsonschema::validator_for(&topic.schema).unwrap();
    let mut written = serde_json::to_value(spec()).unwrap();
    assert!(validator.is_valid(&written), "{written}");
    written["updated_at"] = serde_json::json!(7);
    assert!(!validator.is_valid(&written), "a number is not a time");
}

#[test]
fn a_newer_producers_fields_pass_and_a_wrong_type_is_named() {
    let mut json = serde_json::to_value(spec()).unwrap();
    json["a_field_of_tomorrow"] = serde_json::json!({"x": 1});
    assert_eq!(read::<SourceSpec>(json.to_string().as_bytes()).unwrap(), spec());
    json["updated_at"] = serde_json::json!(12);
    let error = read::<SourceSpec>(json.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.path, "updated_at");
    assert!(error.to_string().starts_with("dateline.sources.v1: field updated_at: "), "{error}");
    let error = read::<SourceSpec>(b"{} trailing").unwrap_err();
    assert_eq!(error.topic, "dateline.sources.v1");
}
