//! Words: event names, property names, and the nearest key to a mistyped one.

use heck::{
    ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutySnakeCase, ToSnakeCase, ToTitleCase,
};
use syn::{Ident, ext::IdentExt};

/// The events of the spec, which no user's event may take over.
pub(crate) const SPEC_EVENTS: &[(&str, &str)] = &[
    ("Conversation Started", "spec::ConversationStarted"),
    ("Message Sent", "spec::MessageSent"),
    ("Message Received", "spec::MessageReceived"),
    ("Conversation Ended", "spec::ConversationEnded"),
    ("Action Invoked", "spec::ActionInvoked"),
    ("Media Generated", "spec::MediaGenerated"),
    ("Component Loaded", "spec::ComponentLoaded"),
    ("Custom Component Loaded", "spec::CustomComponentLoaded"),
    ("Feedback Submitted", "spec::FeedbackSubmitted"),
    ("Identify", "Conversation::identify"),
];

/// Properties that every event gets from its conversation, with the way to say another value.
pub(crate) const RESERVED_PROPERTIES: &[(&str, &str)] = &[
    (
        "conversationId",
        "the conversation that an event is tracked on gives it",
    ),
    (
        "messageId",
        "the message being worked on gives it, or `message_id` does",
    ),
];

/// `ItemPurchased` → `Item Purchased`.
pub(crate) fn event_name(ident: &Ident) -> String {
    ident.unraw().to_string().to_title_case()
}

/// `stock_level` → `stock level`, `r#type` → `type`.
pub(crate) fn in_words(ident: &Ident) -> String {
    ident.unraw().to_string().to_snake_case().replace('_', " ")
}

/// The struct of the library that already sends the event called `name`, if the spec has one.
pub(crate) fn spec_event(name: &str) -> Option<&'static str> {
    SPEC_EVENTS
        .iter()
        .find(|(event, _)| event.eq_ignore_ascii_case(name.trim()))
        .map(|(_, instead)| *instead)
}

/// Why a property may not be called `name`, if it may not.
pub(crate) fn reserved_property(name: &str) -> Option<&'static str> {
    RESERVED_PROPERTIES
        .iter()
        .find(|(property, _)| *property == name)
        .map(|(_, why)| *why)
}

/// How the names of properties are made from the names of fields.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum Case {
    #[default]
    Camel,
    Snake,
    Pascal,
    Kebab,
    ShoutySnake,
    Title,
}

impl Case {
    pub(crate) const ALL: &[(&str, Self)] = &[
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("PascalCase", Self::Pascal),
        ("kebab-case", Self::Kebab),
        ("SCREAMING_SNAKE_CASE", Self::ShoutySnake),
        ("Title Case", Self::Title),
    ];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, case)| *case)
    }

    pub(crate) fn apply(self, ident: &Ident) -> String {
        let name = ident.unraw().to_string();
        match self {
            Self::Camel => name.to_lower_camel_case(),
            Self::Snake => name.to_snake_case(),
            Self::Pascal => name.to_pascal_case(),
            Self::Kebab => name.to_kebab_case(),
            Self::ShoutySnake => name.to_shouty_snake_case(),
            Self::Title => name.to_title_case(),
        }
    }
}

/// The candidate that `typed` was probably meant to be.
pub(crate) fn nearest<'a>(typed: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    candidates
        .iter()
        .map(|candidate| (distance(&typed, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [init @ .., last] => {
            let init: Vec<_> = init.iter().map(|word| format!("`{word}`")).collect();
            format!("{} and `{last}`", init.join(", "))
        }
    }
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut before_last = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i; to.len() + 1];
        for j in 1..=to.len() {
            let replaced = last[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::format_ident;

    #[test]
    fn names_become_words() {
        assert_eq!(
            event_name(&format_ident!("ItemPurchased")),
            "Item Purchased"
        );
        assert_eq!(in_words(&format_ident!("stock_level")), "stock level");
        assert_eq!(in_words(&format_ident!("r#type")), "type");
        assert_eq!(Case::Camel.apply(&format_ident!("item_id")), "itemId");
        assert_eq!(Case::Snake.apply(&format_ident!("r#type")), "type");
    }

    #[test]
    fn a_typing_slip_finds_its_key() {
        let keys = ["type", "action", "sub_type", "conversation"];
        assert_eq!(nearest("tpye", &keys), Some("type"));
        assert_eq!(nearest("subtype", &keys), Some("sub_type"));
        assert_eq!(nearest("conversaton", &keys), Some("conversation"));
        assert_eq!(nearest("colour", &keys), None);
    }

    #[test]
    fn spec_names_are_taken_in_any_case() {
        assert_eq!(spec_event("message sent"), Some("spec::MessageSent"));
        assert_eq!(spec_event("Item Purchased"), None);
    }
}
