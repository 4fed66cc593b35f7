//! Builds the new function around the user's body.
//!
//! The form depends on the function. `call` is what the attribute starts (a recorder, a reply, a
//! turn), `end` what it does with the output:
//!
//! ```text
//! only statements       { { static; start } { body } }
//! async fn              fn … -> impl Future<Output = T> { static; run(async move { call.start(); { body } }, end) }
//! fn                    { static; let call = …; let output = call_once(move || -> T { body }); end; output }
//! fn that cannot fail   { static; let _call = call.until_return(); { body } }
//! #[track_caller] fn    { static; let call = …; let output = { fn inner(…) -> T { body } inner(…) }; end; output }
//! fn -> future          { static; let value0 = …; let future = call_once(move || -> T { body });
//!                         async move { let call = …; let output = future.await; end; output } }
//! ```
//!
//! An `async fn` that must stay one (see [`TrackedFn::can_desugar_async`]) contains an async block
//! in place of the closure. A body that cannot exit early needs neither:
//! `let output: T = { body };`.
//!
//! If the body runs in a scope, a guard enters it (`call.enter()`) or a future does
//! (`call.run(future).await`). In all forms, the user's block stays a block, the return type is
//! known before the body is checked, and parameters are dropped in their usual order.
//!
//! [`TrackedFn::can_desugar_async`]: crate::function::tracked_fn::TrackedFn::can_desugar_async

mod body;
mod completion;
pub(crate) mod function;
pub(crate) mod wrapper;
