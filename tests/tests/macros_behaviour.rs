//! Exactly the events that should be, exactly once, however a call ends.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::panic, clippy::unwrap_used)]
// The functions here are as small as can be.
#![allow(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::unused_async,
    clippy::needless_pass_by_value
)]

use std::cell::RefCell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    Conversation, MessageId, Role, Turn, tracked_component, tracked_conversation, tracked_feedback,
    tracked_media, tracked_message, tracked_reply, tracked_tool,
};
use futures_util::FutureExt as _;

#[derive(Debug, PartialEq)]
struct OutOfStock;

type Stocked<T> = Result<T, OutOfStock>;

#[tracked_tool(type = "Inventory Request")]
async fn stock_level(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "no such thing");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}

#[tracked_tool(type = "Inventory Request", record(duration, outcome, error_type))]
async fn recorded(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "no such thing");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}

#[tracked_media(type = "image", sub_type = "png")]
async fn chart(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "no such thing");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}

#[tracked_reply(body = |level| format!("{level} left"))]
async fn reply(sku: &str, wait: bool) -> Stocked<u32> {
    if wait {
        std::future::pending::<()>().await;
    }
    assert_ne!(sku, "panic", "no such thing");
    if sku == "none" {
        Err(OutOfStock)
    } else {
        Ok(3)
    }
}

/// Calls a function in each way that it can end, and tells the properties of its events.
macro_rules! endings {
    ($function:ident, $event:literal, $property:literal) => {{
        let mut seen = Vec::new();
        for ending in ["ok", "error", "panic", "cancel", "timeout", "unpolled"] {
            let test = TestTracker::new();
            let turn = test.conversation().turn("Is it?");
            match ending {
                "ok" => assert_eq!(turn.run($function("widget", false)).await, Ok(3)),
                "error" => assert_eq!(turn.run($function("none", false)).await, Err(OutOfStock)),
                "panic" => {
                    let call = turn.run($function("panic", false));
                    assert!(tokio::spawn(call).await.is_err());
                }
                "cancel" => {
                    let call = tokio::spawn(turn.run($function("widget", true)));
                    tokio::task::yield_now().await;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    call.abort();
                    assert!(call.await.unwrap_err().is_cancelled());
                }
                "timeout" => {
                    let call = turn.run($function("widget", true));
                    let limit = Duration::from_millis(5);
                    assert!(tokio::time::timeout(limit, call).await.is_err());
                }
                _ => drop(turn.run($function("widget", false))),
            }
            let events = test.events_named($event);
            assert!(events.len() <= 1);
            assert!(test.ledger().is_balanced());
            let event = events.first().map(|event| {
                let value = event.property($property);
                value
                    .and_then(|value| value.as_str())
                    .unwrap_or_default()
                    .to_owned()
            });
            seen.push((ending, event));
        }
        seen
    }};
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn a_tool_is_sent_as_the_call_begins() {
    let all = endings!(stock_level, "Action Invoked", "action");
    for (ending, event) in all {
        let expected = (ending != "unpolled").then(|| "stock level".to_owned());
        assert_eq!(event, expected, "{ending}");
    }
}

#[tokio::test]
async fn a_recorded_tool_tells_how_it_ended() {
    let all = endings!(recorded, "Action Invoked", "outcome");
    let expected = [
        ("ok", some("ok")),
        ("error", some("error")),
        ("panic", some("panicked")),
        ("cancel", some("cancelled")),
        ("timeout", some("cancelled")),
        ("unpolled", None),
    ];
    assert_eq!(all, expected);
}

#[tokio::test]
async fn media_are_sent_when_they_are_there() {
    for (ending, event) in endings!(chart, "Media Generated", "type") {
        let expected = (ending == "ok").then(|| "image".to_owned());
        assert_eq!(event, expected, "{ending}");
    }
}

#[tokio::test]
async fn a_reply_is_sent_when_it_is_there() {
    for (ending, event) in endings!(reply, "Message Received", "message_body") {
        let expected = (ending == "ok").then(|| "3 left".to_owned());
        assert_eq!(event, expected, "{ending}");
    }
}

#[tokio::test]
async fn what_is_recorded_are_numbers_and_words() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert!(turn.run(recorded("none", false)).await.is_err());
    let event = test.event("Action Invoked");
    assert!(event.property("duration_ms").unwrap().is_f64());
    let error_type = event.property("error_type").unwrap().as_str().unwrap();
    assert!(error_type.ends_with("OutOfStock"), "{error_type}");
}

