//! The program that runs under callgrind: `instructions ROW CALLS`.
//!
//! A row's work is divided into `SECTIONS` sections, and callgrind writes its counts after each
//! section. The queue is empty when a section starts, so sections differ only if a timer of the
//! delivery thread fires.
//!
//! For most rows, callgrind counts the instructions inside `measured`, which runs on the caller's
//! thread. For the `worker` row, it counts the instructions of all threads while the caller waits
//! for a flush.
//!
//! The conversation of most rows comes from the tracker. The `reply-opened` row opens it through
//! `Conversations`, and the rows whose names end in `-with-store` also have a store.

use std::future::pending;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use copilot_track::testing::{MemoryStore, TestTracker};
use copilot_track::{Conversations, Tracker, User, tracked_reply, tracked_tool};
use futures_core::Stream;
use harness::{app, drain_stream, poll_once, poll_pending};
use serde::Serialize;
use tokio::runtime::Builder;

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
async fn stock_level(sku: &str, n: u64) -> u64 {
    app::look_up(sku, n)
}

#[tracked_reply]
async fn answer(n: u64) -> String {
    app::answer_text(n)
}

#[tracked_reply]
fn answer_streaming(words: u64) -> impl Stream<Item = &'static str> {
    app::answer_words(words)
}

/// Work that does not use this library. If toolchains differ, counts are compared with the count of
/// this work.
#[derive(Serialize)]
struct Reference<'a> {
    conversation: &'a str,
    message: &'a str,
    name: &'a str,
    number: u64,
    flags: [bool; 4],
}

/// Runs the work that callgrind counts (`--toggle-collect`).
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
    black_box(());
}

/// Marks the start of a section of the `worker` row. Callgrind writes its counts before this call
/// (`--dump-before`), so earlier instructions are counted separately.
#[inline(never)]
fn section_begins() {
    black_box(());
}

/// Marks the end of a section. Callgrind writes its counts before this call (`--dump-before`).
#[inline(never)]
fn section_ends() {
    black_box(());
}

/// The number of sections. The first sections do not count, because they warm up each shard of the
/// queue.
const SECTIONS: u64 = 33;
const FLUSH_TIMEOUT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let row = args.next().unwrap_or_default();
    let calls: u64 = args.next().and_then(|n| n.parse().ok()).unwrap_or(100);
    let test = TestTracker::new();
    let flush = || {
        let report = test.tracker().flush_blocking(FLUSH_TIMEOUT);
        assert!(report.is_all_delivered(), "{report}");
        test.clear();
    };
    let tools = || {
        (0..calls).for_each(|n| {
            poll_once(stock_level(app::SKU, n));
        })
    };
    let replies = || (0..calls).for_each(|n| drop(poll_once(answer(n))));
    let conversations = Conversations::builder(test.tracker());
    let conversations = if row.ends_with("-with-store") {
        conversations.store(MemoryStore::new()).build()
    } else {
        conversations.build()
    };
    for section in 0..SECTIONS {
        match row.as_str() {
            "out-of-scope" => measured(&mut || tools()),
            "disabled" => {
                let _scope = enter(&Tracker::disabled());
                measured(&mut || tools());
            }
            "tool" => {
                let _scope = enter(test.tracker());
                flush();
                measured(&mut || tools());
            }
            "reply" => {
                let _scope = enter(test.tracker());
                flush();
                measured(&mut || replies());
            }
            "tool-with-store" => {
                let _scope = open(&conversations, section);
                flush();
                measured(&mut || tools());
            }
            "reply-opened" | "reply-with-store" => {
                let _scope = open(&conversations, section);
                flush();
                measured(&mut || replies());
            }
            "stream-item" => {
                let _scope = enter(test.tracker());
                flush();
                measured(&mut || assert_eq!(drain_stream(answer_streaming(calls)), calls));
            }
            "scope-poll" => {
                let turn = conversation(test.tracker()).turn("Is it in stock?");
                measured(&mut || poll_pending(turn.run(pending::<()>()), calls));
            }
            "worker" => {
                let _scope = enter(test.tracker());
                tools();
                section_begins();
                flush();
            }
            "reference" => {
                let mut out = Vec::with_capacity(4_096);
                measured(&mut || (0..calls).for_each(|n| reference(&mut out, n)));
            }
            _ => {
                eprintln!("unknown row `{row}`");
                return ExitCode::from(2);
            }
        }
        section_ends();
    }
    ExitCode::SUCCESS
}

fn conversation(tracker: &Tracker) -> copilot_track::Conversation {
    tracker.conversation(User::known(app::USER).expect("a user id"))
}

fn enter(tracker: &Tracker) -> copilot_track::Entered {
    conversation(tracker).turn("Is it in stock?").enter()
}

/// Opens a new conversation of `conversations` and enters a turn of it.
fn open(conversations: &Conversations, section: u64) -> copilot_track::Entered {
    let user = User::known(app::USER).expect("a user id");
    let id = format!("conversation-{section}");
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let conversation = runtime.block_on(conversations.open(id, user));
    let conversation = conversation.expect("a conversation id");
    conversation.turn("Is it in stock?").enter()
}

fn reference(out: &mut Vec<u8>, number: u64) {
    out.clear();
    let value = black_box(Reference {
        conversation: app::CONVERSATION,
        message: app::MESSAGE,
        name: app::ACTION,
        number,
        flags: [true, false, true, false],
    });
    let _ = black_box(serde_json::to_writer(out, &value));
}
