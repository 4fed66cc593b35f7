//! How the user's body is put into the new one.
//!
//! ```text
//! start only     { site; start; { body } }
//! async fn       fn … -> impl Future<Output = T> { site; site.run(async move { call.begin(); { body } }, end) }
//! plain fn       { site; let call = …; let out = call_once(move || -> T { body }); call.end(&out, end); out }
//! … that cannot  { site; let _call = call.until_return(); { body } }
//!   fail
//! … that needs   { site; let call = …; let out = { fn body(…) -> T { body } body(…) }; call.end(&out, end); out }
//!   a function
//! fn -> future   { site; kept; let future = call_once(move || -> T { body });
//!                  async move { let call = …; let out = future.await; call.end(&out, end); out } }
//! ```
//!
//! Where `async` has to stay, as [`Handler::can_return_a_future`] says, an async block inside the
//! function takes the place of the closure. A body that surely runs to its end needs neither:
//! `let out: T = { body };`.
//!
//! Where a scope has to be entered, it is by `call.enter()` or `call.run(future).await`. The user's
//! block is always a block of its own, the return type is fixed before it, and parameters are
//! dropped as they were.

mod body;
mod completion;
pub(crate) mod function;
pub(crate) mod wrapper;