// What the arguments may be.

enum Kind {
    Stock,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stock => f.write_str("stock"),
        }
    }
}

struct Order {
    sku: String,
    quantity: u32,
}

#[tracked_tool(
    type = kind,
    action = format!("order {}", order.sku),
    role = role.clone(),
    message_id = "m7",
    properties(quantity = order.quantity, sku = order.sku, note)
)]
fn order(kind: &Kind, role: Role, order: Order, note: Option<&str>) -> String {
    drop(role);
    let _ = (kind, note);
    order.sku
}

#[test]
fn arguments_are_any_expressions_of_the_parameters() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Order it");
    let what = Order {
        sku: "widget".to_owned(),
        quantity: 2,
    };
    let sku = turn.in_scope(|| order(&Kind::Stock, Role::AiAgent, what, None));
    assert_eq!(sku, "widget");
    let event = test.event("Action Invoked");
    event
        .assert_property("type", "stock")
        .assert_property("action", "order widget")
        .assert_property("role", "ai_agent")
        .assert_property("quantity", 2)
        .assert_property("sku", "widget")
        .assert_no_property("note");
    assert_eq!(event.message_id(), Some("m7"));
}

#[test]
fn arguments_are_not_evaluated_outside_of_a_conversation() {
    #[tracked_tool(type = panic_instead())]
    fn quiet() -> u8 {
        1
    }
    fn panic_instead() -> String {
        panic!("evaluated")
    }
    assert_eq!(quiet(), 1);
}

#[tracked_tool(type = "Lookup", conversation = conversation)]
async fn named(conversation: Conversation) -> u8 {
    drop(conversation);
    1
}

#[tracked_tool(type = "Lookup", conversation = turn)]
async fn named_turn(turn: Option<&Turn>) -> Option<MessageId> {
    turn.map(|turn| turn.message_id().clone())
}

#[tokio::test]
async fn a_named_conversation_wins() {
    let (here, there) = (TestTracker::new(), TestTracker::new());
    let turn = here.conversation().turn("Here?");
    let other = there.conversation().turn("There?");
    turn.run(named(there.conversation())).await;
    turn.run(named_turn(Some(&other))).await;
    assert_eq!(here.events_named("Action Invoked").len(), 0);
    let events = there.events_named("Action Invoked");
    assert_eq!(events.len(), 2);
    let on_the_turn =
        |event: &CapturedEvent| event.message_id() == Some(other.message_id().as_str());
    assert_eq!(events.iter().filter(|event| on_the_turn(event)).count(), 1);
    // And without one, the ambient turn.
    turn.run(named_turn(None)).await;
    assert_eq!(here.events_named("Action Invoked").len(), 1);
}

#[derive(Debug)]
struct CallResult {
    is_error: bool,
}

#[tracked_tool(type = "Remote", record(outcome = |out| !out.is_error))]
fn says_failure_inside(is_error: bool) -> Result<CallResult, OutOfStock> {
    Ok(CallResult { is_error })
}

#[tracked_tool(type = "Remote", record(outcome = |out: &Result<CallResult, OutOfStock>| match out {
    Ok(_) => "fine",
    Err(_) => "sold out",
}))]
async fn says_it_in_words(fail: bool) -> Result<CallResult, OutOfStock> {
    if fail {
        return Err(OutOfStock);
    }
    Ok(CallResult { is_error: false })
}

