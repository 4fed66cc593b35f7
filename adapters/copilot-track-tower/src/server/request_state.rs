//! What the layer knows about a request.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use copilot_track::{
    Consent, Context, Conversation, ConversationId, MessageId, Turn, TurnContext, User,
};
use http::request::Parts;
use http::{HeaderName, Method};

use crate::CONVERSATION_ID_HEADER;
use crate::input::{consent, context, ids};
use crate::server::anonymous_id_cookie;
use crate::server::settings::Settings;

/// The name of the cookie in which analytics.js keeps the user id.
const USER_ID_COOKIE: &str = "ajs_user_id";

/// Whether the warning about turn contexts that are not valid was logged.
static WARNED: AtomicBool = AtomicBool::new(false);

/// What the layer knows about a request, and what the handler did with it.
#[derive(Debug)]
pub(crate) struct RequestState {
    pub(crate) settings: Arc<Settings>,
    /// The user that the request names, if it has an id.
    pub(crate) requested_user: Option<User>,
    /// The user, if the request has an id or the browser is given one.
    pub(crate) user: Option<User>,
    pub(crate) conversation_id: Option<RequestedId>,
    pub(crate) context: Context,
    pub(crate) consent: Option<Consent>,
    /// The turn of another service that this request is part of.
    pub(crate) turn: Option<Turn>,
    /// The anonymous id that the browser can be given in a cookie.
    pub(crate) new_anonymous_id: Option<String>,
    pub(crate) is_https: bool,
    pub(crate) method: Method,
    opened: Mutex<Opened>,
}

/// The conversation id of a request.
#[derive(Debug, Clone)]
pub(crate) struct RequestedId {
    pub(crate) id: ConversationId,
    /// Whether the application chose the id, and not the customer.
    pub(crate) is_trusted: bool,
}

/// The conversation and the latest turn that the handler opened.
#[derive(Debug, Default)]
struct Opened {
    conversation: Option<Conversation>,
    turn: Option<Turn>,
    /// Whether a conversation was continued by a request without ids, such as one from a client
    /// that keeps no cookies.
    is_without_ids: bool,
}

impl RequestState {
    pub(crate) fn new(settings: &Arc<Settings>, request: &Parts) -> Self {
        let mut consent = settings
            .options
            .consent
            .as_ref()
            .and_then(|closure| closure.call(request, &settings.counters));
        let has_gpc = consent::has_gpc(&request.headers);
        if has_gpc {
            consent = consent::refuse(consent, &settings.options.gpc_categories);
        }
        let requested_user = user(settings, request);
        let requested = requested_user.as_ref();
        let lacks_anonymous_id = requested.and_then(User::anonymous_id).is_none();
        let new_anonymous_id = settings
            .options
            .anonymous_id_cookie
            .as_ref()
            .filter(|cookie| {
                let category = cookie.consent_category();
                lacks_anonymous_id && !has_gpc && consent::allows_cookie(consent.as_ref(), category)
            })
            .and_then(|_| Some(User::new_anonymous().anonymous_id()?.to_owned()));
        let user = match &new_anonymous_id {
            Some(id) => ids::user(requested.and_then(User::user_id), Some(id)),
            None => requested_user.clone(),
        };
        let peer = peer(settings, request);
        Self {
            requested_user,
            user,
            conversation_id: conversation_id(settings, request),
            context: context(settings, request, peer),
            consent,
            turn: turn(settings, request),
            new_anonymous_id,
            is_https: is_https(settings, request, peer),
            method: request.method.clone(),
            settings: Arc::clone(settings),
            opened: Mutex::default(),
        }
    }

    pub(crate) fn conversation(&self) -> Option<Conversation> {
        self.opened().conversation.clone()
    }

    pub(crate) fn set_conversation(&self, conversation: &Conversation) {
        self.opened().conversation = Some(conversation.clone());
    }

    /// Records that the conversation was continued by a request without ids.
    pub(crate) fn set_without_ids(&self) {
        self.opened().is_without_ids = true;
    }

    /// Returns whether the browser can be given an anonymous id: not if the conversation keeps
    /// another one.
    pub(crate) fn can_name_user(&self) -> bool {
        !self.opened().is_without_ids
    }

    pub(crate) fn set_turn(&self, turn: &Turn) {
        self.opened().turn = Some(turn.clone());
    }

