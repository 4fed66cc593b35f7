//! Tests with damaged, deleted, and unusual files and directories.

use std::sync::Arc;

use bytes::Bytes;

use crate::delivery::retry::StoredRetries;
use crate::delivery::spool::open;
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
    // The file was neither renamed nor written to. The other file is the lock.
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
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
    // The event in the deleted file is not on disk anymore.
    assert_eq!((spool.committed(), spool.unwritten()), (1, 2));
    assert_eq!(take_all(&mut spool), ["0", "1"]);
    fs::remove_file(&below).unwrap();
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(&below);
    assert_eq!(take_all(&mut spool), ["0", "1"]);
}

/// Opens a spool whose file could not be opened at the start.
fn open_later(directory: &std::path::Path) -> DiskQueue {
    open_later_with(Config::new(directory), directory)
}

fn open_later_with(config: Config, directory: &std::path::Path) -> DiskQueue {
    let (store, unread) = Store::unread(directory);
    DiskQueue::with_store(store, &unread, config, None, Content::Full, Arc::default())
}

#[test]
fn a_file_that_is_first_opened_later_is_sent_first_and_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for n in 0..5 {
        spool.add(record(&n.to_string()));
    }
    spool.commit();
    let zero = spool.take().unwrap();
    spool.remove(zero.number, zero.size);
    spool.commit();
    drop(spool);
    let mut spool = open_later(directory.path());
    spool.add(record("5"));
    spool.add(record("6"));
    let five = spool.take().unwrap();
    spool.commit();
    assert_eq!((spool.take_recovered(), spool.take_recovered()), (4, 0));
    assert_eq!(take_all(&mut spool), ["1", "2", "3", "4", "6"]);
    spool.remove(five.number, five.size);
    spool.remove(five.number - 1, 1);
    spool.commit();
    drop(spool);
    let (mut spool, _) = open(directory.path());
    assert_eq!(take_all(&mut spool), ["1", "2", "3", "6"]);
}

#[test]
fn events_in_a_file_that_is_first_opened_later_take_up_room() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    spool.add(record("12345678"));
    spool.commit();
    drop(spool);
    let config = Config::new(directory.path()).max_bytes(2 * AROUND + 20);
    let mut spool = open_later_with(config, directory.path());
    spool.add(record("1"));
    spool.commit();
    assert!(spool.has_room(11) && !spool.has_room(12));
}

#[test]
fn retries_in_a_file_that_is_first_opened_later_apply_to_its_events() {
    let retries = StoredRetries {
        retries: 3,
        ..StoredRetries::default()
    };
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for n in 0..4 {
        spool.add(record(&n.to_string()));
    }
    spool.commit();
    spool.set_retries(1..3, retries);
    spool.commit();
    drop(spool);
    let mut spool = open_later(directory.path());
    spool.add(record("4"));
    spool.commit();
    let mut found = Vec::new();
    loop {
        let stored = spool.next_retries();
        let Some(next) = spool.take() else { break };
        found.push((next.json, stored.map(|(_, retries)| retries)));
    }
    let expected = [None, Some(retries), Some(retries), None, None];
    let expected = (0..).zip(expected);
    let expected: Vec<_> = expected
        .map(|(n, stored)| (record(&i32::to_string(&n)).json, stored))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn staged_events_are_read_again_without_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    fs::write(&below, "a file in its place").unwrap();
    let mut spool = open_later(&below);
    spool.add(record("0"));
    let taken = spool.take().unwrap();
    let found = spool.read_again(&[(taken.number, taken.size)]).unwrap();
    let numbers: Vec<_> = found.iter().map(|record| record.number).collect();
    assert_eq!(numbers, [taken.number]);
}

#[test]
fn a_file_that_is_first_opened_later_is_opened_even_if_no_event_is_added() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    spool.add(record("0"));
    spool.commit();
    drop(spool);
    let mut spool = open_later(directory.path());
    assert!(spool.take().is_none());
    spool.commit();
    assert_eq!(take_all(&mut spool), ["0"]);
}

