//! Tests with a full database, and of resets.

use std::path::Path;

use rusqlite::Connection;
use tokio::sync::watch;

use super::{command::Command, database::SqliteStore};
use crate::{
    event::model::Event,
    ingest::import::read_lines,
    store::{
        error::StoreError,
        query::EventFilter,
        status::{Capacity, StoreStatus},
        write_errors::WriteErrorSender,
    },
};

/// A capacity that no test exceeds.
const LARGE_CAPACITY: Capacity = Capacity {
    events: 1_000,
    bytes: 1 << 30,
};

fn events(count: usize) -> Vec<Event> {
    let body = "x".repeat(10_000);
    let line = format!(
        r#"{{"type":"track","event":"Message Sent","userId":"u","properties":{{"conversationId":"c","messageId":"m","message_body":"{body}"}}}}"#
    );
    let read = read_lines(std::iter::repeat_n(line.as_str(), count));
    read.into_iter().map(Result::unwrap).collect()
}

async fn stored(store: &SqliteStore) -> usize {
    let all = store.read(|store| store.count(&EventFilter::default(), 1_000));
    all.await.unwrap()
}

#[tokio::test]
async fn the_newest_events_are_cached_only_while_someone_waits_for_events() {
    let directory = tempfile::tempdir().unwrap();
    let status = watch::Sender::<StoreStatus>::default();
    let store = SqliteStore::open(
        &directory.path().join("events.db"),
        LARGE_CAPACITY,
        true,
        status.clone(),
        WriteErrorSender::default(),
    )
    .unwrap();
    let cached = |after| store.recent(after, 10).map(|events| events.len());
    store.append(events(1)).await.unwrap();
    assert_eq!(cached(0), None);
    let waiting = status.subscribe();
    store.append(events(2)).await.unwrap();
    assert_eq!((cached(0), cached(1), cached(3)), (None, Some(2), Some(0)));
    drop(waiting);
    store.append(events(1)).await.unwrap();
    assert_eq!(cached(3), None);
    assert_eq!(stored(&store).await, 4);
}

#[tokio::test]
async fn a_full_database_rejects_whole_batches_until_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let (status, write_errors) = (
        watch::Sender::<StoreStatus>::default(),
        WriteErrorSender::default(),
    );
    let store = SqliteStore::open(
        &file,
        LARGE_CAPACITY,
        true,
        status.clone(),
        write_errors.clone(),
    )
    .unwrap();
    store.append(events(1)).await.unwrap();
    store.send(Command::LimitPages(40)).await.unwrap();
    for round in 1..4 {
        // The first event would fit, but a batch is stored either completely or not at all.
        let Err(StoreError::NotWritten(error)) = store.append(events(20)).await else {
            panic!("the write succeeded");
        };
        assert_eq!(error, "database or disk is full");
        let write_error = serde_json::to_value(&*write_errors.borrow()).unwrap();
        assert_eq!(write_error["error"], error);
        assert_eq!(write_error["events"], 20 * round);
        assert_eq!((stored(&store).await, status.borrow().last_seq), (1, 1));
    }
    // A small event fits, and the success is recorded.
    store.append(events(1)).await.unwrap();
    assert_eq!(*write_errors.borrow(), None);
    assert!(store.append(events(20)).await.is_err());
    store.send(Command::LimitPages(1_000_000)).await.unwrap();
    store.append(events(20)).await.unwrap();
    assert_eq!(*write_errors.borrow(), None);
    assert_eq!(stored(&store).await, 22);
    drop(store);
    let store =
        SqliteStore::open(&file, LARGE_CAPACITY, true, status.clone(), write_errors).unwrap();
    assert_eq!((stored(&store).await, status.borrow().last_seq), (22, 22));
}

#[tokio::test]
async fn a_full_database_can_be_reset() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let write_errors = WriteErrorSender::default();
    let store = SqliteStore::open(
        &file,
        LARGE_CAPACITY,
        true,
        watch::Sender::default(),
        write_errors.clone(),
    )
    .unwrap();
    store.append(events(10)).await.unwrap();
    store.send(Command::LimitPages(1)).await.unwrap();
    assert!(store.append(events(10)).await.is_err());
    assert_eq!(store.reset().await.unwrap().0, 10);
    assert_eq!(*write_errors.borrow(), None);
    store.append(events(5)).await.unwrap();
    assert_eq!(stored(&store).await, 5);
}

#[tokio::test]
async fn a_reset_frees_disk_space() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.db");
    let status = watch::Sender::<StoreStatus>::default();
    let store = SqliteStore::open(
        &file,
        LARGE_CAPACITY,
        true,
        status.clone(),
        WriteErrorSender::default(),
    )
    .unwrap();
    let size = || {
        let files = std::fs::read_dir(directory.path()).unwrap();
        files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum::<u64>()
    };
    store.append(events(300)).await.unwrap();
    // The file shrinks even though a reader has it open.
    assert_eq!((stored(&store).await, size() > 3_000_000), (300, true));
    store.reset().await.unwrap();
    assert!(size() < 200_000, "{}", size());
    assert_eq!((stored(&store).await, status.borrow().last_seq), (0, 300));
    store.append(events(1)).await.unwrap();
    assert_eq!((stored(&store).await, status.borrow().last_seq), (1, 301));
}

#[tokio::test]
async fn a_file_keeps_its_page_size_when_it_is_reset() {
    let page_bytes = |file: &Path| -> i64 {
        let connection = Connection::open(file).unwrap();
        let bytes = connection.pragma_query_value(None, "page_size", |row| row.get(0));
        bytes.unwrap()
    };
    let directory = tempfile::tempdir().unwrap();
    let new = directory.path().join("new.db");
    // Earlier versions created files with pages of 4 KiB.
    let old = directory.path().join("old.db");
    {
        let connection = Connection::open(&old).unwrap();
        connection.pragma_update(None, "page_size", 4_096).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
    }
    for (file, bytes) in [(new, 8_192), (old, 4_096)] {
        let open = || {
            SqliteStore::open(
                &file,
                LARGE_CAPACITY,
                true,
                watch::Sender::default(),
                WriteErrorSender::default(),
            )
            .unwrap()
        };
        let store = open();
        store.append(events(300)).await.unwrap();
        assert_eq!(page_bytes(&file), bytes);
        store.reset().await.unwrap();
        let size = std::fs::metadata(&file).unwrap().len();
        assert!(size < 200_000, "{size}");
        store.append(events(2)).await.unwrap();
        drop(store);
        assert_eq!(page_bytes(&file), bytes);
        assert_eq!(stored(&open()).await, 2);
    }
}
