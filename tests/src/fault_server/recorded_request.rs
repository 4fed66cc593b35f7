//! A request as the server read it.

use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// A request as the server read it.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// The time at which the last byte arrived.
    pub at: Instant,
    /// The method, such as `POST`.
    pub method: String,
    /// The path, such as `/v1/batch`.
    pub path: String,
    /// The headers, with lowercase names.
    pub headers: Vec<(String, String)>,
    /// The size of the body on the wire, in bytes.
    pub wire_bytes: usize,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// The body as JSON, or null if it is not JSON.
    pub json: Value,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
}

impl RecordedRequest {
    /// Returns the value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// Returns the events of the batch.
    #[must_use]
    pub fn events(&self) -> &[Value] {
        self.json["batch"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Returns the events' envelope ids.
    pub fn envelope_ids(&self) -> impl Iterator<Item = &str> {
        self.events().iter().filter_map(|e| e["messageId"].as_str())
    }

    /// Returns the user name and the password from the `Authorization` header.
    #[must_use]
    pub fn basic_auth(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// Returns the batch's `sentAt`.
    #[must_use]
    pub fn sent_at(&self) -> Option<&str> {
        self.json["sentAt"].as_str()
    }

    /// Returns the value of `X-Retry-Count`.
    #[must_use]
    pub fn retry_count(&self) -> Option<u32> {
        self.header("x-retry-count")?.parse().ok()
    }

    /// Returns whether the response had a success status.
    #[must_use]
    pub fn was_accepted(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}
