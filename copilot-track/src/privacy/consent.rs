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
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

    /// Returns whether the customer agreed to a category, or `None` if it is not set.
    ///
    /// ```
    /// # use copilot_track::Consent;
    /// let consent = Consent::new().category("Analytics", true);
    /// assert_eq!(consent.get("Analytics"), Some(true));
    /// assert_eq!(consent.get("Advertising"), None);
    /// ```
    #[must_use]
    pub fn get(&self, id: &str) -> Option<bool> {
        self.category_preferences.get(id).copied()
    }

    /// Returns all categories that are set, sorted by id.
    pub fn categories(&self) -> impl Iterator<Item = (&str, bool)> {
        self.category_preferences
            .iter()
            .map(|(id, agreed)| (id.as_str(), *agreed))
    }

    /// Whether a category, by its id in Segment, is agreed to.
    #[must_use]
    pub fn category(mut self, id: impl Into<String>, agreed: bool) -> Self {
        self.category_preferences.insert(id.into(), agreed);
        self
    }
}
