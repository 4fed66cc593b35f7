//! The runtime of annotated calls, for use by the code that the macros generate.

pub(crate) mod call_location;
pub(crate) mod call_outcome;
pub(crate) mod call_scope;
pub(crate) mod call_site;
pub(crate) mod completion_handler;
pub(crate) mod evaluation;
pub(crate) mod literal_calls;
pub(crate) mod long_text;
pub(crate) mod pending_event;
pub(crate) mod pending_reply;
pub(crate) mod recorder;
pub(crate) mod reply;
pub(crate) mod reported_tool;
pub(crate) mod return_type;
pub(crate) mod returned_call;
pub(crate) mod shared_future;
pub(crate) mod streamed_text;
pub(crate) mod text_size;
pub(crate) mod tracked_call;
pub(crate) mod tracked_future;
pub(crate) mod tracked_stream;
pub(crate) mod type_hints;