#[tokio::test]
async fn a_tool_can_report_failure_inside_ok() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Call it");
    let _entered = turn.enter();
    let _ = says_failure_inside(true);
    let _ = says_failure_inside(false);
    let _ = says_it_in_words(true).await;
    let _ = says_it_in_words(false).await;
    let outcomes: Vec<_> = test
        .events_named("Action Invoked")
        .into_iter()
        .map(|event| {
            event
                .property("outcome")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(outcomes, ["error", "ok", "sold out", "fine"]);
}

// Replies.

#[tracked_reply(message_id = id, role = Role::HumanAgent, media(type = "audio", sub_type = "mp3"))]
async fn with_id(id: Option<MessageId>) -> Option<String> {
    assert_eq!(MessageId::current().is_some(), id.is_some());
    stock_level("widget", false).await.ok()?;
    Some("Yes".to_owned())
}

#[tokio::test]
async fn a_reply_can_have_an_id_that_is_known() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(with_id(MessageId::new("msg124").ok())).await;
    assert_eq!(turn.reply_id().unwrap().as_str(), "msg124");
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Action Invoked",
        "Media Generated",
        "Message Received",
    ]);
    for event in &test.events()[2..] {
        assert_eq!(event.message_id(), Some("msg124"));
    }
    test.event("Message Received")
        .assert_property("role", "human_agent");
}

#[tracked_reply]
fn sync_reply() -> Result<&'static str, OutOfStock> {
    tool_in_sync()?;
    Ok("Yes")
}

#[tracked_tool(type = "Lookup", action = "look")]
fn tool_in_sync() -> Result<(), OutOfStock> {
    Ok(())
}

#[test]
fn a_sync_reply_has_its_scope_too() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.in_scope(sync_reply), Ok("Yes"));
    let reply = turn.reply_id().unwrap();
    for event in ["Action Invoked", "Message Received"] {
        assert_eq!(test.event(event).message_id(), Some(reply.as_str()));
    }
}

#[tokio::test]
async fn with_the_tracker_off_all_goes_on() {
    let tracker = copilot_track::Tracker::disabled();
    let conversation = tracker.conversation(copilot_track::User::anonymous("a").unwrap());
    let turn = conversation.turn("Is it?");
    assert_eq!(turn.run(reply("widget", false)).await, Ok(3));
    assert_eq!(turn.run(recorded("widget", false)).await, Ok(3));
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let _ = test.tracker().shutdown(Duration::from_secs(1)).await;
    assert_eq!(turn.run(reply("widget", false)).await, Ok(3));
    assert!(test.ledger().is_balanced());
}

// The other attributes.

#[tracked_component(type = "Stock Price Chart")]
fn component(fail: bool) -> Stocked<u8> {
    if fail { Err(OutOfStock) } else { Ok(1) }
}

#[tracked_feedback(message_id = message, rating = stars)]
fn rate(message: &str, stars: u8) -> Result<(), OutOfStock> {
    let _ = message;
    if stars > 5 { Err(OutOfStock) } else { Ok(()) }
}

#[tracked_message(body = text, conversation = conversation)]
async fn handle(conversation: &Conversation, text: String) -> String {
    let turn = Turn::current().unwrap();
    assert_eq!(Some(turn.message_id().clone()), MessageId::current());
    stock_level(&text, false).await.unwrap();
    drop(text);
    sync_reply().unwrap().to_owned()
}

#[tracked_conversation(conversation = conversation)]
async fn session(conversation: Conversation, fail: bool) -> Stocked<()> {
    handle(&conversation, "Is it?".to_owned()).await;
    component(false)?;
    let _ = component(true);
    rate("m1", 4)?;
    if fail { Err(OutOfStock) } else { Ok(()) }
}

#[tokio::test]
async fn a_whole_conversation_needs_no_other_code() {
    for fail in [false, true] {
        let test = TestTracker::new();
        assert_eq!(session(test.conversation(), fail).await.is_err(), fail);
        let mut names = vec![
            "Conversation Started",
            "Message Sent",
            "Action Invoked",
            "Action Invoked",
            "Message Received",
            "Component Loaded",
            "Feedback Submitted",
        ];
        if !fail {
            names.push("Conversation Ended");
            test.event("Conversation Ended")
                .assert_property("message_count", 2);
        }
        test.assert_names(&names);
        let sent = test.event("Message Sent");
        sent.assert_property("message_body", "Is it?");
        assert_eq!(test.events()[2].message_id(), sent.message_id());
        let rated = test.event("Feedback Submitted");
        rated.assert_property("rating", 4.0);
        assert_eq!(rated.message_id(), Some("m1"));
    }
}

