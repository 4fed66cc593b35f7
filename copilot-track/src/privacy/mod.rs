//! Content policy, consent, and masking.

pub(crate) mod client_ip;
pub(crate) mod consent;
pub(crate) mod content;
pub(crate) mod masking;
