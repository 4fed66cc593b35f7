//! Tests with damaged, deleted, and unusual files and directories.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use crate::delivery::spool::open;
use crate::delivery::spool::staged::StagedRecords;
use crate::delivery::spool::store::Store;
use crate::delivery::spool::tests::*;

#[test]
fn a_file_of_a_newer_format_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let path = directory.path().join("events.redb");
    let meta: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("meta");
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut table = transaction.open_table(meta).unwrap();
    assert_eq!(table.insert("format", 3).unwrap().unwrap().value(), 2);
    drop(table);
    transaction.commit().unwrap();
    drop(database);
    let config = Config::new(directory.path());
    let result = DiskQueue::open(config, None, Content::Full, Arc::default());
    assert!(matches!(result, Err(OpenError::Newer)));
    // The file was neither renamed nor written to.
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_deleted_directory_is_created_again_with_all_events() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut spool, _) = open(&below);
    for n in 0..3000 {
        spool.add(record(&n.to_string()));
    }
    spool.commit();
    let next = spool.take().unwrap();
    fs::remove_dir_all(&below).unwrap();
    spool.remove(next.number, next.size);
    spool.add(record("3000"));
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(&below);
    let all: Vec<_> = (1..=3000).map(|n| n.to_string()).collect();
    assert_eq!(take_all(&mut spool), all);
}

#[cfg(unix)]
#[test]
fn no_event_is_lost_if_a_deleted_directory_cannot_be_recreated() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut spool, _) = open(&below);
    spool.add(record("0"));
    spool.commit();
    fs::remove_dir_all(&below).unwrap();
    fs::write(&below, "a file in its place").unwrap();
    spool.add(record("1"));
    spool.commit();
    assert_eq!((spool.committed(), spool.unwritten()), (1, 1));
    assert_eq!(take_all(&mut spool), ["0", "1"]);
    fs::remove_file(&below).unwrap();
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(&below);
    assert_eq!(take_all(&mut spool), ["0", "1"]);
}

#[test]
fn a_file_that_is_first_opened_later_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for n in 0..5 {
        spool.add(record(&n.to_string()));
    }
    spool.commit();
    drop(spool);
    let mut spool = DiskQueue {
        store: Store::unread(directory.path()),
        config: Config::new(directory.path()),
        spill_threshold: None,
        content: Content::Full,
        masker: Arc::default(),
        staged: StagedRecords::starting_at(0),
        removed: Vec::new(),
        read_ahead: VecDeque::new(),
        next_unsent: 0,
        bytes: 0,
        damaged: 0,
        committed_at: Instant::now(),
        failing: false,
        read_failed_at: None,
    };
    spool.add(record("5"));
    spool.add(record("6"));
    spool.commit();
    // The spool returns only the events of this process. The earlier events are sent after the next
    // start.
    assert_eq!(take_all(&mut spool), ["5", "6"]);
    spool.remove(0, 1);
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(directory.path());
    assert_eq!(take_all(&mut spool), ["0", "1", "2", "3", "4", "6"]);
}

#[test]
fn a_large_file_is_compacted_after_an_outage() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for n in 0..30 {
        for _ in 0..32 {
            spool.add(record(&"x".repeat(32_000)));
        }
        spool.commit();
        assert_eq!(spool.committed(), (n + 1) * 32);
    }
    while let Some(next) = spool.take() {
        if next.number > 0 {
            spool.remove(next.number, next.size);
        }
    }
    spool.commit();
    drop(spool);
    let length = || {
        fs::metadata(directory.path().join("events.redb"))
            .unwrap()
            .len()
    };
    assert!(length() > open::COMPACT_ABOVE_BYTES, "{}", length());
    let (mut spool, _) = open(directory.path());
    assert!(length() < open::COMPACT_ABOVE_BYTES, "{}", length());
    assert_eq!(take_all(&mut spool).len(), 1);
}

#[test]
fn an_unsettled_event_does_not_keep_settled_ones_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = spilling(directory.path());
    for n in 0..1_000 {
        spool.add(record(&n.to_string()));
        let next = spool.take().unwrap();
        if n > 0 {
            spool.remove(next.number, next.size);
        }
        spool.commit_if_due(false, true);
        assert!(spool.staged.slots() <= 4);
    }
    assert_eq!(spool.unwritten(), 0);
    drop(spool);
    assert_eq!(take_all(&mut open(directory.path()).0), ["0"]);
}

#[test]
fn a_damaged_event_does_not_affect_others() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    spool.add(record("0"));
    for damaged in [&b"{\"half\":"[..], b"", b"\0\0\0", b"[1]"] {
        spool.add(SpoolRecord {
            json: Bytes::from_static(damaged),
            ..record("")
        });
    }
    spool.add(record("5"));
    spool.commit();
    assert_eq!(take_all(&mut spool), ["0", "5"]);
    assert_eq!((spool.take_damaged(), spool.take_damaged()), (4, 0));
    spool.commit();
    drop(spool);
    assert_eq!(open(directory.path()).1.events, 2);
}
