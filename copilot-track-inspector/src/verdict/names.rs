//! Finds similar names, which differ only in case, in separators, or by at most two typos.

/// Returns the maximum edit distance for a misspelling of `name`, which depends on the length of
/// `name`.
fn max_distance(name: &str) -> usize {
    match name.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Returns only the letters and digits, in lower case.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns whether `name` is likely a misspelling of `other`.
pub(super) fn is_near(name: &str, other: &str) -> bool {
    // Names from requests can be very long. A name that is much longer than `other` is not
    // compared.
    if name == other || name.len() > 4 * other.len() + 8 {
        return false;
    }
    let (name, other) = (folded(name), folded(other));
    let max_distance = max_distance(&other);
    // The distance is at least the difference of the lengths, and computing it is slow.
    let length = name.chars().count().abs_diff(other.chars().count());
    name == other || (length <= max_distance && strsim::osa_distance(&name, &other) <= max_distance)
}

/// Returns the name in `others` of which `name` is most likely a misspelling, if there is one.
pub(super) fn nearest<'a>(
    name: &str,
    others: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    others
        .into_iter()
        .filter(|other| is_near(name, other))
        .min_by_key(|other| strsim::osa_distance(&folded(name), &folded(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_and_other_spellings_are_near() {
        for (name, other) in [
            ("messageBody", "message_body"),
            ("MESSAGE-BODY", "message_body"),
            ("mesage_body", "message_body"),
            ("message_bdoy", "message_body"),
            ("conversation_id", "conversationId"),
            ("ConversationID", "conversationId"),
            ("Type", "type"),
            ("message received", "Message Received"),
            ("Mesage Recieved", "Message Received"),
        ] {
            assert!(is_near(name, other), "{name} {other}");
        }
    }

    #[test]
    fn different_words_are_not_near() {
        for (name, other) in [
            ("type", "type"),
            ("tone", "type"),
            ("body", "message_body"),
            ("roles_of_all", "role"),
            ("Conversation Started", "Conversation Ended"),
            ("Component Loaded", "Custom Component Loaded"),
            ("", "role"),
            ("日本語", "rating"),
            ("Message Deleted", "Message Received"),
        ] {
            assert!(!is_near(name, other), "{name} {other}");
        }
        assert!(!is_near(&"x".repeat(10_000_000), "role"));
    }

    #[test]
    fn the_nearest_name_is_returned() {
        let names = ["Message Sent", "Message Received"];
        assert_eq!(nearest("message_sent", names), Some("Message Sent"));
        assert_eq!(nearest("Message Receivd", names), Some("Message Received"));
        assert_eq!(nearest("Order Placed", names), None);
    }
}
