//! The layer for services that receive requests.

pub(crate) mod anonymous_id_cookie;
pub(crate) mod body;
pub(crate) mod builder;
pub(crate) mod future;
pub(crate) mod layer;
pub(crate) mod request_conversation;
pub(crate) mod request_state;
pub(crate) mod request_tracking;
pub(crate) mod response;
pub(crate) mod service;
pub(crate) mod settings;
