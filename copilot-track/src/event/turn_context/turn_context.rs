//! The context of a turn, in a form that other processes can read.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::turn_context::carrier::{Extractor, Injector};
use crate::event::turn_context::error::TurnContextError;
use crate::event::turn_context::fields::ContextFields;
use crate::event::turn_context::{Signer, payload, token};
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::util::reentrancy;

/// The context of a turn, which another process needs to continue the turn: the conversation, the
/// user, the messages, and the privacy settings.
///
/// [`Turn::context`](crate::Turn::context) returns the context of a turn. The sender writes the
/// context to the headers of a request or of a queued job, or to the `_meta` of an MCP request. The
/// receiver reads the context and passes it to
/// [`Tracker::continue_turn`](crate::Tracker::continue_turn):
///
/// ```
/// use std::collections::HashMap;
/// use copilot_track::{Tracker, TurnContext, User};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tracker = Tracker::disabled();
/// # let turn = tracker.conversation(User::known("123")?).turn("Is it in stock?");
/// let mut headers = HashMap::new();
/// turn.context().inject(&mut headers);
///
/// // In the other process:
/// if let Some(context) = TurnContext::extract(&headers)? {
///     let turn = tracker.continue_turn(context)?;
///     # drop(turn);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Format
///
/// The context is one string of at most 4,096 bytes under the key [`TurnContext::KEY`]. It has the
/// form `v1.PAYLOAD` or, if it is signed, `v1.PAYLOAD.SIGNATURE`. Both parts are in base64url. The
/// payload is a JSON object with these members:
///
/// | member | meaning |
/// | --- | --- |
/// | `conversationId` | the id of the conversation |
/// | `userId`, `anonymousId` | the ids of the user; at least one of them |
/// | `messageId` | the id of the customer's message |
/// | `replyId` | the id of the reply, if the context was created inside a reply |
/// | `content` | the content policy: `full`, `masked`, or `hidden`; other values have the effect of `hidden` |
/// | `consent` | the customer's consent, in the format of Segment's `context.consent` |
/// | `sampled` | `false` if sampling does not select the conversation |
/// | `sampleRate` | the sample rate, if it is less than 1 |
/// | `expiresAt` | the time when the context expires, in seconds since the Unix epoch |
///
/// Other members are ignored. The signature is an HMAC-SHA256 of everything before the second dot.
///
/// serde serializes a `TurnContext` as this string.
///
/// # Trust
///
/// A context from outside is a claim. Without signatures, a client that sends the header itself can
/// add events to any conversation whose id it knows, under any user id. Accept the header only from
/// your own services, or set the same key on all trackers (the `signed-context` feature). The
/// content policy of a context applies only if it is stricter than the receiving tracker's.
#[derive(Clone)]
pub struct TurnContext {
    pub(crate) fields: ContextFields,
    origin: Origin,
}

/// The characters that are percent-encoded in baggage.
const BAGGAGE_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where a context comes from.
#[derive(Clone)]
enum Origin {
    /// A turn of this process. The signer signs the context when it is written.
    Turn(Option<Arc<Signer>>),
    /// A carrier. The token is kept, so that its signature can be verified and the context can be
    /// forwarded.
    Token(Box<str>),
}

impl TurnContext {
    /// The key under which the context is written: a header name or a member of `_meta`.
    pub const KEY: &'static str = "copilot-track";

    pub(crate) fn new(fields: ContextFields, signer: Option<Arc<Signer>>) -> Self {
        Self {
            fields,
            origin: Origin::Turn(signer),
        }
    }

    /// Writes the context to a carrier.
    ///
    /// If the encoded context has more than 4,096 bytes, nothing is written, a context that the
    /// carrier already has is removed, and a warning is logged. Only a consent with many categories
    /// can make a context this long. To handle this case, use [`encode`](Self::encode).
    pub fn inject(&self, carrier: &mut (impl Injector + ?Sized)) {
        match self.encode() {
            Ok(token) => carrier.set(Self::KEY, token),
            Err(error) => {
                // The carrier can have the context of another turn.
                carrier.remove(Self::KEY);
                reentrancy::log(|| tracing::warn!(%error, "the turn context was not written"));
            }
        }
    }

