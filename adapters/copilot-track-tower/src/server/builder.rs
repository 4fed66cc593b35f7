//! The builder of a layer.

use std::net::SocketAddr;
use std::time::Duration;

use copilot_track::{Consent, Context, Conversations, Tracker, User};
use http::HeaderName;
use http::request::Parts;

use crate::input::app_closure::{AppClosure, ContextClosure};
use crate::input::counts::Counters;
use crate::input::proxies::TrustedProxies;
use crate::server::anonymous_id_cookie::AnonymousIdCookie;
use crate::server::layer::TrackLayer;
use crate::server::settings::{Options, Settings};

/// How long a conversation may be idle before it is ended, by default.
const DEFAULT_IDLE: Duration = Duration::from_secs(30 * 60);

/// A builder that configures and creates a [`TrackLayer`]. Returned by [`TrackLayer::builder`].
///
/// The closures are called once for each request, before the handler. They see the request without
/// its body, with the extensions that outer layers have added. They should not block. If a closure
/// panics, the panic is caught, counted in [`RequestCounts`](crate::RequestCounts), and treated
/// like `None`.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct TrackLayerBuilder {
    tracker: Tracker,
    conversations: Option<Conversations>,
    options: Options,
}

impl TrackLayer {
    /// Creates a layer with the default settings: ids come from the cookies of analytics.js and
    /// from the `copilot-conversation-id` header. Conversations end after 30 minutes.
    #[must_use]
    pub fn new(tracker: &Tracker) -> Self {
        Self::builder(tracker).build()
    }

    /// Returns a builder with the default settings.
    pub fn builder(tracker: &Tracker) -> TrackLayerBuilder {
        TrackLayerBuilder {
            tracker: tracker.clone(),
            conversations: None,
            options: Options::default(),
        }
    }
}

/// Who the customer is.
impl TrackLayerBuilder {
    /// Names the user of a request from your application's own authentication. Returns `None` if
    /// the customer is not logged in.
    ///
    /// Default: the user id comes from the `ajs_user_id` cookie, which customers can change.
    ///
    /// With this closure, user ids in cookies and headers are not read, not even if the closure
    /// returns `None`. The anonymous id still comes from cookies or headers, unless the returned
    /// user has one.
    ///
    /// ```
    /// # fn example(tracker: &copilot_track::Tracker) {
    /// use copilot_track::User;
    /// use copilot_track_tower::TrackLayer;
    ///
    /// #[derive(Clone)]
    /// struct Session { user_id: String } // your session layer adds it to the extensions
    ///
    /// let layer = TrackLayer::builder(tracker)
    ///     .user(|request| {
    ///         let session = request.extensions.get::<Session>()?;
    ///         User::known(&session.user_id).ok()
    ///     })
    ///     .build();
    /// # drop(layer);
    /// # }
    /// ```
    pub fn user(mut self, user: impl Fn(&Parts) -> Option<User> + Send + Sync + 'static) -> Self {
        self.options.user = Some(AppClosure::new(user));
        self
    }

    /// Sets a header that contains the user id. It is used before the cookie.
    ///
    /// Default: none. Use it behind a gateway that authenticates customers and removes this header
    /// from their requests. A request in which the header occurs with different values has no user
    /// id.
    pub fn user_id_header(mut self, name: HeaderName) -> Self {
        self.options.user_id_header = Some(name);
        self
    }

    /// Sets a header that contains the anonymous id, for clients that keep no cookies. It is used
    /// before the cookie.
    ///
    /// Default: none.
    pub fn anonymous_id_header(mut self, name: HeaderName) -> Self {
        self.options.anonymous_id_header = Some(name);
        self
    }

    /// Gives browsers without an anonymous id a cookie with a new one.
    ///
    /// Default: no cookie is set. Events of a request without any id then have a random anonymous
    /// id, which the browser does not know. [`AnonymousIdCookie`] describes when the cookie is set.
    pub fn anonymous_id_cookie(mut self, cookie: AnonymousIdCookie) -> Self {
        self.options.anonymous_id_cookie = Some(cookie);
        self
    }

    /// Sets a closure that returns the customer's consent, for example from a cookie (see
    /// [`cookie`](crate::cookie)) or from your application's session.
    ///
    /// Default: events have no consent. The consent is set for the conversation of the request.
    pub fn consent(
        mut self,
        consent: impl Fn(&Parts) -> Option<Consent> + Send + Sync + 'static,
    ) -> Self {
        self.options.consent = Some(AppClosure::new(consent));
        self
    }

    /// Sets the categories of consent that the `Sec-GPC: 1` header refuses. The header overrides
    /// the answers of the [`consent`](Self::consent) closure. `categories` are the ids in Segment.
    ///
    /// Default: none. [`AnonymousIdCookie`] is never set if the request has this header.
    pub fn gpc_categories<C: Into<String>>(
        mut self,
        categories: impl IntoIterator<Item = C>,
    ) -> Self {
        self.options.gpc_categories = categories.into_iter().map(Into::into).collect();
        self
    }
}

