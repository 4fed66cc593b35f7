//! The consent of a customer.

use copilot_track::Consent;
use http::{HeaderMap, HeaderName};

/// Returns whether the browser sends the [Global Privacy
/// Control](https://www.w3.org/TR/gpc/) signal.
pub(crate) fn has_gpc(headers: &HeaderMap) -> bool {
    let name = HeaderName::from_static("sec-gpc");
    headers
        .get(name)
        .is_some_and(|value| value.as_bytes() == b"1")
}

/// Adds a refusal of each of the categories.
pub(crate) fn refuse(consent: Option<Consent>, categories: &[String]) -> Option<Consent> {
    if categories.is_empty() {
        return consent;
    }
    let consent = consent.unwrap_or_default();
    let refused = categories
        .iter()
        .fold(consent, |consent, id| consent.category(id.as_str(), false));
    Some(refused)
}

/// Returns whether the consent allows a cookie. If the cookie has a category, the customer must
/// have agreed to it. Otherwise, the customer must not have refused any category.
pub(crate) fn allows_cookie(consent: Option<&Consent>, category: Option<&str>) -> bool {
    match (consent, category) {
        (Some(consent), Some(category)) => consent.get(category) == Some(true),
        (None, Some(_)) => false,
        (Some(consent), None) => consent.categories().all(|(_, agreed)| agreed),
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signal_is_exactly_1() {
        let mut headers = HeaderMap::new();
        assert!(!has_gpc(&headers));
        for (value, expected) in [("1", true), ("0", false), ("true", false), ("", false)] {
            headers.insert("sec-gpc", value.parse().unwrap());
            assert_eq!(has_gpc(&headers), expected, "{value}");
        }
    }

    #[test]
    fn refusals_replace_earlier_answers() {
        let categories = ["Advertising".to_owned()];
        let agreed = Consent::new()
            .category("Advertising", true)
            .category("Analytics", true);
        let refused = refuse(Some(agreed.clone()), &categories).unwrap();
        assert_eq!(refused.get("Advertising"), Some(false));
        assert_eq!(refused.get("Analytics"), Some(true));
        assert_eq!(refuse(Some(agreed.clone()), &[]), Some(agreed));
        assert_eq!(refuse(None, &[]), None);
        let refused = refuse(None, &categories).unwrap();
        assert_eq!(refused.get("Advertising"), Some(false));
    }

    #[test]
    fn a_cookie_with_a_category_needs_an_agreement() {
        let consent = |agreed| Consent::new().category("Analytics", agreed);
        assert!(allows_cookie(None, None));
        assert!(allows_cookie(Some(&consent(true)), None));
        assert!(!allows_cookie(Some(&consent(false)), None));
        assert!(!allows_cookie(None, Some("Analytics")));
        assert!(allows_cookie(Some(&consent(true)), Some("Analytics")));
        assert!(!allows_cookie(Some(&consent(false)), Some("Analytics")));
        assert!(!allows_cookie(Some(&consent(true)), Some("Advertising")));
        let mixed = consent(true).category("Advertising", false);
        assert!(allows_cookie(Some(&mixed), Some("Analytics")));
        assert!(!allows_cookie(Some(&mixed), None));
    }
}
