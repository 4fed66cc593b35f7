//! Tracking without attributes, for futures and streams that are not returned by a function of your
//! own: async blocks, closures, and values from other crates.
//!
//! [`TrackedFutureExt`] and [`TrackedStreamExt`] add methods to every future and stream. The types
//! in this module are the futures and streams that these methods return. Their methods correspond
//! to the arguments of the attributes:
//!
//! ```
//! use copilot_track::TrackedFutureExt as _;
//!
//! # async fn look_up(sku: &str) -> Result<u32, std::io::Error> { Ok(3) }
//! # async fn example() -> Result<(), std::io::Error> {
//! let sku = "widget";
//! let level = look_up(sku)
//!     .tracked_tool("Inventory Request", "check stock level")
//!     .property("sku", sku)
//!     .record_outcome()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! The events are the same as those of an attribute on an async function. A call starts when its
//! future is first polled. If the future is dropped before its end, the call is cancelled.

mod call_kind;
mod future_ext;
mod reply;
mod reply_stream;
mod site;
mod stream_ext;
mod success;
mod tool;
mod tracked;

pub use self::call_kind::CallKind;
pub use self::future_ext::TrackedFutureExt;
pub use self::reply::{ItemText, OwnText, Reply, SelectedText};
pub use self::reply_stream::ReplyStream;
pub use self::stream_ext::TrackedStreamExt;
pub use self::success::Success;
pub use self::tool::{ByOutcome, NoOutcome, OutcomeOf, Tool};
pub use self::tracked::Tracked;
