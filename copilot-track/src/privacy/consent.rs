//! A customer's consent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A customer's consent to each category of data use. It is sent as Segment's `context.consent`.
///
/// After a call to [`Conversation::set_consent`](crate::Conversation::set_consent), all later
/// events of the conversation include the consent. [Segment's
/// documentation](https://segment.com/docs/privacy/consent-management/) describes its effect.
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
    /// Creates a `Consent` with no categories.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether the customer agreed to a category, or `None` if the category is not set.
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

    /// Iterates over the categories that are set, sorted by id. Each item contains a category's id
    /// and whether the customer agreed to the category.
    pub fn categories(&self) -> impl Iterator<Item = (&str, bool)> {
        self.category_preferences
            .iter()
            .map(|(id, agreed)| (id.as_str(), *agreed))
    }

    /// Sets whether the customer agreed to a category. `id` is the category's id in Segment.
    #[must_use]
    pub fn category(mut self, id: impl Into<String>, agreed: bool) -> Self {
        self.category_preferences.insert(id.into(), agreed);
        self
    }
}
