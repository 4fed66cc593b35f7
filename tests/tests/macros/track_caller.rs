//! `#[track_caller]` functions that return early.

use std::future::Future;
use std::ops::Index;
use std::panic::Location;
use std::pin::Pin;

use copilot_track::testing::TestTracker;
use copilot_track::{tracked_media, tracked_reply, tracked_tool};

type Line = u32;
type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

struct Shelf<Item> {
    items: Vec<Item>,
}

impl<Item: Clone> Shelf<Item> {
    #[tracked_tool(type = "t", record(outcome))]
    #[track_caller]
    fn first(&self) -> Result<(Item, Line), String> {
        if self.items.is_empty() {
            return Err("empty".to_owned());
        }
        let count = |max: usize| {
            if max == 0 {
                return 0;
            }
            self.items.len().min(max)
        };
        for item in &self.items {
            if count(2) > 0 {
                return Ok((item.clone(), Location::caller().line()));
            }
        }
        Err("none".to_owned())
    }

    #[tracked_media(type = "image", sub_type = "png")]
    #[track_caller]
    fn get(self, index: usize) -> Option<Line> {
        assert!(index < 9, "the index is too large");
        assert!(index < self.items.len(), "no item {index}");
        let line = Location::caller().line();
        Some(line)
    }

    #[tracked_reply(body = |line| line.to_string())]
    #[track_caller]
    fn reply(&mut self, item: Item) -> Line {
        self.items.push(item);
        let _guard = self.items.first();
        return Location::caller().line();
    }

    #[tracked_tool(type = "t", record(outcome))]
    #[track_caller]
    fn alias(&self, fail: bool) -> Boxed<Result<Line, String>> {
        if fail {
            return Box::pin(async { Err("failed".to_owned()) });
        }
        let line = Location::caller().line();
        Box::pin(async move {
            let checked = line.checked_add(0).ok_or_else(String::new)?;
            Ok(checked)
        })
    }

    #[tracked_tool(type = "t", record(outcome))]
    #[track_caller]
    fn future(&self, fail: bool) -> impl Future<Output = Result<Line, String>> + use<Item> {
        let line = Location::caller().line();
        async move {
            if fail {
                return Err(String::new());
            }
            Ok(line)
        }
    }

    #[tracked_tool(type = "t", record(outcome))]
    #[track_caller]
    fn new(items: &[Item]) -> Result<(Self, Line), String> {
        if items.is_empty() {
            return Err("empty".to_owned());
        }
        let items = items.to_vec();
        Ok((Self { items }, Location::caller().line()))
    }

    #[tracked_tool(type = "t", record(outcome))]
    #[track_caller]
    #[allow(clippy::diverging_sub_expression)]
    fn fails(&self) -> Self {
        panic!("{} items", self.items.len())
    }
}

/// The trait declares the method as `#[track_caller]`, so it is `#[track_caller]` here, too.
impl<Item> Index<Line> for Shelf<Item> {
    type Output = Item;

    #[tracked_tool(type = "t", result(count = |_| 1))]
    fn index(&self, line: Line) -> &Item {
        assert_eq!(Location::caller().line(), line);
        match self.items.first() {
            Some(item) => item,
            None => panic!("empty"),
        }
    }
}

fn outcomes(test: &TestTracker) -> Vec<String> {
    let events = test.events_named("Action Invoked");
    let outcome = |event: &copilot_track::testing::CapturedEvent| {
        let outcome = event.property("outcome").and_then(|value| value.as_str());
        outcome.unwrap_or("none").to_owned()
    };
    events.iter().map(outcome).collect()
}

#[tokio::test]
async fn methods_that_return_early_see_their_caller_and_are_recorded() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let _entered = turn.enter();
    assert!(Shelf::<u8>::new(&[]).is_err());
    let (mut shelf, line) = Shelf::new(&[7_u8]).unwrap();
    assert_eq!(line, line!() - 1);
    assert_eq!(shelf.first(), Ok((7, line!())));
    assert_eq!(shelf.reply(8), line!());
    let (future, line) = (shelf.alias(false), line!());
    assert_eq!(future.await, Ok(line));
    assert!(shelf.alias(true).await.is_err());
    let (future, line) = (shelf.future(false), line!());
    assert_eq!(future.await, Ok(line));
    assert!(shelf.future(true).await.is_err());
    assert_eq!(shelf[line!()], 7);
    assert_eq!(shelf.get(0), Some(line!()));
    assert!(Shelf::<u8> { items: Vec::new() }.first().is_err());
    let expected = [
        "error", "ok", "ok", "ok", "error", "ok", "error", "none", "error",
    ];
    assert_eq!(outcomes(&test), expected);
    assert_eq!(test.events_named("Media Generated").len(), 1);
    assert_eq!(test.events_named("Message Received").len(), 1);
}

#[test]
fn a_method_that_panics_is_recorded() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let shelf = Shelf { items: vec![1_u8] };
    let fails = std::panic::AssertUnwindSafe(|| turn.in_scope(|| shelf.fails().items.len()));
    assert!(std::panic::catch_unwind(fails).is_err());
    assert_eq!(outcomes(&test), ["panicked"]);
}
