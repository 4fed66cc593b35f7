//! Builds the new function around the user's body.
//!
//! The form depends on the function. `call` is the value that the attribute creates (a recorder, a
//! reply, a turn), and `end` is the code that handles the output:
//!
//! ```text
//! only statements       { { static; start } { body } }
//! async fn              fn … -> impl Future<Output = T> { static; run(async move { call.start(); { body } }, end) }
//! fn                    { static; let call = …; let output = call_once(move || -> T { body }); end; output }
//! fn that cannot fail   { static; let _call = call.until_return(); { body } }
//! #[track_caller] fn    { static; let call = …; let output = { fn inner(…) -> T { body } inner(…) }; end; output }
//! … with `self`         { static; let call = …; let output: T = 'label: { body }; end; output }
//! fn -> future          { static; let value0 = …; let future = call_once(move || -> T { body });
//!                         async move { let call = …; let output = future.await; end; output } }
//! ```
//!
//! An `async fn` that must stay async (see [`TrackedFn::can_desugar_async`]) contains an async
//! block instead of the closure. A body that cannot exit early needs neither. It stays a block:
//! `let output: T = { body };`.
//!
//! If the body runs in a scope, a guard (`call.enter()`) or a future (`call.run(future).await`)
//! enters the scope. In all forms, the user's block stays a block, the return type is known before
//! the compiler checks the body, and parameters are dropped in the usual order.
//!
//! [`TrackedFn::can_desugar_async`]: crate::function::tracked_fn::TrackedFn::can_desugar_async

mod body;
mod completion;
pub(crate) mod function;
pub(crate) mod wrapper;
