//! The runtime of annotated calls: what the expansions of the macros call.

pub(crate) mod draft;
pub(crate) mod ending;
pub(crate) mod hints;
pub(crate) mod outcome;
pub(crate) mod plain;
pub(crate) mod recorder;
pub(crate) mod reply;
pub(crate) mod running;
pub(crate) mod site;
pub(crate) mod size;
pub(crate) mod stream;
pub(crate) mod tracked;
