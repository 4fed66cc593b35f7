//! For authors of adapters: libraries that track the tools of a framework.
//!
//! An adapter connects a framework's hooks, middleware, or handlers to this crate. It finds the
//! turn to which a tool call belongs ([`TurnScope`]) and reports the call ([`ToolCall`]). The
//! application then needs no attribute on its tools. If a tool has an attribute, the call is still
//! reported once.
//!
//! ```
//! use copilot_track::adapter::{Outcome, ToolCall};
//!
//! # async fn run_tool(name: &str) -> Result<String, std::io::Error> { Ok(name.to_owned()) }
//! async fn handle(tool: &str) -> Result<String, std::io::Error> {
//!     let call = ToolCall::for_tool(tool).start();
//!     let result = call.run(run_tool(tool)).await;
//!     call.finish(match &result {
//!         Ok(_) => Outcome::Ok,
//!         Err(_) => Outcome::error("io::Error"),
//!     });
//!     result
//! }
//! ```
//!
//! # One event for each call
//!
//! In [`StartedToolCall::run`], the first annotated tool does not send Action Invoked. Instead, the
//! `type`, the `action`, the role, and the properties of its attribute replace those of the
//! adapter's event. Tools that run inside that tool, or after it, send their own events. A tool is
//! also annotated if it uses [`tracked_tool`](crate::TrackedFutureExt::tracked_tool). If the
//! condition of a `when` argument is not met, the attribute has no effect on the adapter's event.
//!
//! Some frameworks give an adapter no way to run a tool's future.
//! [`TurnScope::suppress_tools`] then prevents annotated tools from sending their own events.
//!
//! # Whose turn it is
//!
//! The current turn is the turn of the future that is being polled. If a framework polls the work
//! of one user while it polls a future of another user, the current turn in that work is the wrong
//! one. Such an adapter must find the turn in another way, for example in a context that the
//! framework passes along, and must run the tool with [`StartedToolCall::run`] or
//! [`TurnScope::run`].
//!
//! `docs/adapters.md` in the repository has more advice.

mod catch_panic;
mod describe_tools;
mod outcome;
mod tool_call;
mod turn_scope;
mod words;

pub use self::catch_panic::catch_panic;
pub use self::describe_tools::DescribeTools;
pub use self::outcome::Outcome;
pub use self::tool_call::{StartedToolCall, ToolCall};
pub use self::turn_scope::TurnScope;
