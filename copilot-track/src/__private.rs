//! What expanded code calls. Nothing else may: this module changes without notice.
//!
//! | module | is |
//! | --- | --- |
//! | `site` | the place of an annotation, and the frame that a call of it runs in |
//! | `draft` | an event from an attribute's arguments |
//! | `tracked` | a call that is tracked to its end: what it began, and how that ends |
//! | `running` | the future of an async function that is tracked to its end |
//! | `recorder`, `reply`, `stream` | what waits for the end: `record(…)`, a reply, and a streamed one |
//! | `outcome` | success or failure, read from a value |
//! | `returns` | a compile error for a future or a stream under another name |
//! | `hints` | what tells the compiler a type, and does nothing |
//! | `size`, `described` | what a derived event says of itself |

mod described;
mod draft;
mod hints;
mod outcome;
mod recorder;
mod reply;
mod returns;
mod running;
mod site;
mod size;
mod stream;
mod tracked;

pub use described::Described;
pub use draft::{
    Draft, IntoRating, IntoRole, IntoText, action, component, feedback, literal, media, said, text,
};
pub use hints::{call_once, captured, pinned};
pub use outcome::{Any, Outcome, Seen, seen};
pub use recorder::Record;
pub use reply::Answer;
pub use returns::{Anything, PlainValue, Returns, WholeReply, returns};
pub use running::{Running, nothing};
pub use site::{AMBIENT, Call, Chosen, Site, choose, cloned};
pub use size::{NotText, Probe, Text, TextLen};
pub use stream::{Gathered, Rebox, Streamed, TrackedStream, stream_of};
pub use tracked::{End, Tracked, UntilReturn};

pub use crate::reply::MessageBody;
