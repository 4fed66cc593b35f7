#![allow(clippy::unwrap_used, reason = "tests")]

mod faults;
mod formats;
mod invalid_records;
mod retries;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::spool::config::Spool as Config;
use crate::delivery::spool::disk_queue::{DiskQueue, MemoryLimit};
use crate::delivery::spool::open::{OpenError, SpoolContents};
use crate::delivery::spool::record::SpoolRecord;
use crate::privacy::content::Content;

/// Creates a record. Text that is not a JSON object becomes a property of one.
fn record(text: &str) -> SpoolRecord {
    let json = if text.starts_with('{') {
        text.to_owned()
    } else {
        format!("{HEAD}{text}{TAIL}")
    };
    SpoolRecord {
        content: Content::Full,
        content_properties: String::new(),
        json: json.into(),
    }
}

const HEAD: &str = "{\"text\":\"";
const TAIL: &str = "\"}";
/// The number of bytes that `record` adds around such text.
const AROUND: u64 = (HEAD.len() + TAIL.len()) as u64;

fn open(directory: &std::path::Path) -> (DiskQueue, SpoolContents) {
    open_with(Config::new(directory), Content::Full)
}

fn open_with(config: Config, content: Content) -> (DiskQueue, SpoolContents) {
    let (spool, found, damaged) = DiskQueue::open(config, None, content, Arc::default()).unwrap();
    assert_eq!(damaged, None);
    (spool, found)
}

fn take_all(spool: &mut DiskQueue) -> Vec<String> {
    std::iter::from_fn(|| spool.take())
        .map(|next| String::from_utf8(next.json.to_vec()).unwrap())
        .map(|json| match json.strip_prefix(HEAD) {
            Some(text) => text.strip_suffix(TAIL).unwrap().to_owned(),
            None => json,
        })
        .collect()
}

#[test]
fn committed_events_survive_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    let events: Vec<_> = (0..1500).map(|n| format!("{{\"n\":{n}}}")).collect();
    for event in &events {
        spool.add(record(event));
    }
    spool.commit();
    spool.add(record("lost with the process"));
    drop(spool);
    let (mut spool, found) = open(directory.path());
    assert_eq!((found.events, found.next), (1500, 1500));
    assert_eq!(take_all(&mut spool), events);
    // The events were not removed, so they are sent again.
    drop(spool);
    let (mut spool, _) = open(directory.path());
    assert_eq!(take_all(&mut spool).len(), 1500);
}

#[test]
fn settled_events_are_removed_from_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    for n in 0..3 {
        spool.add(record(&n.to_string()));
    }
    spool.commit();
    let first = spool.take().unwrap();
    let second = spool.take().unwrap();
    spool.remove(second.number, second.size);
    spool.commit();
    drop(spool);
    let (mut spool, found) = open(directory.path());
    assert_eq!(found.events, 2);
    assert_eq!(take_all(&mut spool), ["0", "2"]);
    assert_eq!(first.number, 0);
}

#[test]
fn an_event_that_is_settled_first_is_never_written() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    spool.add(record("a"));
    let next = spool.take().unwrap();
    spool.remove(next.number, next.size);
    assert_eq!(spool.unwritten(), 0);
    spool.commit();
    assert_eq!(spool.committed(), 1);
    drop(spool);
    assert_eq!(open(directory.path()).1.events, 0);
}

#[test]
fn it_is_bounded_in_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let bounded = || {
        let config = Config::new(directory.path()).max_bytes(AROUND + 10);
        open_with(config, Content::Full).0
    };
    let max = usize::try_from(AROUND + 10).unwrap();
    let mut spool = bounded();
    assert!(spool.has_room(max) && !spool.has_room(max + 1));
    spool.add(record("12345678"));
    assert!(spool.has_room(2) && !spool.has_room(3));
    let next = spool.take().unwrap();
    spool.remove(next.number, next.size);
    assert!(spool.has_room(max));
    spool.add(record("12345678"));
    spool.commit();
    drop(spool);
    assert!(!bounded().has_room(3));
}

#[test]
fn only_one_tracker_at_a_time_can_use_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _first = open(directory.path());
    let second = DiskQueue::open(
        Config::new(directory.path()),
        None,
        Content::Full,
        Arc::default(),
    );
    assert!(matches!(second, Err(OpenError::InUse)));
}

