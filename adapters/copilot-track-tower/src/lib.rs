#![doc = include_str!("../README.md")]
//!
//! # Where each fact comes from
//!
//! | fact | from the request | override |
//! | --- | --- | --- |
//! | user id | the `ajs_user_id` cookie | [`user`](TrackLayerBuilder::user), [`user_id_header`](TrackLayerBuilder::user_id_header) |
//! | anonymous id | the `ajs_anonymous_id` cookie | [`user`](TrackLayerBuilder::user), [`anonymous_id_header`](TrackLayerBuilder::anonymous_id_header) |
//! | conversation id | the `copilot-conversation-id` header | [`conversation_id`](TrackLayerBuilder::conversation_id), [`conversation_id_cookie`](TrackLayerBuilder::conversation_id_cookie), [`RequestTracking::open`] |
//! | turn of another service | the `copilot-track` header, only with [`accept_turn_contexts`](TrackLayerBuilder::accept_turn_contexts) | |
//! | IP address | the peer's address, or the header of a [trusted proxy](TrustedProxies) | [`peer_address`](TrackLayerBuilder::peer_address), [`context`](TrackLayerBuilder::context) |
//! | user agent, locale, page | `User-Agent`, `Accept-Language`, `Referer` | [`context`](TrackLayerBuilder::context) |
//! | consent | `Sec-GPC`, with [`gpc_categories`](TrackLayerBuilder::gpc_categories) | [`consent`](TrackLayerBuilder::consent) |
//!
//! Cookies of analytics.js can be quoted and percent-encoded. Ids of users and conversations have
//! at most 100 characters. Ids that are longer, contain control characters, or are not valid UTF-8
//! are not used. They are counted in [`RequestCounts`]. No request is rejected because of them.
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `axum` (default) | the extractors [`RequestConversation`], [`RequestTurn`], and [`RequestTracking`] for axum 0.8 |
//!
//! Without features, the crate works with any tower service whose body implements
//! [`http_body::Body`]. Handlers then use [`RequestTracking::of`].
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
#[cfg(feature = "axum")]
mod extract;
mod input;
mod server;

pub use self::client::inject_turn::{InjectTurn, InjectTurnLayer};
pub use self::client::origin::ParseOriginError;
#[cfg(feature = "axum")]
pub use self::extract::{MissingTrackLayer, RequestTurn, RequestTurnRejection};
pub use self::input::cookies::cookie;
pub use self::input::counts::RequestCounts;
pub use self::input::proxies::{ParseNetworkError, TrustedProxies};
pub use self::server::anonymous_id_cookie::AnonymousIdCookie;
pub use self::server::body::TrackedBody;
pub use self::server::builder::TrackLayerBuilder;
pub use self::server::future::ResponseFuture;
pub use self::server::layer::TrackLayer;
pub use self::server::request_conversation::RequestConversation;
pub use self::server::request_tracking::RequestTracking;
pub use self::server::service::TrackService;

/// The header that contains the id of the conversation, in requests and in responses.
///
/// An id that contains characters other than visible ASCII characters and spaces is not in the
/// response's header.
pub const CONVERSATION_ID_HEADER: &str = "copilot-conversation-id";

/// The response header that contains the id of the reply: the `messageId` of Message Received.
pub const REPLY_ID_HEADER: &str = "copilot-reply-id";
