//! An annotated function behaves like the same function without the attribute.

use std::cell::RefCell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use copilot_track::testing::TestTracker;
use copilot_track::{MessageId, tracked_media, tracked_reply, tracked_tool};
use futures_util::FutureExt as _;

use crate::shop::{OutOfStock, reply};

struct LogsDrop(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for LogsDrop {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

impl LogsDrop {
    async fn plain(self, a: LogsDrop, _: LogsDrop, (b, _): (LogsDrop, LogsDrop), c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&a.1));
        tokio::task::yield_now().await;
        let _ = (&c, &b);
    }

    #[tracked_reply(body = |()| "x")]
    async fn wrapped(self, a: LogsDrop, _: LogsDrop, (b, _): (LogsDrop, LogsDrop), c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&a.1));
        tokio::task::yield_now().await;
        let _ = (&c, &b);
    }

    fn plain_sync(self, a: LogsDrop, _: LogsDrop, (b, _): (LogsDrop, LogsDrop), c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&a.1));
        let _ = (&c, &b);
    }

    #[tracked_media(type = "image", sub_type = "png")]
    fn wrapped_sync(self, a: LogsDrop, _: LogsDrop, (b, _): (LogsDrop, LogsDrop), c: LogsDrop) {
        let _local = LogsDrop("local", Rc::clone(&a.1));
        let _ = (&c, &b);
    }
}

/// Polls a future this many times and drops it. Returns the names of the dropped values, in the
/// order in which they were dropped.
fn drops<F: Future>(
    log: &RefCell<Vec<&'static str>>,
    polls: usize,
    future: F,
) -> Vec<&'static str> {
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut future = Box::pin(future);
        for _ in 0..polls {
            let _ = future.as_mut().poll(&mut context);
        }
        log.borrow_mut().push("|");
    }
    log.borrow_mut().drain(..).collect()
}

#[test]
fn parameters_are_dropped_in_the_original_order() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let logs_drop = |name| LogsDrop(name, Rc::clone(&log));
    // The future is dropped unpolled, dropped while it is pending, or run to completion.
    for polls in 0..=2 {
        let [plain, wrapped] = [true, false].map(|plain| {
            let (this, a, ignored) = (logs_drop("self"), logs_drop("a"), logs_drop("_"));
            let (pair, c) = ((logs_drop("b"), logs_drop("rest")), logs_drop("c"));
            if plain {
                drops(&log, polls, this.plain(a, ignored, pair, c))
            } else {
                drops(&log, polls, this.wrapped(a, ignored, pair, c))
            }
        });
        assert_eq!(wrapped, plain, "after {polls} polls");
        assert!(plain.len() > 6);
    }
    let (this, a, ignored) = (logs_drop("self"), logs_drop("a"), logs_drop("_"));
    this.wrapped_sync(
        a,
        ignored,
        (logs_drop("b"), logs_drop("rest")),
        logs_drop("c"),
    );
    let wrapped_sync: Vec<_> = log.borrow_mut().drain(..).collect();
    let (this, a, ignored) = (logs_drop("self"), logs_drop("a"), logs_drop("_"));
    this.plain_sync(
        a,
        ignored,
        (logs_drop("b"), logs_drop("rest")),
        logs_drop("c"),
    );
    let plain_sync: Vec<_> = log.borrow_mut().drain(..).collect();
    assert_eq!(wrapped_sync, plain_sync);
}

#[tracked_tool(type = "Panic", record(outcome))]
async fn panics(before: bool) {
    assert!(!before, "at the first poll");
    tokio::task::yield_now().await;
    panic!("later");
}

#[tracked_reply]
async fn calls_others() -> String {
    let own_id = MessageId::current();
    for before in [true, false] {
        let caught = AssertUnwindSafe(panics(before)).catch_unwind().await;
        assert!(caught.is_err());
        assert_eq!(MessageId::current(), own_id);
    }
    // Two more replies start in the same poll. The first one is dropped before it ends.
    let mut abandoned = Box::pin(other_reply());
    assert!(futures_util::poll!(abandoned.as_mut()).is_pending());
    assert_eq!(MessageId::current(), own_id);
    drop(abandoned);
    other_reply().await
}

#[tracked_reply]
async fn other_reply() -> String {
    let own_id = MessageId::current();
    tokio::task::yield_now().await;
    assert_eq!(MessageId::current(), own_id);
    "other".to_owned()
}

#[tokio::test]
async fn nested_calls_do_not_change_the_outer_scope() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.run(calls_others()).await, "other");
    assert_eq!(MessageId::current(), None);
    let outcomes = test.events_named("Action Invoked");
    assert_eq!(outcomes.len(), 2);
    for event in outcomes {
        event.assert_property("outcome", "panicked");
    }
    let replies = test.events_named("Message Received");
    assert_eq!(replies.len(), 2);
    assert_ne!(replies[0].message_id(), replies[1].message_id());
    // Outside a conversation, nothing is tracked and no state is left behind.
    assert_eq!(other_reply().await, "other");
    assert_eq!(test.events_named("Message Received").len(), 2);
    assert!(test.ledger().is_balanced());
}

#[tracked_tool(type = "Lookup")]
fn returns_a_future(sku: &str) -> impl Future<Output = usize> + Send + use<> {
    let length = sku.len();
    async move { length }
}

#[tracked_tool(type = "Lookup", properties(sku))]
fn returns_a_boxed_future(sku: String) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move { sku.len() })
}

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[tracked_reply(future)]
fn returns_an_alias() -> Later<Result<String, OutOfStock>> {
    Box::pin(async { Ok("Yes".to_owned()) })
}

#[tokio::test]
async fn a_returned_future_is_tracked_when_it_is_polled() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    drop(turn.in_scope(|| returns_a_future("widget")));
    drop(turn.in_scope(|| returns_a_boxed_future("widget".to_owned())));
    assert_eq!(test.events_named("Action Invoked").len(), 0);
    assert_eq!(turn.run(returns_a_future("widget")).await, 6);
    assert_eq!(
        turn.run(returns_a_boxed_future("widget".to_owned())).await,
        6
    );
    assert_eq!(turn.run(returns_an_alias()).await, Ok("Yes".to_owned()));
    let events = test.events_named("Action Invoked");
    assert_eq!(events.len(), 2);
    events[1].assert_property("sku", "widget");
    test.event("Message Received")
        .assert_property("message_body", "Yes");
}

#[tracked_tool(type = "Lookup", record(outcome))]
async fn not_send(value: Rc<u8>) -> Rc<u8> {
    tokio::task::yield_now().await;
    value
}

#[tokio::test]
async fn a_future_that_is_not_send_works() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(*turn.run(not_send(Rc::new(1))).await, 1);
    test.event("Action Invoked")
        .assert_property("outcome", "ok");
}

#[tokio::test]
async fn concurrent_replies_have_different_ids() {
    let test = Arc::new(TestTracker::new());
    let conversation = test.conversation();
    let calls: Vec<_> = (0..64)
        .map(|_| tokio::spawn(conversation.turn("Is it?").run(reply("widget", false))))
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(3));
    }
    let events = test.events_named("Message Received");
    let ids: std::collections::HashSet<_> = events
        .iter()
        .map(|event| event.message_id().map(str::to_owned))
        .collect();
    assert_eq!((events.len(), ids.len()), (64, 64));
}
