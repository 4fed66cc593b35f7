//! What expanded code calls. Nothing else may: this module changes without notice.
//!
//! | module | is |
//! | --- | --- |
//! | `site` | the place of an annotation, and the frame that a call of it runs in |
//! | `draft` | an event from an attribute's arguments |
//! | `ending` | events that wait for the end of the function |
//! | `outcome` | success or failure, read from a value |
//! | `reply`, `stream` | the scope of a reply, and the tracked stream |
//! | `session` | the scopes of `tracked_message` and `tracked_conversation` |
//! | `size`, `described` | what a derived event says of itself |

mod described;
mod draft;
mod ending;
mod outcome;
mod reply;
mod session;
mod site;
mod size;
mod stream;

pub use described::Described;
pub use draft::{
    Draft, IntoRating, IntoRole, IntoText, action, component, feedback, literal, media, said, text,
};
pub use ending::{Held, Record, Recorder};
pub use outcome::{Fallible, Infallible, Outcome, Probe};
pub use reply::{Answer, Reply};
pub use session::{InMessage, Session};
pub use site::{AMBIENT, Call, Chosen, Site, call_once, captured, choose, cloned};
pub use size::{NotText, Text, TextLen};
pub use stream::{Gathered, Rebox, Streamed, TrackedStream, stream_of};

pub use crate::reply::MessageBody;
