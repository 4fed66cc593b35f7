//! What a customer has agreed to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A customer's consent, as Segment's `context.consent` takes it: whether each category of use is
/// agreed to.
///
/// Stamped on every event of a conversation from the moment at which it is set; Segment's consent
/// settings act on it. <https://segment.com/docs/privacy/consent-management/>
///
/// ```
/// use copilot_track::Consent;
///
/// let consent = Consent::new().category("Analytics", true).category("Advertising", false);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    category_preferences: BTreeMap<String, bool>,
}

impl Consent {
    /// Nothing agreed to and nothing refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a category, by its id in Segment, is agreed to.
    #[must_use]
    pub fn category(mut self, id: impl Into<String>, agreed: bool) -> Self {
        self.category_preferences.insert(id.into(), agreed);
        self
    }
}
