//! Ids in headers and cookies.

use copilot_track::{ConversationId, User};
use http::{HeaderMap, HeaderName};

use crate::input::cookies;
use crate::input::counts::Counters;

/// Returns the id in a header. An id that cannot be used is counted.
pub(crate) fn in_header(
    headers: &HeaderMap,
    name: &HeaderName,
    counters: &Counters,
) -> Option<String> {
    headers
        .get_all(name)
        .iter()
        .find_map(|value| match std::str::from_utf8(value.as_bytes()) {
            Ok(id) if id.trim().is_empty() => None,
            Ok(id) => checked(id.trim(), counters),
            Err(_) => {
                counters.invalid_ids.increment();
                None
            }
        })
}

/// Returns whether a header occurs with different values. A gateway that adds its header without
/// removing the customer's produces such a request.
pub(crate) fn is_ambiguous(headers: &HeaderMap, name: &HeaderName) -> bool {
    let mut values = headers
        .get_all(name)
        .iter()
        .map(http::HeaderValue::as_bytes);
    let first = values.next().map(<[u8]>::trim_ascii);
    values.any(|value| Some(value.trim_ascii()) != first)
}

/// Returns the id in a cookie of analytics.js: the first one that can be used. Ids that cannot be
/// used are counted.
pub(crate) fn in_cookie(headers: &HeaderMap, name: &str, counters: &Counters) -> Option<String> {
    cookies::values(headers, name).find_map(|value| {
        let Some(value) = value else {
            counters.invalid_ids.increment();
            return None;
        };
        checked(&cookies::segment_id(&value)?, counters)
    })
}

fn checked(id: &str, counters: &Counters) -> Option<String> {
    // All kinds of ids have the same length limit.
    if !id.contains(char::is_control) && ConversationId::new(id).is_ok() {
        return Some(id.to_owned());
    }
    counters.invalid_ids.increment();
    None
}

/// Returns a user with these ids, or `None` if there is neither.
pub(crate) fn user(user_id: Option<&str>, anonymous_id: Option<&str>) -> Option<User> {
    match (user_id, anonymous_id) {
        (Some(user), Some(anonymous)) => User::both(user, anonymous).ok(),
        (Some(user), None) => User::known(user).ok(),
        (None, Some(anonymous)) => User::anonymous(anonymous).ok(),
        (None, None) => None,
    }
}

/// Returns whether a request may continue a conversation: whether its ids do not contradict those
/// of the conversation's user.
pub(crate) fn may_continue(owner: &User, request: Option<&User>) -> bool {
    if let Some(owner_id) = owner.user_id() {
        return request.and_then(User::user_id) == Some(owner_id);
    }
    match (owner.anonymous_id(), request.and_then(User::anonymous_id)) {
        (Some(owner_id), Some(request_id)) => owner_id == request_id,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_segment_would_reject_are_counted() {
        let counters = Counters::default();
        let name = HeaderName::from_static("x-id");
        let mut headers = HeaderMap::new();
        for (count, id) in [
            (0, "".as_bytes()),
            (0, b"  "),
            (1, &[b'x'; 101]),
            (2, b"a\tb"),
            (3, b"\xff"),
        ] {
            headers.insert(&name, http::HeaderValue::from_bytes(id).unwrap());
            assert_eq!(in_header(&headers, &name, &counters), None);
            assert_eq!(counters.read().invalid_ids, count);
        }
        headers.insert(
            &name,
            http::HeaderValue::from_bytes("ü".as_bytes()).unwrap(),
        );
        assert_eq!(in_header(&headers, &name, &counters).as_deref(), Some("ü"));
        headers.insert(&name, http::HeaderValue::from_bytes(&[b'x'; 100]).unwrap());
        assert!(in_header(&headers, &name, &counters).is_some());
    }

    #[test]
    fn a_valid_cookie_after_an_invalid_one_is_used() {
        let counters = Counters::default();
        let mut headers = HeaderMap::new();
        let cookies = format!("id={}; id=%00; id=; id=null; id=%22b%22", "x".repeat(101));
        headers.insert("cookie", cookies.parse().unwrap());
        assert_eq!(in_cookie(&headers, "id", &counters).as_deref(), Some("b"));
        assert_eq!(counters.read().invalid_ids, 2);
    }

    #[test]
    fn only_requests_of_the_same_user_continue_a_conversation() {
        let known = |id| User::known(id).unwrap();
        let anonymous = |id| User::anonymous(id).unwrap();
        let both = |user, id| User::both(user, id).unwrap();

        // The owner is known.
        assert!(may_continue(&known("1"), Some(&known("1"))));
        assert!(may_continue(&both("1", "a"), Some(&both("1", "b"))));
        assert!(!may_continue(&known("1"), Some(&known("2"))));
        assert!(!may_continue(&both("1", "a"), Some(&both("2", "a"))));
        assert!(!may_continue(&both("1", "a"), Some(&anonymous("a"))));
        assert!(!may_continue(&known("1"), None));

        // The owner is anonymous.
        assert!(may_continue(&anonymous("a"), Some(&anonymous("a"))));
        assert!(may_continue(&anonymous("a"), Some(&both("1", "a"))));
        assert!(!may_continue(&anonymous("a"), Some(&anonymous("b"))));
        assert!(!may_continue(&anonymous("a"), Some(&both("1", "b"))));
        // The client keeps no cookies.
        assert!(may_continue(&anonymous("a"), None));
        assert!(may_continue(&anonymous("a"), Some(&known("1"))));
    }
}