/// Which conversation the request belongs to.
impl TrackLayerBuilder {
    /// Sets the conversations that the layer opens, for example to share them with other parts of
    /// the application.
    ///
    /// Default: conversations of the tracker that end after 30 minutes without activity.
    pub fn conversations(mut self, conversations: &Conversations) -> Self {
        self.conversations = Some(conversations.clone());
        self
    }

    /// Sets a closure that returns the id of the request's conversation, for example from the path.
    /// Check that the customer may use this conversation. If the closure returns `None`, the header
    /// and the cookie are used.
    ///
    /// Default: the id comes from the `copilot-conversation-id` header.
    pub fn conversation_id(
        mut self,
        id: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.options.conversation_id = Some(AppClosure::new(id));
        self
    }

    /// Sets the name of a cookie that contains the conversation id. It is used if there is no
    /// header. The layer does not set this cookie.
    ///
    /// Default: none.
    pub fn conversation_id_cookie(mut self, name: impl Into<String>) -> Self {
        self.options.conversation_id_cookie = Some(name.into());
        self
    }

    /// Continues turns of other services, whose contexts are in the `copilot-track` header. Such a
    /// turn is current while the handler and its response body run, so annotated functions need
    /// nothing else.
    ///
    /// Default: the header is not read, because customers can send it, too. Use this only in
    /// services that customers cannot reach, or with a tracker that verifies signatures
    /// (`TrackerBuilder::turn_context_keys`). A context that cannot be used is counted, and the
    /// request is answered as if there were none.
    pub fn accept_turn_contexts(mut self) -> Self {
        self.options.accepts_turn_contexts = true;
        self
    }
}

/// What surrounds the events.
impl TrackLayerBuilder {
    /// Sets a closure that changes the context of a request, for example to add a group id or to
    /// remove the page.
    ///
    /// Default: the context has the IP address, the user agent, the locale (the language of
    /// `Accept-Language` with the highest quality), and the page (`Referer`), as far as they are
    /// known. It is set for the turns that the request starts, and, until the next request, for
    /// the conversation. A field that the application sets with
    /// [`Conversation::set_context`](copilot_track::Conversation::set_context) or
    /// [`Turn::with_context`](copilot_track::Turn::with_context) wins over that of the request. A
    /// field of the request wins over that of the tracker.
    pub fn context(
        mut self,
        context: impl Fn(&Parts, Context) -> Context + Send + Sync + 'static,
    ) -> Self {
        self.options.context = Some(ContextClosure::new(context));
        self
    }

    /// Sets a closure that returns the address of the connection's peer.
    ///
    /// Default: the address is not known, and events have no IP address. With axum:
    ///
    /// ```
    /// # fn example(tracker: &copilot_track::Tracker) {
    /// use std::net::SocketAddr;
    /// use axum::extract::ConnectInfo;
    /// use copilot_track_tower::TrackLayer;
    ///
    /// // Serve the router with `into_make_service_with_connect_info::<SocketAddr>()`.
    /// let layer = TrackLayer::builder(tracker)
    ///     .peer_address(|request| {
    ///         let peer = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    ///         Some(peer.0)
    ///     })
    ///     .build();
    /// # drop(layer);
    /// # }
    /// ```
    pub fn peer_address(
        mut self,
        address: impl Fn(&Parts) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.options.peer_address = Some(AppClosure::new(address));
        self
    }

    /// Trusts the headers of your proxies. They need the [`peer_address`](Self::peer_address).
    ///
    /// Default: the customer's address is the peer's.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.options.trusted_proxies = Some(proxies);
        self
    }
}

/// What the response contains.
impl TrackLayerBuilder {
    /// Sends an event with the ids before the other events of a `text/event-stream` response:
    ///
    /// ```text
    /// event: copilot-track
    /// data: {"conversationId":"…","replyId":"…"}
    /// ```
    ///
    /// Default: no event is sent, because hand-written clients may not expect it. The ids are also
    /// in headers, but an `EventSource` in a browser cannot read these. `replyId` is left out if no
    /// reply has started when the stream is first polled.
    pub fn sse_event(mut self) -> Self {
        self.options.with_sse_event = true;
        self
    }

    /// Creates the layer.
    #[must_use]
    pub fn build(self) -> TrackLayer {
        let conversations = self.conversations.unwrap_or_else(|| {
            Conversations::builder(&self.tracker)
                .end_after_idle(DEFAULT_IDLE)
                .build()
        });
        TrackLayer::from_settings(Settings {
            tracker: self.tracker,
            conversations,
            counters: Counters::default(),
            options: self.options,
        })
    }
}
