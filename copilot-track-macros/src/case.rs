//! Converts identifiers to event names, property names, and words.

use heck::{
    ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutySnakeCase, ToSnakeCase, ToTitleCase,
};
use syn::{Ident, ext::IdentExt};

/// Converts a struct name to an event name: `ItemPurchased` → `Item Purchased`.
pub(crate) fn event_name(ident: &Ident) -> String {
    ident.unraw().to_string().to_title_case()
}

/// Converts a function name to words: `stock_level` → `stock level`, `r#type` → `type`.
pub(crate) fn to_words(ident: &Ident) -> String {
    name_to_words(&ident.to_string())
}

/// Converts a function name to words, like [`to_words`].
pub(crate) fn name_to_words(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    if is_snake_case(name) {
        return name.replace('_', " ");
    }
    name.to_snake_case().replace('_', " ")
}

/// Returns whether a name consists of lowercase ASCII words and digits. Converting such a name with
/// `heck` would take much longer in an unoptimized build and change nothing.
fn is_snake_case(name: &str) -> bool {
    let is_usual = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    name.bytes().all(is_usual)
        && !name.starts_with('_')
        && !name.ends_with('_')
        && !name.contains("__")
}

/// The case to which `rename_all` converts field names.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum RenameRule {
    #[default]
    Camel,
    Snake,
    Pascal,
    Kebab,
    ScreamingSnake,
    Title,
}

impl RenameRule {
    /// All rules, each with its name in `rename_all`.
    pub(crate) const ALL: &[(&str, Self)] = &[
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("PascalCase", Self::Pascal),
        ("kebab-case", Self::Kebab),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("Title Case", Self::Title),
    ];

    /// Returns the rule whose name in `rename_all` is `text`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, case)| *case)
    }

    /// Converts a field name to a property name.
    pub(crate) fn apply(self, ident: &Ident) -> String {
        let name = ident.unraw().to_string();
        match self {
            Self::Camel => name.to_lower_camel_case(),
            Self::Snake => name.to_snake_case(),
            Self::Pascal => name.to_pascal_case(),
            Self::Kebab => name.to_kebab_case(),
            Self::ScreamingSnake => name.to_shouty_snake_case(),
            Self::Title => name.to_title_case(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::format_ident;

    #[test]
    fn identifiers_become_words() {
        assert_eq!(
            event_name(&format_ident!("ItemPurchased")),
            "Item Purchased"
        );
        assert_eq!(to_words(&format_ident!("stock_level")), "stock level");
        for (name, words) in [
            ("r#type", "type"),
            ("stock_level_2", "stock level 2"),
            ("_stock__level_", "stock level"),
            ("StockLevel", "stock level"),
            ("__", ""),
        ] {
            assert_eq!(name_to_words(name), words);
        }
        assert_eq!(RenameRule::Camel.apply(&format_ident!("item_id")), "itemId");
        assert_eq!(RenameRule::Snake.apply(&format_ident!("r#type")), "type");
    }
}
