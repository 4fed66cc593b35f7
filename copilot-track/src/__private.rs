//! Items used by the code that the macros generate. They are exempt from semantic versioning.
//!
//! Generated code mostly calls methods on [`CallSite`]. Most expansions declare a static of that
//! type, because a method call compiles faster than a path or an import. An expansion with a single
//! call uses a path, because a static takes longer to compile than a path.

pub use copilot_track_macros::{describe, plan};

pub use crate::event::described::listed_type::{ListedType, NotAnEvent, OtherListed};
pub use crate::event::described::planned_event::Description;
pub use crate::event::described::probe::{OtherType, TracedType, TypeProbe};
pub use crate::event::described::rule::rule;
pub use crate::event::event_name::{ConstantName, event_name, event_name_problem};
pub use crate::event::properties::flattened::{AnyFlattened, FlattenProbe, SingleFlattened};
pub use crate::event::properties::serialize_with::serialize_with;
pub use crate::tracking::call_outcome::{AnyInspected, Inspected};
pub use crate::tracking::call_site::{
    ActiveScope, CURRENT, CallSite, Condition, TargetConversation,
};
pub use crate::tracking::completion_handler::{
    AnyOutputType, ClosureHandler, CompletionHandler, DetectFailure, Fallible, Infallible,
    NoHandler, OutcomeHandler, OutputType, ReplyHandler,
};
pub use crate::tracking::evaluation::Evaluated;
pub use crate::tracking::literal_calls::send_action;
pub use crate::tracking::long_text::{LongTextField, OtherLongField, ShortenProbe};
pub use crate::tracking::pending_event::{IntoCowStr, PendingEvent};
pub use crate::tracking::recorder::RecordOptions;
pub use crate::tracking::reply::ReplyOptions;
pub use crate::tracking::return_type::{
    AnyReturned, MaybeFuture, MaybeInner, MaybeStream, Returned,
};
pub use crate::tracking::returned_call::{
    DeferredCall, FutureOutput, Lazy, Prepared, StartingFuture, WrapFuture,
};
pub use crate::tracking::shared_future::SharedFuture;
pub use crate::tracking::streamed_text::StreamedText;
pub use crate::tracking::text_size::{OtherField, SizeProbe, TextField, TextSize};
pub use crate::tracking::tracked_call::{Completion, ReturnGuard, TrackedCall};
pub use crate::tracking::tracked_future::{DrivenFuture, TrackedFuture};
pub use crate::tracking::tracked_stream::{StreamedReply, TrackedStream};
