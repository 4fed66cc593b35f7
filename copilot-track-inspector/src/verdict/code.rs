//! The kinds of findings.

use serde::{Deserialize, Serialize};

use super::source::FindingSource;

/// The kind of a finding. In JSON, the kind is in snake case, such as `missing_property`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// A property or id that the event needs is missing or empty.
    MissingProperty,
    /// A property's name resembles a name in the spec.
    #[serde(alias = "misspelt_property")]
    MisspelledProperty,
    /// A value has the wrong type.
    MistypedProperty,
    /// A value has the right type, but is out of range or blank.
    InvalidValue,
    /// A property is outside `properties`, or `properties` is used instead of `traits`.
    MisplacedProperty,
    /// A property is not in the spec.
    UnplannedProperty,
    /// The tracking plan does not contain the event.
    UnplannedEvent,
    /// The tracking plan was changed and cannot be read.
    UnreadablePlan,
    /// An event's name resembles a name in the spec.
    #[serde(alias = "misspelt_event")]
    MisspelledEvent,
    /// A Track call has no event name.
    MissingEvent,
    /// The call has no top-level `messageId`.
    MissingEnvelopeId,
    /// The id of the chat message is also the top-level `messageId`.
    ChatIdAsEnvelopeId,
    /// The same call arrived before.
    DuplicateEnvelopeId,
    /// A different call with the same top-level `messageId` arrived before.
    ConflictingEnvelopeId,
    /// The call has neither a user id nor an anonymous id.
    NoIdentity,
    /// The request has no write key.
    NoWriteKey,
    /// The call is larger than Segment accepts.
    TooLarge,
    /// The size of the call is close to the maximum that Segment accepts.
    NearSizeLimit,
    /// The body of the request is larger than Segment accepts.
    BatchTooLarge,
    /// The batch has more calls than Segment accepts.
    BatchTooMany,
    /// A timestamp is not in ISO 8601.
    BadTimestamp,
    /// A timestamp is in the future.
    FutureTimestamp,
    /// A date is an array of numbers or an object instead of a string in ISO 8601.
    DateNotText,
    /// The sender's clock differs from this machine's clock, or the request was delayed.
    ClockSkew,
    /// An id is longer than Segment accepts.
    IdTooLong,
    /// An id is not a string.
    IdNotString,
    /// The call has no `type`.
    NoType,
    /// The call's `type` is not a kind of call that the tracking API accepts.
    UnknownType,
    /// The call is not a JSON object.
    NotAnObject,
    /// The call is nested too deeply.
    TooDeep,
    /// The call or the body of the request is not valid JSON or was not received completely.
    BadJson,
    /// A string contains half of a surrogate pair.
    BadText,
    /// A key occurs twice in one object.
    DuplicateKey,
    /// A property has a name that is reserved by Segment or by warehouses.
    ReservedProperty,
    /// A conversation has several Conversation Started events.
    StartedTwice,
    /// A conversation has no Conversation Started event.
    NotStarted,
    /// A conversation has several Conversation Ended events without a message between them.
    EndedTwice,
    /// A message follows the end of its conversation.
    MessageAfterEnd,
    /// The `message_count` of a conversation differs from the number of its messages.
    MessageCountDiffers,
    /// Two messages of a conversation have the same id but different bodies.
    ConflictingMessage,
    /// The user of a conversation changes without an Identify call.
    UserChanged,
    /// A conversation consists of one tool call.
    ToolWithoutMessage,
    /// An event refers to a message that has not arrived.
    UnknownMessage,
    /// A kind that this version does not know. Only an imported event can have a finding of this
    /// kind.
    #[serde(other)]
    Other,
}

impl FindingCode {
    /// Returns the name of the code in JSON, such as `missing_property`.
    #[cfg(feature = "sqlite")]
    pub(crate) fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            // Every code is serialized as a string.
            _ => String::new(),
        }
    }

    /// Returns the source of most findings of this kind.
    pub(super) fn usual_source(self) -> FindingSource {
        match self {
            Self::MissingProperty
            | Self::MisspelledProperty
            | Self::MistypedProperty
            | Self::InvalidValue
            | Self::MisplacedProperty
            | Self::UnplannedProperty
            | Self::MisspelledEvent
            | Self::StartedTwice
            | Self::NotStarted
            | Self::EndedTwice
            | Self::MessageAfterEnd
            | Self::MessageCountDiffers
            | Self::ConflictingMessage
            | Self::UserChanged
            | Self::ToolWithoutMessage
            | Self::UnknownMessage
            | Self::Other => FindingSource::Spec,
            Self::ReservedProperty => FindingSource::Warehouse,
            _ => FindingSource::TrackingApi,
        }
    }
}
