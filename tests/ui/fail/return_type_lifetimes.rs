//! The output of a boxed future must live as long as the box. The compiler names the missing bound.

use std::future::Future;
use std::pin::Pin;

use copilot_track::tracked_tool;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Rows<'a>(&'a str);

#[tracked_tool(type = "X", record(outcome))]
fn generic_output<T: Default>() -> BoxFuture<'static, T> {
    Box::pin(async { T::default() })
}

#[tracked_tool(type = "X", record(outcome))]
fn borrowed_output<'a>(name: &'static str) -> BoxFuture<'static, Rows<'a>> {
    Box::pin(async move { Rows(name) })
}

// The following functions have the bounds.

#[tracked_tool(type = "X", record(outcome))]
fn static_output<T: Default + 'static>() -> BoxFuture<'static, T> {
    Box::pin(async { T::default() })
}

#[tracked_tool(type = "X", record(outcome))]
fn output_and_box<'a>(name: &'static str) -> BoxFuture<'a, Rows<'a>> {
    Box::pin(async move { Rows(name) })
}

fn main() {}
