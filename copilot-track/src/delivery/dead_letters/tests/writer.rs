//! Tests of the writer.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::delivery::batch::{Batch, OpenBatch};
use crate::delivery::dead_letters::replay_files::ReplayFiles;
use crate::delivery::dead_letters::writer::{DeadLetterWriter, old_path};
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::Content;

fn batch(events: &[Value]) -> Batch {
    let mut open = OpenBatch::default();
    for event in events {
        open.add(|body| serde_json::to_writer(body, event)).unwrap();
    }
    open.seal()
}

fn letters(path: &Path) -> DeadLetterWriter {
    DeadLetterWriter::new(path.to_owned(), Content::Full, true)
}

/// Returns a writer that renames the file when it has this size.
fn letters_up_to(max_bytes: u64, path: &Path) -> DeadLetterWriter {
    let mut letters = letters(path);
    letters.max_bytes = max_bytes;
    letters
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let line = |line| serde_json::from_str(line).unwrap();
    text.lines().map(line).collect()
}

#[test]
fn only_a_writer_with_a_spool_keeps_events_that_cannot_be_written() {
    let path = Path::new("letters.jsonl");
    for has_spool in [false, true] {
        let letters = DeadLetterWriter::new(path.to_owned(), Content::Full, has_spool);
        assert_eq!(letters.has_spool(), has_spool);
    }
}

#[test]
fn a_line_contains_the_event_and_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new").join("letters.jsonl");
    let letters = letters(&path);
    letters.add(
        &batch(&[json!({"a": 1})]),
        DropReason::Rejected { status: Some(400) },
    );
    letters.add(
        &batch(&[json!({"b": 2}), json!({"c": 3})]),
        DropReason::Expired,
    );
    let lines = lines(&path);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["event"], json!({"a": 1}));
    assert_eq!(
        (&lines[0]["reason"], &lines[0]["status"]),
        (&json!("rejected"), &json!(400))
    );
    assert_eq!(
        (&lines[2]["reason"], &lines[2]["status"]),
        (&json!("expired"), &json!(null))
    );
}

#[test]
fn a_large_file_is_rotated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let letters = letters_up_to(1, &path);
    for n in 0..3 {
        letters.add(&batch(&[json!({ "n": n })]), DropReason::Expired);
    }
    assert_eq!(lines(&path)[0]["event"]["n"], 2);
    assert_eq!(lines(&old_path(&path))[0]["event"]["n"], 1);
}

#[test]
fn an_incomplete_line_does_not_damage_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    fs::write(&path, "{\"reason\":\"rej").unwrap();
    letters(&path).add(&batch(&[json!({"a": 1})]), DropReason::Expired);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[1].starts_with(r#"{"reason":"expired""#), "{text}");
}

#[test]
fn a_failed_write_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let letters = letters(directory.path());
    assert!(!letters.add(&batch(&[json!({})]), DropReason::Expired));
}

fn add(letters: &DeadLetterWriter, n: u32) {
    assert!(letters.add(&batch(&[json!({ "n": n })]), DropReason::Expired));
}

fn numbers(path: &Path) -> Vec<u64> {
    let number = |line: &Value| line["event"]["n"].as_u64().unwrap();
    lines(path).iter().map(number).collect()
}

#[test]
fn a_file_that_was_renamed_or_removed_is_created_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let renamed = directory.path().join("letters.jsonl.1");
    let letters = letters(&path);
    add(&letters, 0);
    fs::rename(&path, &renamed).unwrap();
    add(&letters, 1);
    assert_eq!((numbers(&renamed), numbers(&path)), (vec![0], vec![1]));
    fs::remove_file(&path).unwrap();
    add(&letters, 2);
    assert_eq!(numbers(&path), [2]);
    // Another process has already created a new file.
    fs::rename(&path, &renamed).unwrap();
    fs::write(&path, "{\"event\":{\"n\":3}}\n").unwrap();
    add(&letters, 4);
    assert_eq!(numbers(&path), [3, 4]);
    fs::remove_dir_all(directory.path()).unwrap();
    add(&letters, 5);
    assert_eq!(numbers(&path), [5]);
}

#[test]
fn a_file_that_another_process_replays_gets_no_more_letters() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let letters = letters(&path);
    add(&letters, 0);
    let claimed = ReplayFiles::claim(&path).unwrap();
    add(&letters, 1);
    assert_eq!(claimed.into_files().count(), 1);
    assert_eq!(numbers(&path), [1]);
}

#[test]
fn a_file_that_another_process_rotated_is_not_rotated_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let (first, second) = (letters_up_to(150, &path), letters_up_to(150, &path));
    add(&first, 0);
    assert!(fs::metadata(&path).unwrap().len() < 150);
    add(&first, 1);
    add(&second, 2);
    add(&first, 3);
    assert_eq!(numbers(&path), [2, 3]);
    assert_eq!(numbers(&old_path(&path)), [0, 1]);
}

#[test]
fn a_file_that_stays_locked_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    let letters = letters(&path);
    add(&letters, 0);
    let other = fs::File::open(&path).unwrap();
    other.lock().unwrap();
    assert!(!letters.add(&batch(&[json!({ "n": 1 })]), DropReason::Expired));
    drop(other);
    add(&letters, 2);
    assert_eq!(numbers(&path), [0, 2]);
}

#[cfg(target_os = "linux")]
#[test]
fn letters_that_do_not_fit_on_the_disk_are_written_later() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letters.jsonl");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let letters = letters(&path);
    assert!(!letters.add(&batch(&[json!({ "n": 0 })]), DropReason::Expired));
    fs::remove_file(&path).unwrap();
    add(&letters, 1);
    assert_eq!(numbers(&path), [1]);
}