#[cfg(unix)]
#[test]
fn a_directory_that_another_tracker_has_created_again_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut first, _) = open(&below);
    for n in 0..3 {
        first.add(record(&n.to_string()));
    }
    first.commit();
    fs::remove_dir_all(&below).unwrap();
    let (mut second, _) = open(&below);
    second.add(record("second"));
    second.commit();
    first.add(record("3"));
    first.commit();
    // The three events in the deleted file are not on disk anymore.
    assert_eq!((first.committed(), first.unwritten()), (3, 4));
    let zero = first.take().unwrap();
    first.remove(zero.number, zero.size);
    first.commit();
    assert_eq!(first.unwritten(), 3);
    drop(second);
    first.commit();
    assert_eq!((first.committed(), first.unwritten()), (4, 0));
    assert_eq!(take_all(&mut first), ["1", "2", "3"]);
    drop(first);
    let (mut spool, _) = open(&below);
    assert_eq!(take_all(&mut spool), ["second", "1", "2", "3"]);
}

#[cfg(unix)]
#[test]
fn an_event_that_is_settled_while_another_tracker_uses_the_directory_is_not_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut first, _) = open(&below);
    first.add(record("0"));
    first.commit();
    fs::remove_dir_all(&below).unwrap();
    let (second, _) = open(&below);
    first.add(record("1"));
    first.commit();
    assert!(first.is_failing());
    assert_eq!(take_all(&mut first), ["0", "1"]);
    first.remove(1, 1);
    drop(second);
    first.commit();
    drop(first);
    assert_eq!(take_all(&mut open(&below).0), ["0"]);
}

#[cfg(unix)]
#[test]
fn an_event_that_is_settled_after_a_failed_write_is_not_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut spool, _) = open(&below);
    for n in 0..3 {
        spool.add(record(&n.to_string()));
    }
    // The directory is deleted during the write, so the write fails after the events were stored.
    let events: Vec<_> = (0..3).map(|n| (n, record(&n.to_string()))).collect();
    let added = events.iter().map(|(number, record)| {
        if *number == 2 {
            fs::remove_dir_all(&below).unwrap();
            fs::write(&below, "a file in its place").unwrap();
        }
        (*number, record)
    });
    let (removed, retries) = (std::iter::empty(), std::iter::empty());
    let written = spool.store.commit(&(0..0), added, removed, retries);
    assert!(written.is_err());
    spool.commit();
    assert!(spool.is_failing());
    assert_eq!(take_all(&mut spool).len(), 3);
    spool.remove(1, 1);
    fs::remove_file(&below).unwrap();
    spool.commit();
    drop(spool);
    assert_eq!(take_all(&mut open(&below).0), ["0", "2"]);
}

#[cfg(unix)]
#[test]
fn a_deleted_directory_is_noticed_without_new_events() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut spool, _) = open(&below);
    spool.add(record("0"));
    spool.commit();
    fs::remove_dir_all(&below).unwrap();
    spool.commit();
    drop(spool);
    assert_eq!(take_all(&mut open(&below).0), ["0"]);
}

#[cfg(unix)]
#[test]
fn events_that_other_code_deletes_while_the_disk_fails_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("spool");
    let (mut spool, _) = open(&below);
    for n in 0..3 {
        spool.add(record(&n.to_string()));
    }
    let zero = spool.take().unwrap();
    spool.commit();
    // The file is closed after an error.
    spool.store = Store::unread(&below).0;
    fs::remove_dir_all(&below).unwrap();
    spool.add(record("3"));
    spool.commit();
    let three = spool.take().unwrap();
    assert!(spool.take().is_none());
    assert_eq!((spool.take_lost(), spool.take_lost()), (2, 0));
    spool.remove(zero.number, zero.size);
    spool.remove(three.number, three.size);
    assert_eq!(spool.bytes, 0);
}

#[test]
fn a_disk_that_works_again_is_noticed_without_new_events() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    spool.failing = true;
    spool.commit();
    assert!(!spool.is_failing());
}

#[cfg(unix)]
#[test]
fn a_deleted_lock_is_taken_again() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    spool.add(record("0"));
    spool.commit();
    fs::remove_file(directory.path().join("events.lock")).unwrap();
    spool.add(record("1"));
    spool.commit();
    assert!(directory.path().join("events.lock").exists());
    assert_eq!(take_all(&mut spool), ["0", "1"]);
}

#[test]
fn a_small_file_is_not_compacted() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for _ in 0..64 {
        spool.add(record(&"x".repeat(32_000)));
    }
    spool.commit();
    while let Some(next) = spool.take() {
        spool.remove(next.number, next.size);
    }
    spool.commit();
    drop(spool);
    let path = directory.path().join("events.redb");
    let length = || fs::metadata(&path).unwrap().len();
    let before = length();
    assert!(
        (1_000_000..open::COMPACT_ABOVE_BYTES).contains(&before),
        "{before}"
    );
    drop(open(directory.path()));
    assert_eq!(length(), before);
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
