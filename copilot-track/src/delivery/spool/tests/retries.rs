//! The retries of batches across restarts, and events that are read again.

use std::fs;

use super::{HEAD, TAIL, open, record, take_all};
use crate::delivery::retry::StoredRetries;

const RETRIES: StoredRetries = StoredRetries {
    retries: 3,
    failures: 2,
    backoff_ms: 1_500,
    rate_limit_ms: 7,
};

#[test]
fn retries_survive_a_restart_and_apply_to_the_events_of_their_batch() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for n in 0..5 {
        spool.add(record(&n.to_string()));
    }
    spool.commit();
    spool.set_retries(1..3, RETRIES);
    // There is nothing else to write.
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(directory.path());
    let mut found = Vec::new();
    loop {
        let retries = spool.next_retries();
        let Some(next) = spool.take() else { break };
        found.push((next.number, retries));
    }
    let stored = Some((1, RETRIES));
    assert_eq!(
        found,
        [(0, None), (1, stored), (2, stored), (3, None), (4, None)]
    );
    spool.remove_retries(&(1..3));
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(directory.path());
    spool.take().unwrap();
    assert_eq!(spool.next_retries(), None);
}

#[test]
fn retries_are_not_written_before_the_events() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    spool.add(record("0"));
    spool.commit();
    spool.add(record("1"));
    spool.set_retries(0..2, RETRIES);
    drop(spool);
    // Without its event, the number 1 is used again.
    let (mut spool, _) = open(directory.path());
    assert_eq!((spool.next_number(), spool.next_retries()), (1, None));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_created_again_has_the_retries() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut spool, _) = open(&below);
    spool.add(record("0"));
    spool.set_retries(0..1, RETRIES);
    spool.commit();
    fs::remove_dir_all(&below).unwrap();
    spool.add(record("1"));
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(&below);
    assert_eq!(spool.next_retries(), Some((0, RETRIES)));
    assert_eq!(take_all(&mut spool), ["0", "1"]);
}

#[test]
fn events_are_read_again_from_the_file_and_from_memory() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for n in 0..4 {
        spool.add(record(&n.to_string()));
        if n == 2 {
            spool.commit();
        }
    }
    assert_eq!(take_all(&mut spool).len(), 4);
    spool.remove(1, 1);
    spool.commit_if_due(false, false);
    let again = spool.read_again(&[(0, 1), (2, 1), (3, 1), (9, 1)]).unwrap();
    let again: Vec<_> = again
        .iter()
        .map(|record| {
            let json = str::from_utf8(&record.json).unwrap();
            let text = json.strip_prefix(HEAD).unwrap().strip_suffix(TAIL).unwrap();
            (record.number, text.to_owned(), record.is_from_disk)
        })
        .collect();
    let expected = [(0, "0", true), (2, "2", true), (3, "3", false)];
    assert_eq!(
        again,
        expected.map(|(n, text, disk)| (n, text.to_owned(), disk))
    );
}
