//! Turns that several processes answer.

use std::sync::Arc;

use crate::conversation::conversation_state::{Continued, ConversationState};
use crate::conversation::current;
use crate::conversation::scope::{ReplyStart, Scope};
use crate::conversation::turn::Turn;
use crate::event::turn_context::error::TurnContextError;
use crate::event::turn_context::fields::ContextFields;
use crate::event::turn_context::turn_context::TurnContext;
use crate::tracker::tracker::Tracker;

impl Turn {
    /// Returns the context that another process needs to continue this turn.
    ///
    /// Inside a reply of this turn, the context contains the id of the reply. Events of the other
    /// process then belong to the reply.
    ///
    /// The context contains the strictest content policy of the tracker and the conversation, the
    /// customer's consent, and the sampling decision. If the tracker has
    /// keys (`TrackerBuilder::turn_context_keys`), the context is signed when it is written, and it
    /// expires after `TrackerBuilder::turn_context_lifetime`, counted from this call.
    #[must_use]
    pub fn context(&self) -> TurnContext {
        let core = self.conversation().core();
        let tracker = core.tracker();
        let identity = core.identity();
        let signer = tracker.signer();
        let fields = ContextFields {
            conversation_id: core.id().clone(),
            user: identity.user.clone(),
            message_id: self.message_id().clone(),
            reply_id: self.reply_in_progress().reply_id().cloned(),
            content: tracker.content().max(identity.content),
            consent: identity.consent.as_deref().cloned(),
            is_sampled: core.is_sampled,
            sample_rate: identity.sample_rate.unwrap_or(tracker.sample_rate()),
            expires_at: signer
                .as_ref()
                .and_then(|signer| signer.expires_at(tracker.id_and_clock().now())),
        };
        TurnContext::new(fields, signer)
    }

    /// Returns the current scope if it belongs to this turn. Otherwise, returns the scope of this
    /// handle.
    fn reply_in_progress(&self) -> Arc<Scope> {
        let current = current::get().filter(|current| current.is_same_turn(self.scope()));
        current.unwrap_or_else(|| Arc::clone(self.scope()))
    }
}

impl Tracker {
    /// Continues a turn of another process.
    ///
    /// Events of the returned turn belong to the conversation, the user, and the message of the
    /// context, or to the reply if the context was created inside a reply. Conversation Started is
    /// not sent again.
    ///
    /// The content policy of the context applies if it is stricter than this tracker's. The consent
    /// and the sampling decision are those of the context.
    ///
    /// The returned turn's conversation does not know how many messages other processes have sent.
    /// [`Conversation::end`] therefore leaves `message_count` out. End the conversation in the
    /// process that started it.
    ///
    /// # Errors
    /// Returns [`TurnContextError`] if the context has expired or, if this tracker has keys
    /// (`TrackerBuilder::turn_context_keys`), if the context is not signed with one of them.
    pub fn continue_turn(&self, context: TurnContext) -> Result<Turn, TurnContextError> {
        // The clock is read only if it is needed, because each reading advances the clock of tests.
        let signer = self.signer();
        if signer.is_some() || context.expires_at().is_some() {
            context.verify(signer.as_deref(), self.id_and_clock().now())?;
        }
        let ContextFields {
            conversation_id,
            user,
            message_id,
            reply_id,
            content,
            consent,
            is_sampled,
            sample_rate,
            expires_at: _,
        } = context.fields;
        let mut state = ConversationState::new(conversation_id, user);
        state.started = true;
        state.latest_message_id = Some(message_id.clone());
        state.content = content;
        state.consent = consent;
        state.continued = Some(Continued {
            is_sampled,
            sample_rate,
            content,
        });
        let turn = Turn::new(&self.resume(state), message_id);
        Ok(match reply_id {
            Some(_) => {
                let scope = turn.scope().reply(reply_id, ReplyStart::Running);
                scope.ignore_facts();
                turn.with_scope(scope)
            }
            None => turn,
        })
    }
}
