//! Files that other versions of this crate wrote.

use std::path::Path;

use redb::{Database, ReadableDatabase as _, TableDefinition};

use crate::delivery::spool::tests::*;
use crate::event::properties::content_names::ContentNames;

const EVENTS: TableDefinition<'_, u64, (u8, &str, &[u8])> = TableDefinition::new("events");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// Writes a file of format 1. Each record consists of the names of its content properties, one per
/// line, and its JSON.
fn write_format_1(directory: &Path, records: &[(&str, &str)]) {
    let database = Database::create(directory.join("events.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut meta = transaction.open_table(META).unwrap();
    meta.insert("format", 1).unwrap();
    drop(meta);
    let mut events = transaction.open_table(EVENTS).unwrap();
    for (number, (names, json)) in (0..).zip(records) {
        events.insert(number, (0, *names, json.as_bytes())).unwrap();
    }
    drop(events);
    transaction.commit().unwrap();
}

fn format(directory: &Path) -> u64 {
    let database = Database::open(directory.join("events.redb")).unwrap();
    let transaction = database.begin_read().unwrap();
    let meta = transaction.open_table(META).unwrap();
    meta.get("format").unwrap().unwrap().value()
}

#[test]
fn a_file_of_format_1_is_read_under_a_stricter_policy() {
    let directory = tempfile::tempdir().unwrap();
    let json = r#"{"properties":{"note":"my secret","a\nb":"my secret","b":"my secret","c":"x"}}"#;
    write_format_1(
        directory.path(),
        &[
            ("note\na\nb\n", json),
            ("", r#"{"n":1}"#),
            ("note\na\nb\n", json),
        ],
    );
    let (mut spool, found) = open_with(Config::new(directory.path()), Content::Hidden);
    assert_eq!(found.events, 3);
    // The format does not tell whether `a` and `b` are two names or one.
    let hidden = json.replace("my secret", "[hidden: 9 characters]");
    let taken: Vec<_> = (0..2).map(|_| spool.take().unwrap().json).collect();
    assert_eq!(taken, [hidden.as_str(), r#"{"n":1}"#]);
    // New records are written to the same file. An older version of this crate would misread them.
    spool.add(SpoolRecord {
        content_properties: r#"["note"]"#.to_owned(),
        ..record(json)
    });
    spool.commit();
    drop(spool);
    assert_eq!(format(directory.path()), 2);
    let (mut spool, found) = open_with(Config::new(directory.path()), Content::Hidden);
    assert_eq!(found.events, 4);
    let taken = take_all(&mut spool);
    assert_eq!(taken[2], hidden);
    assert_eq!(
        taken[3],
        json.replacen("my secret", "[hidden: 9 characters]", 1)
    );
}

#[test]
fn names_are_stored_exactly() {
    let directory = tempfile::tempdir().unwrap();
    let mut names = ContentNames::default();
    let all = ["a\nb", "", "\r", "\"", "größe\u{0}"];
    let mut properties = serde_json::Map::new();
    for name in all {
        names.add(name);
        properties.insert(name.to_owned(), "my secret".into());
    }
    properties.insert("b".to_owned(), "x".into());
    let json = serde_json::json!({ "properties": properties }).to_string();
    let (mut spool, _) = open(directory.path());
    spool.add(SpoolRecord {
        content_properties: names.as_json().to_owned(),
        ..record(&json)
    });
    spool.commit();
    drop(spool);
    let (mut spool, _) = open_with(Config::new(directory.path()), Content::Hidden);
    let sent: serde_json::Value = serde_json::from_slice(&spool.take().unwrap().json).unwrap();
    for name in all {
        assert_eq!(sent["properties"][name], "[hidden: 9 characters]", "{name}");
    }
    assert_eq!(sent["properties"]["b"], "x");
}
