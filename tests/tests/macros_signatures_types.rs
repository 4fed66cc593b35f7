//! Annotated functions in which the compiler infers types from the return type, or whose signatures
//! name the generics of a surrounding impl. The test is that this file compiles without warnings.

#![deny(warnings)]
#![allow(dead_code, clippy::pedantic)]
#![allow(
    clippy::panic,
    clippy::implied_bounds_in_impls,
    reason = "functions of applications can panic and repeat bounds"
)]

use std::fmt::Display;
use std::future::Future;
use std::num::ParseIntError;
use std::pin::Pin;

use copilot_track::{tracked_media, tracked_message, tracked_reply, tracked_tool};
use futures_util::StreamExt;
use futures_util::stream::{FusedStream, Stream, iter};

struct Shelf<State, const SIZE: usize>(State);

impl<State: Clone + 'static, const SIZE: usize> Shelf<State, SIZE> {
    #[tracked_reply(body = |_| "closure")]
    fn generic_closure(&self) -> impl Fn(State, [u8; SIZE]) -> Option<State> {
        |state, sizes| (sizes.len() > 1).then_some(state)
    }

    #[tracked_reply(body = |_| "closure")]
    fn closure_of_references(
        &self,
        state: State,
    ) -> impl FnMut(&mut Vec<State>) -> usize + 'static {
        move |states| {
            states.push(state.clone());
            states.len()
        }
    }

    #[tracked_media(type = "image", sub_type = "png")]
    #[track_caller]
    fn caller(state: State, size: &str) -> Result<(State, [u8; SIZE]), ParseIntError> {
        let size: u8 = size.parse()?;
        Ok((state, [size; SIZE]))
    }
}

trait Open<Key> {
    #[tracked_tool(type = "t", record(duration, outcome, error_type))]
    #[track_caller]
    fn open(key: Key) -> Result<Key, String>
    where
        Key: PartialEq<u8>,
    {
        if key == 0 {
            return Err("locked".to_owned());
        }
        Ok(key)
    }
}

struct Door;
impl Open<u8> for Door {}

#[tracked_reply(body = |_| "closure")]
fn owned_parameter() -> impl Fn(String) -> usize + Clone {
    |text| text.len()
}

#[tracked_tool(type = "t", record(outcome))]
fn coerced_result() -> impl Fn(u8) -> Box<dyn Display> + Send {
    |number| Box::new(number)
}

#[tracked_reply(body = |_| "closure")]
fn boxed_future() -> impl Fn(String) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    |text| Box::pin(async move { text.len() })
}

#[tracked_reply(body = |_| "closure")]
fn output_borrows_from_input() -> impl Fn(&str) -> &str {
    |text| text.trim()
}

#[tracked_reply(body = |_| "closure")]
fn output_contains_a_reference() -> impl Fn(&str) -> Option<&str> {
    |text| text.split(' ').next()
}

#[tracked_reply(body = |_| "closure")]
fn output_borrows_from_a_parameter<'a>(prefix: &'a str) -> impl Fn(&str) -> &'a str + 'a {
    move |text| if text.is_empty() { "" } else { prefix }
}

#[tracked_reply(body = |_| "closure")]
fn named_lifetimes() -> impl for<'a> Fn(&'a str, &str) -> &'a str {
    |first, _| first
}

#[tracked_reply(body = |_| "closure")]
fn early_exit(stop: bool) -> impl Fn(&str) -> usize {
    if stop {
        panic!("stopped {}", 1)
    }
    |text| text.len()
}

#[tracked_message(body = "text")]
fn scope_only() -> impl FnOnce(String) -> usize {
    |text| text.len()
}

#[tracked_reply]
fn fused() -> impl FusedStream<Item = String> + Send {
    iter(["a".to_owned()]).fuse()
}

#[tracked_reply]
fn stream_and_fused() -> impl Stream<Item = String> + FusedStream + Unpin {
    iter(["a".to_owned()]).fuse()
}

struct Query {
    text: String,
    #[cfg(any())]
    language: String,
}

#[tracked_tool(type = "t", record(outcome))]
fn field_with_cfg(
    Query {
        text,
        #[cfg(any())]
        language,
    }: Query,
    ok: bool,
) -> Result<usize, String> {
    if !ok {
        return Err("no".to_owned());
    }
    Ok(text.len())
}

macro_rules! boxed_display {
    () => {
        Box<dyn Display>
    };
}

#[tracked_tool(type = "t", record(outcome))]
fn type_from_a_macro() -> boxed_display!() {
    Box::new(1)
}

#[test]
fn closures_keep_their_inferred_types() {
    let shelf = Shelf::<u8, 2>(1);
    assert_eq!(shelf.generic_closure()(7, [1, 2]), Some(7));
    assert_eq!(shelf.closure_of_references(7)(&mut vec![1]), 2);
    assert_eq!(Shelf::<u8, 2>::caller(1, "3"), Ok((1, [3, 3])));
    assert_eq!(Door::open(0), Err("locked".to_owned()));
    assert_eq!(owned_parameter().clone()("abc".to_owned()), 3);
    assert_eq!(coerced_result()(5).to_string(), "5");
    assert_eq!(output_borrows_from_input()(" a "), "a");
    assert_eq!(output_contains_a_reference()("a b"), Some("a"));
    assert_eq!(output_borrows_from_a_parameter("p")("x"), "p");
    assert_eq!(named_lifetimes()("a", "b"), "a");
    assert_eq!(early_exit(false)("abc"), 3);
    assert_eq!(scope_only()("abc".to_owned()), 3);
}

#[test]
fn a_tracked_stream_is_fused_if_its_stream_is() {
    let mut stream = stream_and_fused();
    assert!(!stream.is_terminated());
    futures_util::future::FutureExt::now_or_never(async {
        assert!(stream.next().await.is_some());
        assert!(stream.next().await.is_none());
    })
    .unwrap();
    assert!(stream.is_terminated());
}