// As the plain function.

struct Noisy(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

impl Noisy {
    async fn plain(self, a: Noisy, _: Noisy, (b, _): (Noisy, Noisy), c: Noisy) {
        let _local = Noisy("local", Rc::clone(&a.1));
        tokio::task::yield_now().await;
        let _ = (&c, &b);
    }

    #[tracked_reply(body = |()| "x")]
    async fn wrapped(self, a: Noisy, _: Noisy, (b, _): (Noisy, Noisy), c: Noisy) {
        let _local = Noisy("local", Rc::clone(&a.1));
        tokio::task::yield_now().await;
        let _ = (&c, &b);
    }

    fn plain_sync(self, a: Noisy, _: Noisy, (b, _): (Noisy, Noisy), c: Noisy) {
        let _local = Noisy("local", Rc::clone(&a.1));
        let _ = (&c, &b);
    }

    #[tracked_media(type = "image", sub_type = "png")]
    fn wrapped_sync(self, a: Noisy, _: Noisy, (b, _): (Noisy, Noisy), c: Noisy) {
        let _local = Noisy("local", Rc::clone(&a.1));
        let _ = (&c, &b);
    }
}

/// Polls a future so often, and tells what was dropped in what order.
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
fn parameters_are_dropped_as_they_were() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let noisy = |name| Noisy(name, Rc::clone(&log));
    // Never polled, dropped while it waits, run to its end.
    for polls in 0..=2 {
        let [plain, wrapped] = [true, false].map(|plain| {
            let (this, a, ignored) = (noisy("self"), noisy("a"), noisy("_"));
            let (pair, c) = ((noisy("b"), noisy("rest")), noisy("c"));
            if plain {
                drops(&log, polls, this.plain(a, ignored, pair, c))
            } else {
                drops(&log, polls, this.wrapped(a, ignored, pair, c))
            }
        });
        assert_eq!(wrapped, plain, "after {polls} polls");
        assert!(plain.len() > 6);
    }
    let (this, a, ignored) = (noisy("self"), noisy("a"), noisy("_"));
    this.wrapped_sync(a, ignored, (noisy("b"), noisy("rest")), noisy("c"));
    let wrapped_sync: Vec<_> = log.borrow_mut().drain(..).collect();
    let (this, a, ignored) = (noisy("self"), noisy("a"), noisy("_"));
    this.plain_sync(a, ignored, (noisy("b"), noisy("rest")), noisy("c"));
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
async fn survives() -> String {
    let mine = MessageId::current();
    for before in [true, false] {
        let caught = AssertUnwindSafe(panics(before)).catch_unwind().await;
        assert!(caught.is_err());
        assert_eq!(MessageId::current(), mine);
    }
    // Two more that begin in the poll that this one began in, one of which never ends.
    let mut forgotten = Box::pin(other_reply());
    assert!(futures_util::poll!(forgotten.as_mut()).is_pending());
    assert_eq!(MessageId::current(), mine);
    drop(forgotten);
    other_reply().await
}

#[tracked_reply]
async fn other_reply() -> String {
    let mine = MessageId::current();
    tokio::task::yield_now().await;
    assert_eq!(MessageId::current(), mine);
    "other".to_owned()
}

#[tokio::test]
async fn what_begins_within_another_is_kept_apart_from_it() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.run(survives()).await, "other");
    assert_eq!(MessageId::current(), None);
    let outcomes = test.events_named("Action Invoked");
    assert_eq!(outcomes.len(), 2);
    for event in outcomes {
        event.assert_property("outcome", "panicked");
    }
    let replies = test.events_named("Message Received");
    assert_eq!(replies.len(), 2);
    assert_ne!(replies[0].message_id(), replies[1].message_id());
    // Outside of everything nothing is begun, and nothing is left behind.
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
async fn a_returned_future_is_called_when_it_is_polled() {
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
async fn a_function_that_is_not_send_stays_so_and_works() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(*turn.run(not_send(Rc::new(1))).await, 1);
    test.event("Action Invoked")
        .assert_property("outcome", "ok");
}

#[tokio::test]
async fn many_at_once_on_many_threads() {
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
