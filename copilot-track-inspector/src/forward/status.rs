//! How forwarding is going.

use serde::Serialize;

/// How forwarding is going. The numbers are numbers of events since the inspector started.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ForwardStatus {
    /// The URL to which events are forwarded.
    pub to: String,
    /// Events that are waiting to be sent.
    pub queued: u64,
    /// Events that the target accepted.
    pub forwarded: u64,
    /// Events that were given up: the target rejected them, it did not respond in time, or the
    /// queue was full.
    pub failed: u64,
    /// The last error. It is `None` if the last request succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}
