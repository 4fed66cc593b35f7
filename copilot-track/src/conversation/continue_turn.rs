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
    /// [`Conversation::end`](crate::Conversation::end) therefore leaves `message_count` out. End
    /// the conversation in the process that started it.
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

#[cfg(feature = "signed-context")]
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::TestTracker;

    const KEY: [u8; 32] = [1; 32];
    const OTHER_KEY: [u8; 32] = [2; 32];

    fn tracker(keys: &[[u8; 32]]) -> TestTracker {
        TestTracker::with(Tracker::builder().turn_context_keys(keys)).unwrap()
    }

    /// Returns a token whose payload was changed after it was signed.
    fn forged(token: &str, change: impl FnOnce(&mut Value)) -> String {
        let parts: Vec<_> = token.split('.').collect();
        let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
        let mut payload = serde_json::from_slice(&payload).unwrap();
        change(&mut payload);
        let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
        [parts[0], &payload, parts[2]].join(".")
    }

    #[test]
    fn a_tracker_with_keys_continues_only_turns_that_were_signed_with_one_of_them() {
        let first = tracker(&[KEY]);
        let signed = first.conversation().turn("Hello").context();
        let signed = signed.encode().unwrap();
        let unsigned = TestTracker::new().conversation().turn("Hello").context();
        let unsigned = unsigned.encode().unwrap();
        let forged = forged(&signed, |payload| payload["userId"] = json!("456"));
        let result = |keys: &[[u8; 32]], token: &str| {
            let second = tracker(keys);
            let turn = second.tracker().continue_turn(token.parse().unwrap())?;
            turn.action_invoked("Tool Call", "look up");
            let event = second.event("Action Invoked");
            Ok(event.user_id().map(str::to_owned))
        };
        let user = |id: &str| Ok(Some(id.to_owned()));
        assert_eq!(result(&[OTHER_KEY, KEY], &signed), user("test-user"));
        for (token, error) in [
            (&unsigned, TurnContextError::Unsigned),
            (&forged, TurnContextError::InvalidSignature),
        ] {
            assert_eq!(result(&[KEY], token), Err(error));
        }
        let error = TurnContextError::InvalidSignature;
        assert_eq!(result(&[OTHER_KEY], &signed), Err(error));
        // Without keys, every claim is accepted.
        assert_eq!(result(&[], &forged), user("456"));
    }

    #[test]
    fn an_expired_context_is_rejected_with_and_without_keys() {
        let lifetime = Duration::from_secs(60);
        let builder = Tracker::builder().turn_context_keys([KEY]);
        let first = TestTracker::with(builder.turn_context_lifetime(lifetime)).unwrap();
        let mut context = first.conversation().turn("Hello").context();
        context.fields.expires_at = Some(1);
        let token = context.encode().unwrap();
        for keys in [&[KEY][..], &[]] {
            let second = tracker(keys);
            let expired = second.tracker().continue_turn(token.parse().unwrap());
            assert_eq!(expired.unwrap_err(), TurnContextError::Expired);
        }
    }
}