#[test]
fn a_damaged_file_is_renamed() {
    for damage in [
        |file: &mut Vec<u8>| file.truncate(5000),
        |file: &mut Vec<u8>| file[..64].fill(0xff),
        |file: &mut Vec<u8>| file.iter_mut().skip(4096).for_each(|byte| *byte ^= 0x5a),
        |file: &mut Vec<u8>| *file = b"not a database".to_vec(),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let (mut spool, _) = open(directory.path());
        for n in 0..100 {
            spool.add(record(&format!("event {n}")));
        }
        spool.commit();
        drop(spool);
        let path = directory.path().join("events.redb");
        let mut file = fs::read(&path).unwrap();
        damage(&mut file);
        fs::write(&path, &file).unwrap();
        let (mut spool, found, quarantined) = DiskQueue::open(
            Config::new(directory.path()),
            None,
            Content::Full,
            Arc::default(),
        )
        .unwrap();
        assert_eq!(fs::read(quarantined.unwrap()).unwrap(), file);
        assert_eq!(found, SpoolContents::default());
        spool.add(record("new"));
        spool.commit();
        assert_eq!(take_all(&mut spool), ["new"]);
    }
}

#[test]
fn a_directory_that_cannot_be_created_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let result = DiskQueue::open(
        Config::new(file.join("below")),
        None,
        Content::Full,
        Arc::default(),
    );
    assert!(matches!(result, Err(OpenError::Io(_))));
}

#[test]
fn a_stricter_policy_applies_to_events_of_an_earlier_process() {
    let directory = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(directory.path());
    let json = r#"{"properties":{"message_body":"my secret","note":"my secret","type":"x"}}"#;
    spool.add(SpoolRecord {
        content_properties: r#"["message_body","note"]"#.to_owned(),
        ..record(json)
    });
    spool.commit();
    drop(spool);
    let (mut spool, _) = open_with(Config::new(directory.path()), Content::Hidden);
    let sent = take_all(&mut spool).concat();
    assert!(
        !sent.contains("secret") && sent.contains("\"type\":\"x\""),
        "{sent}"
    );
}

#[test]
fn events_are_written_when_idle_or_after_the_interval() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::new(directory.path()).commit_interval(Duration::from_secs(1));
    let (mut spool, _) = open_with(config, Content::Full);
    spool.add(record("a"));
    spool.commit_if_due(false, false);
    assert_eq!(spool.committed(), 0);
    spool.commit_if_due(false, true);
    assert_eq!(spool.committed(), 1);
}

/// Opens a spool that keeps up to four events in memory.
fn spilling(directory: &std::path::Path) -> DiskQueue {
    let limit = MemoryLimit {
        events: 4,
        bytes: 1_000_000,
    };
    let config = Config::new(directory).commit_interval(Duration::ZERO);
    DiskQueue::open(config, Some(limit), Content::Full, Arc::default())
        .unwrap()
        .0
}

#[test]
fn nothing_is_written_while_memory_has_room() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = spilling(directory.path());
    for n in 0..100 {
        spool.add(record(&n.to_string()));
        let next = spool.take().unwrap();
        spool.commit_if_due(false, true);
        spool.remove(next.number, next.size);
    }
    spool.add(record("waits"));
    spool.commit_if_due(false, true);
    assert!(spool.can_stage() && !spool.is_disk_stuck());
    drop(spool);
    assert_eq!(open(directory.path()).1, SpoolContents::default());
}

#[test]
fn half_of_the_memory_is_written_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let limit = MemoryLimit {
        events: 1_000,
        bytes: 100_000,
    };
    let config = Config::new(directory.path()).commit_interval(Duration::from_secs(3_600));
    let (mut spool, ..) =
        DiskQueue::open(config, Some(limit), Content::Full, Arc::default()).unwrap();
    while spool.can_stage() {
        spool.add(record(&"x".repeat(1_000)));
    }
    let staged = spool.unwritten();
    spool.commit_if_due(false, false);
    let written = spool.committed();
    assert!(
        (staged / 2..=staged / 2 + 1).contains(&written),
        "{written} of {staged}"
    );
    assert!(spool.can_stage());
}

#[test]
fn the_oldest_events_are_written_and_read_back_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let mut spool = spilling(directory.path());
    let in_flight = {
        spool.add(record("0"));
        spool.take().unwrap()
    };
    for n in 1..10 {
        spool.add(record(&n.to_string()));
        if !spool.can_stage() {
            spool.commit_if_due(false, true);
            assert!(spool.can_stage());
        }
    }
    assert_eq!(spool.committed(), 8);
    assert_eq!(spool.unwritten(), 2);
    // The event in flight was written, too, and is removed when it is settled.
    spool.remove(in_flight.number, in_flight.size);
    let all: Vec<_> = (1..10).map(|n| n.to_string()).collect();
    assert_eq!(take_all(&mut spool), all);
    // The remaining events are written when a caller waits for them.
    spool.commit_if_due(true, false);
    assert_eq!(spool.unwritten(), 0);
    drop(spool);
    let (mut spool, found) = open(directory.path());
    assert_eq!(found.events, 9);
    assert_eq!(take_all(&mut spool), all);
}
