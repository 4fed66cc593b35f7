//! The JSON in an encoded turn context.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::sampling::SampleRate;
use crate::event::turn_context::error::TurnContextError;
use crate::event::turn_context::fields::ContextFields;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;

/// The JSON form of [`ContextFields`]. Unknown members are ignored, because a later version can add
/// members.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow)]
    conversation_id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    user_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    anonymous_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    reply_id: Option<Cow<'a, str>>,
    /// The name of a content policy.
    #[serde(borrow, default)]
    content: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent: Option<Consent>,
    /// Whether the conversation is sampled. The default is `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sampled: Option<bool>,
    /// The sample rate. The default is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sample_rate: Option<f64>,
    /// The time when the context expires, in seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

/// Returns the fields as JSON.
pub(super) fn to_json(fields: &ContextFields) -> Vec<u8> {
    let payload = Payload {
        conversation_id: fields.conversation_id.as_str().into(),
        user_id: fields.user.user_id().map(Cow::Borrowed),
        anonymous_id: fields.user.anonymous_id().map(Cow::Borrowed),
        message_id: fields.message_id.as_str().into(),
        reply_id: fields
            .reply_id
            .as_ref()
            .map(|id| Cow::Borrowed(id.as_str())),
        content: Some(fields.content.as_str().into()),
        consent: fields.consent.clone(),
        sampled: (!fields.is_sampled).then_some(false),
        sample_rate: fields.sample_rate.below_one(),
        expires_at: fields.expires_at,
    };
    // Strings, numbers, and a map with string keys can always be serialized.
    serde_json::to_vec(&payload).unwrap_or_default()
}

/// Parses fields from JSON.
pub(super) fn from_json(json: &[u8]) -> Result<ContextFields, TurnContextError> {
    let malformed = |reason| TurnContextError::Malformed { reason };
    let payload: Payload<'_> = serde_json::from_slice(json)
        .map_err(|_| malformed("its payload is not JSON with the required members"))?;
    Ok(ContextFields {
        conversation_id: ConversationId::new(&payload.conversation_id)?,
        user: user(payload.user_id.as_deref(), payload.anonymous_id.as_deref())?,
        message_id: MessageId::new(&payload.message_id)?,
        reply_id: payload.reply_id.map(MessageId::new).transpose()?,
        content: payload.content.as_deref().map_or(Content::Full, content),
        consent: payload.consent,
        is_sampled: payload.sampled.unwrap_or(true),
        sample_rate: SampleRate::new(payload.sample_rate.unwrap_or(1.0))
            .ok_or_else(|| malformed("its sample rate is not in the range from 0 to 1"))?,
        expires_at: payload.expires_at,
    })
}

fn user(user_id: Option<&str>, anonymous_id: Option<&str>) -> Result<User, ParseIdError> {
    match (user_id, anonymous_id) {
        (Some(user_id), Some(anonymous_id)) => User::both(user_id, anonymous_id),
        (None, Some(anonymous_id)) => User::anonymous(anonymous_id),
        (user_id, None) => User::known(user_id.unwrap_or_default()),
    }
}

/// Parses a content policy. A later version may add a policy; the strictest one then applies.
fn content(name: &str) -> Content {
    name.parse().unwrap_or(Content::Hidden)
}
