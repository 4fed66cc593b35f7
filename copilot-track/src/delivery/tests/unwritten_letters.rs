//! Dropped parts of a batch whose dead letters cannot be written.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::batch::OpenBatch;
use crate::delivery::dead_letters::writer::DeadLetterWriter;
use crate::delivery::retry::RetryState;
use crate::delivery::sender::{DeliveryEnd, Sender};
use crate::delivery::sending::batch_delivery::{BatchDelivery, DroppedPart};
use crate::delivery::sending::progress::Progress;
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::memory::MemoryTransport;
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::Content;

fn sender_with_letters_at(path: &Path, has_spool: bool) -> Sender {
    let letters = DeadLetterWriter::new(path.to_owned(), Content::Full, has_spool);
    let transport = Transport::Memory(MemoryTransport::default());
    let budget = Duration::from_secs(60);
    Sender {
        dead_letters: Some(letters.into()),
        ..Sender::with_budget(transport, budget, Arc::default())
    }
}

/// Returns a batch whose only event was dropped, but has no dead letter yet.
fn unwritten() -> BatchDelivery {
    let mut open = OpenBatch::default();
    open.add(|body| {
        body.extend_from_slice(b"{}");
        Ok::<(), ()>(())
    })
    .unwrap();
    let mut delivery = BatchDelivery::new(open.seal(), RetryState::default());
    delivery.parts.dropped();
    delivery.unwritten.push(DroppedPart {
        events: 0..1,
        reason: DropReason::Expired,
        cause: String::new(),
    });
    delivery
}

#[tokio::test]
async fn events_wait_in_the_spool_until_their_letters_are_written_or_given_up() {
    let directory = tempfile::tempdir().unwrap();
    // A file cannot be created below another file.
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let impossible = file.join("letters.jsonl");
    let possible = directory.path().join("letters.jsonl");
    for (path, has_spool, drops_unwritten, expected) in [
        (&impossible, true, false, 0),
        (&impossible, true, true, 1),
        (&impossible, false, false, 1),
        (&possible, true, false, 1),
    ] {
        let sender = sender_with_letters_at(path, has_spool);
        let mut delivery = unwritten();
        delivery.drops_unwritten = drops_unwritten;
        let progress = Progress::new(1);
        let end = sender.deliver(Box::new(delivery), &progress, false).await;
        assert_eq!(matches!(end, DeliveryEnd::Settled(_)), expected == 1);
        assert_eq!(sender.counters.read().dropped.expired, expected);
        assert_eq!(progress.remaining(), 1 - expected);
    }
}
