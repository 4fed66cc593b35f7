//! Records in a file that was changed or written by other code.

use std::path::Path;

use super::{open, record};
use crate::privacy::content::Content;
use crate::testing::TestTracker;
use crate::tracker::tracker::Tracker;

/// Writes records to a spool, and returns a tracker that sends them.
fn tracker_with(directory: &Path, records: &[String], content: Content) -> TestTracker {
    let (mut spool, _) = open(directory);
    for json in records {
        spool.add(record(json));
    }
    spool.commit();
    drop(spool);
    TestTracker::with(Tracker::builder().content(content).spool(directory)).unwrap()
}

fn event(properties: &str) -> String {
    format!(
        r#"{{"type":"track","messageId":"m","timestamp":"2026-01-02T03:04:05Z","userId":"u","event":"E","properties":{properties}}}"#
    )
}

#[test]
fn an_invalid_record_is_dropped_and_the_others_arrive() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let valid = event(r#"{"n":1}"#);
    let records = [
        valid.clone(),
        r#"{"n":1}"#.to_owned(),
        event("[]"),
        event(r#"{"n":1,"n":2}"#),
        event(&format!(r#"{{"deep":{deep}}}"#)),
        valid.replace(r#""userId":"u","#, ""),
        valid.replace(r#""E""#, r#""""#),
        valid.replace("2026-01", "some"),
        valid.clone(),
    ];
    for content in [Content::Full, Content::Masked] {
        let directory = tempfile::tempdir().unwrap();
        let test = tracker_with(directory.path(), &records, content);
        assert_eq!(test.names(), ["E", "E"]);
        assert!(test.events().iter().all(|event| event.text() == valid));
        let ledger = test.ledger();
        assert_eq!((ledger.recovered, ledger.delivered), (9, 2), "{ledger}");
        assert_eq!(ledger.dropped.invalid, 7, "{ledger}");
    }
}
