//! The settings of a layer.

use std::net::SocketAddr;

use copilot_track::{Consent, Conversations, Tracker, User};
use http::HeaderName;

use crate::input::app_closure::{AppClosure, ContextClosure};
use crate::input::counts::Counters;
use crate::input::proxies::TrustedProxies;
use crate::server::anonymous_id_cookie::AnonymousIdCookie;

/// The settings of a layer, shared by all of its services.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) tracker: Tracker,
    pub(crate) conversations: Conversations,
    pub(crate) counters: Counters,
    pub(crate) options: Options,
}

/// The settings that do not depend on the tracker.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) user: Option<AppClosure<User>>,
    pub(crate) user_id_header: Option<HeaderName>,
    pub(crate) anonymous_id_header: Option<HeaderName>,
    pub(crate) conversation_id: Option<AppClosure<String>>,
    pub(crate) conversation_id_cookie: Option<String>,
    pub(crate) context: Option<ContextClosure>,
    pub(crate) consent: Option<AppClosure<Consent>>,
    pub(crate) gpc_categories: Vec<String>,
    pub(crate) peer_address: Option<AppClosure<SocketAddr>>,
    pub(crate) trusted_proxies: Option<TrustedProxies>,
    pub(crate) anonymous_id_cookie: Option<AnonymousIdCookie>,
    pub(crate) accepts_turn_contexts: bool,
    pub(crate) with_sse_event: bool,
}
