//! Creates events, with their verdicts, from requests and from lines of an import.

pub(crate) mod call;
pub(crate) mod envelope;
pub(crate) mod import;
pub(crate) mod recheck;