    /// Returns the id of the latest reply in the latest turn of this request.
    pub(crate) fn reply_id(&self) -> Option<MessageId> {
        self.opened().turn.as_ref()?.reply_id()
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the user of a request. If the application names the users, user ids of the request are
/// not read.
fn user(settings: &Settings, request: &Parts) -> Option<User> {
    let counters = &settings.counters;
    let options = &settings.options;
    let in_header = |name: &Option<HeaderName>| {
        let name = name.as_ref()?;
        ids::in_header(&request.headers, name, counters)
    };
    let in_cookie = |name| ids::in_cookie(&request.headers, name, counters);

    let session = options
        .user
        .as_ref()
        .map(|closure| closure.call(request, counters));
    let is_ambiguous = options
        .user_id_header
        .as_ref()
        .is_some_and(|name| ids::is_ambiguous(&request.headers, name));
    let user_id = match &session {
        Some(user) => user.as_ref().and_then(User::user_id).map(str::to_owned),
        None if is_ambiguous => {
            counters.invalid_ids.increment();
            None
        }
        None => in_header(&options.user_id_header).or_else(|| in_cookie(USER_ID_COOKIE)),
    };
    let session_anonymous_id = session
        .flatten()
        .and_then(|user| user.anonymous_id().map(str::to_owned));
    let anonymous_id = session_anonymous_id
        .or_else(|| in_header(&options.anonymous_id_header))
        .or_else(|| in_cookie(anonymous_id_cookie::NAME));
    ids::user(user_id.as_deref(), anonymous_id.as_deref())
}

fn conversation_id(settings: &Settings, request: &Parts) -> Option<RequestedId> {
    let counters = &settings.counters;
    let options = &settings.options;
    let chosen = options
        .conversation_id
        .as_ref()
        .and_then(|closure| closure.call(request, counters));
    if let Some(id) = chosen {
        match ConversationId::new(id) {
            Ok(id) => {
                return Some(RequestedId {
                    id,
                    is_trusted: true,
                });
            }
            Err(error) => {
                counters.invalid_ids.increment();
                tracing::warn!(%error, "the application's conversation id is not used");
            }
        }
    }
    let header = HeaderName::from_static(CONVERSATION_ID_HEADER);
    let in_cookie = || {
        let name = options.conversation_id_cookie.as_deref()?;
        ids::in_cookie(&request.headers, name, counters)
    };
    let id = ids::in_header(&request.headers, &header, counters).or_else(in_cookie)?;
    Some(RequestedId {
        id: ConversationId::new(id).ok()?,
        is_trusted: false,
    })
}

fn peer(settings: &Settings, request: &Parts) -> Option<IpAddr> {
    let closure = settings.options.peer_address.as_ref()?;
    let address = closure.call(request, &settings.counters)?;
    Some(address.ip())
}

fn context(settings: &Settings, request: &Parts, peer: Option<IpAddr>) -> Context {
    let client = |peer: IpAddr| match &settings.options.trusted_proxies {
        Some(proxies) => proxies.client(peer, &request.headers),
        None => Some(peer.to_canonical()),
    };
    let context = context::of(&request.headers, peer.and_then(client));
    match &settings.options.context {
        Some(closure) => closure.call(request, context, &settings.counters),
        None => context,
    }
}

fn is_https(settings: &Settings, request: &Parts, peer: Option<IpAddr>) -> bool {
    let proxies = settings.options.trusted_proxies.as_ref();
    request.uri.scheme() == Some(&http::uri::Scheme::HTTPS)
        || proxies
            .zip(peer)
            .is_some_and(|(proxies, peer)| proxies.is_https(peer, &request.headers))
}

/// Returns the turn of another service that the request continues.
fn turn(settings: &Settings, request: &Parts) -> Option<Turn> {
    if !settings.options.accepts_turn_contexts {
        return None;
    }
    let turn = TurnContext::extract(&request.headers).and_then(|context| {
        context
            .map(|context| settings.tracker.continue_turn(context))
            .transpose()
    });
    turn.unwrap_or_else(|error| {
        settings.counters.invalid_turn_contexts.increment();
        // Any client can send such a context, so later ones are not warnings.
        if WARNED.swap(true, Ordering::Relaxed) {
            tracing::debug!(%error, "the turn context of a request is not used");
        } else {
            tracing::warn!(%error, "the turn context of a request is not used (logged once)");
        }
        None
    })
}
