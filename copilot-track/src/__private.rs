//! What expanded code calls. Nothing else may: this module changes without notice.
//!
//! Most are methods of [`Site`], whose static each expansion has, also where they have no use for
//! it: a method costs an expansion less to compile than a path or an import.
//!
//! | module | is |
//! | --- | --- |
//! | `site` | the place of an annotation, and the frame that a call of it runs in |
//! | `draft` | an event from an attribute's arguments |
//! | `plain` | a call of which nothing but literals is said |
//! | `tracked` | a call that is tracked to its end: what it began, and how that ends |
//! | `running`, `ending` | the future of an async function that is tracked to its end, and that end |
//! | `recorder`, `reply`, `stream` | what waits for the end: `record(…)`, a reply, and a streamed one |
//! | `outcome` | success or failure, read from a value |
//! | `returns` | whether a type under another name is a boxed future or stream |
//! | `hints` | what tells the compiler a type, and does nothing |
//! | `size`, `described` | what a derived event says of itself |

pub use crate::args::return_type::{Anything, Returns, returns};
pub use crate::event::described::Described;
pub use crate::tracking::call_site::{AMBIENT, Call, Chosen, Site};
pub use crate::tracking::completion_handler::{
    AnyEnding, Ended, Ending, Ends, Fails, Fallible, Infallible, Looking, Said, Unwatched,
};
pub use crate::tracking::outcome::{Any, Seen};
pub use crate::tracking::pending_event::{Draft, IntoWords};
pub use crate::tracking::recorder::Record;
pub use crate::tracking::reply::Answer;
pub use crate::tracking::text_size::{NotText, Probe, Text, TextLen};
pub use crate::tracking::tracked_call::{End, Tracked, UntilReturn};
pub use crate::tracking::tracked_future::Running;
pub use crate::tracking::tracked_stream::{Gathered, Streamed, TrackedStream};