    /// Reads a context from a carrier. Returns `Ok(None)` if the carrier has no context.
    ///
    /// A signature is verified later, by [`Tracker::continue_turn`](crate::Tracker::continue_turn).
    ///
    /// # Errors
    /// Returns [`TurnContextError`] if there is a context, but it cannot be read.
    pub fn extract(carrier: &(impl Extractor + ?Sized)) -> Result<Option<Self>, TurnContextError> {
        let token = carrier.get(Self::KEY).filter(|token| !token.is_empty());
        token.map(str::parse).transpose()
    }

    /// Returns the context as a string, in the [documented format](Self#format). To parse the
    /// string, use `str::parse`.
    ///
    /// # Errors
    /// Returns [`TurnContextError::TooLong`] if the string has more than 4,096 bytes.
    pub fn encode(&self) -> Result<String, TurnContextError> {
        let signer = match &self.origin {
            Origin::Token(token) => return Ok(token.clone().into()),
            Origin::Turn(signer) => signer,
        };
        let mut encoded = token::encode(&payload::to_json(&self.fields));
        if let Some(signer) = signer {
            signer.sign(&mut encoded);
        }
        token::check_length(&encoded)?;
        Ok(encoded)
    }

    /// Returns the ids of the conversation and the reply in the format of W3C
    /// [`baggage`](https://www.w3.org/TR/baggage/):
    /// `copilot-track.conversation-id=…,copilot-track.reply-id=…`.
    ///
    /// Append the string to the `baggage` header if traces should contain these ids. Tracing tools
    /// forward baggage to third parties, so it contains nothing else, and a turn cannot be
    /// continued from it.
    #[must_use]
    pub fn baggage(&self) -> String {
        let encode = |id| utf8_percent_encode(id, BAGGAGE_VALUE);
        let conversation = encode(self.fields.conversation_id.as_str());
        let baggage = format!("copilot-track.conversation-id={conversation}");
        match &self.fields.reply_id {
            Some(reply) => {
                let reply = encode(reply.as_str());
                format!("{baggage},copilot-track.reply-id={reply}")
            }
            None => baggage,
        }
    }

    /// Returns the id of the conversation.
    #[must_use]
    pub fn conversation_id(&self) -> &ConversationId {
        &self.fields.conversation_id
    }

    /// Returns the user.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.fields.user
    }

    /// Returns the id of the customer's message.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.fields.message_id
    }

    /// Returns the id of the reply, if the context was created inside a reply.
    #[must_use]
    pub fn reply_id(&self) -> Option<&MessageId> {
        self.fields.reply_id.as_ref()
    }

    /// Returns the content policy of the process that created the context.
    #[must_use]
    pub fn content(&self) -> Content {
        self.fields.content
    }

    /// Returns the customer's consent, if it was set.
    #[must_use]
    pub fn consent(&self) -> Option<&Consent> {
        self.fields.consent.as_ref()
    }

    /// Returns whether sampling selects the conversation.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.fields.is_sampled
    }

    /// Returns the time when the context expires. Only signed contexts expire.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.fields.expires_at?))
    }

    /// Checks the signature and the expiry. Without a signer, signatures are ignored, but an
    /// expired context is still rejected.
    pub(crate) fn verify(
        &self,
        signer: Option<&Signer>,
        now: SystemTime,
    ) -> Result<(), TurnContextError> {
        if let (Origin::Token(token), Some(signer)) = (&self.origin, signer) {
            let signature = token::decode(token)?.signature;
            signer.verify(&signature.ok_or(TurnContextError::Unsigned)?)?;
        }
        if self.expires_at().is_some_and(|expiry| expiry <= now) {
            return Err(TurnContextError::Expired);
        }
        Ok(())
    }
}

impl FromStr for TurnContext {
    type Err = TurnContextError;

    fn from_str(text: &str) -> Result<Self, TurnContextError> {
        let text = text.trim_ascii();
        let parts = token::decode(text)?;
        Ok(Self {
            fields: payload::from_json(&parts.payload)?,
            origin: Origin::Token(text.into()),
        })
    }
}

impl PartialEq for TurnContext {
    /// Compares the contents. Signatures are not compared.
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl fmt::Debug for TurnContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The user and the signature are not shown.
        f.debug_struct("TurnContext")
            .field("conversation_id", &self.fields.conversation_id)
            .field("message_id", &self.fields.message_id)
            .field("reply_id", &self.fields.reply_id)
            .field("content", &self.fields.content)
            .finish_non_exhaustive()
    }
}

impl Serialize for TurnContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let token = self.encode().map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&token)
    }
}

impl<'de> Deserialize<'de> for TurnContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let token = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        token.parse().map_err(serde::de::Error::custom)
    }
}
