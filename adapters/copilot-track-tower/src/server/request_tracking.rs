//! The handle to a request that handlers use.

use std::sync::Arc;

use copilot_track::{Consent, Context, Conversation, ParseIdError, Turn, User};
use http::Extensions;

use crate::input::ids;
use crate::server::request_conversation::RequestConversation;
use crate::server::request_state::RequestState;

/// How often a conversation is opened again because its owner has changed in the meantime.
const MAX_ATTEMPTS: usize = 3;

/// What [`TrackLayer`](crate::TrackLayer) knows about a request: the user, the context, the
/// consent, and the turn of another service. It also opens conversations.
///
/// In axum, it is an extractor. Other tower services take it from the extensions of the request,
/// with [`of`](Self::of).
///
/// Most handlers need only [`RequestConversation`]. Use `RequestTracking` if the id of the
/// conversation is in the body:
///
/// ```
/// # use copilot_track_tower::RequestTracking;
/// # struct Message { conversation_id: String, text: String }
/// async fn chat(tracking: RequestTracking, message: Message) -> Result<String, String> {
///     // Check that this customer may use the conversation. Then:
///     let conversation = tracking.open(&message.conversation_id).await;
///     let turn = conversation.map_err(|error| error.to_string())?.turn(message.text);
///     turn.message_received("Yes");
///     Ok("Yes".to_owned())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct RequestTracking {
    state: Arc<RequestState>,
}

impl RequestTracking {
    pub(crate) fn new(state: Arc<RequestState>) -> Self {
        Self { state }
    }

    /// Returns the handle in the extensions of a request. Returns `None` if the request did not
    /// pass through a [`TrackLayer`](crate::TrackLayer).
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().cloned()
    }

    /// Returns the user. Returns `None` if the request has no id of a user, and the browser is not
    /// given one.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.state.user.as_ref()
    }

    /// Returns the context: the IP address, the user agent, the locale, and the page.
    pub fn context(&self) -> &Context {
        &self.state.context
    }

    /// Returns the customer's consent, if it is known.
    #[must_use]
    pub fn consent(&self) -> Option<&Consent> {
        self.state.consent.as_ref()
    }

    /// Returns the turn of another service that this request is part of. Turns are read only with
    /// [`accept_turn_contexts`](crate::TrackLayerBuilder::accept_turn_contexts).
    #[must_use]
    pub fn turn(&self) -> Option<&Turn> {
        self.state.turn.as_ref()
    }

    /// Opens the conversation of the request.
    ///
    /// - If the request is part of a turn of another service, this is the conversation of the turn.
    /// - If the request has a conversation id, this is the conversation with that id. If the id
    ///   comes from the customer and the conversation belongs to another user, a new conversation
    ///   is started instead. The [front page](crate#whose-conversation-is-it) describes the rule.
    /// - Otherwise, a new conversation with a random id is started.
    ///
    /// Further calls in the same request return the same conversation.
    pub async fn conversation(&self) -> RequestConversation {
        if let Some(conversation) = self.state.conversation() {
            return self.wrap(conversation);
        }
        if let Some(turn) = &self.state.turn {
            return self.wrap(turn.conversation().clone());
        }
        let settings = &self.state.settings;
        let Some(requested) = &self.state.conversation_id else {
            return self.start().await;
        };
        let opened = settings.conversations.open_with(&requested.id, |owner| {
            let is_allowed = requested.is_trusted
                || owner.is_none_or(|owner| {
                    ids::may_continue(owner, self.state.requested_user.as_ref())
                });
            is_allowed.then(|| self.user_for(owner))
        });
        if let Ok(Some(conversation)) = opened.await {
            return self.opened(conversation);
        }
        if requested.is_trusted
            && let Ok(conversation) = self.open(&requested.id).await
        {
            // Another request has just opened the conversation.
            return conversation;
        }
        // The id is valid, so the conversation belongs to another user.
        settings.counters.refused_conversations.increment();
        self.start().await
    }

    /// Opens the conversation with an id that your application has checked.
    ///
    /// If this process does not know the conversation, it is created. If the conversation has
    /// another user, the user of the request is identified, as in
    /// [`Conversations::open`](copilot_track::Conversations::open).
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than 100 characters.
    pub async fn open(&self, id: impl AsRef<str>) -> Result<RequestConversation, ParseIdError> {
        let conversations = &self.state.settings.conversations;
        // Other requests can change the owner while this one opens the conversation.
        for _ in 0..MAX_ATTEMPTS {
            let opened = conversations.open_with(&id, |owner| Some(self.user_for(owner)));
            if let Some(conversation) = opened.await? {
                return Ok(self.opened(conversation));
            }
        }
        let conversation = conversations.open(&id, self.user_for(None)).await?;
        Ok(self.opened(conversation))
    }

    /// Returns the user of a conversation with this owner. If the request has no ids, the
    /// conversation keeps its user.
    fn user_for(&self, owner: Option<&User>) -> User {
        match owner {
            Some(owner) if self.state.requested_user.is_none() => {
                self.state.set_without_ids();
                owner.clone()
            }
            _ => self.user_or_new(),
        }
    }

    /// Starts a conversation with a random id.
    async fn start(&self) -> RequestConversation {
        let settings = &self.state.settings;
        let user = self.user_or_new();
        // This handle only provides a random id. It sends nothing.
        let unregistered = settings.tracker.conversation(user.clone());
        let registered = settings.conversations.open(unregistered.id(), user).await;
        self.opened(registered.unwrap_or(unregistered))
    }

    fn user_or_new(&self) -> User {
        self.user().cloned().unwrap_or_else(User::new_anonymous)
    }

    fn opened(&self, conversation: Conversation) -> RequestConversation {
        if !self.state.context.is_empty() {
            conversation.set_request_context(self.state.context.clone());
        }
        if let Some(consent) = &self.state.consent {
            conversation.set_consent(consent.clone());
        }
        self.wrap(conversation)
    }

    fn wrap(&self, conversation: Conversation) -> RequestConversation {
        self.state.set_conversation(&conversation);
        RequestConversation::new(conversation, Arc::clone(&self.state))
    }
}
