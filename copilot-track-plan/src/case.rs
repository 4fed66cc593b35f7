//! Converts identifiers as the macros of `copilot-track` do.

use heck::{
    ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutySnakeCase, ToSnakeCase, ToTitleCase,
};

/// Converts a struct name to an event name: `ItemPurchased` → `Item Purchased`.
pub(crate) fn event_name(ident: &str) -> String {
    ident.to_title_case()
}

/// Converts a function name to words: `stock_level` → `stock level`.
pub(crate) fn to_words(ident: &str) -> String {
    ident.to_snake_case().replace('_', " ")
}

/// Converts a field name by a rule of `#[track(rename_all = "…")]`.
pub(crate) fn track_rename(rule: &str, field: &str) -> Option<String> {
    Some(match rule {
        "camelCase" => field.to_lower_camel_case(),
        "snake_case" => field.to_snake_case(),
        "PascalCase" => field.to_pascal_case(),
        "kebab-case" => field.to_kebab_case(),
        "SCREAMING_SNAKE_CASE" => field.to_shouty_snake_case(),
        "Title Case" => field.to_title_case(),
        _ => return None,
    })
}

/// Converts a field name by a rule of `#[serde(rename_all = "…")]`, without looking for words in
/// it.
pub(crate) fn serde_rename_field(rule: &str, field: &str) -> Option<String> {
    let pascal = || -> String { field.split('_').map(capitalized).collect() };
    Some(match rule {
        "lowercase" | "snake_case" => field.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => uncapitalized(&pascal()),
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => return None,
    })
}

/// Converts the name of an enum's variant by a rule of `#[serde(rename_all = "…")]`.
pub(crate) fn serde_rename_variant(rule: &str, variant: &str) -> Option<String> {
    let snake = || {
        let mut snake = String::new();
        for (index, character) in variant.char_indices() {
            if index > 0 && character.is_uppercase() {
                snake.push('_');
            }
            snake.push(character.to_ascii_lowercase());
        }
        snake
    };
    Some(match rule {
        "PascalCase" => variant.to_owned(),
        "lowercase" => variant.to_ascii_lowercase(),
        "UPPERCASE" => variant.to_ascii_uppercase(),
        "camelCase" => uncapitalized(variant),
        "snake_case" => snake(),
        "SCREAMING_SNAKE_CASE" => snake().to_ascii_uppercase(),
        "kebab-case" => snake().replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => snake().to_ascii_uppercase().replace('_', "-"),
        _ => return None,
    })
}

fn capitalized(word: &str) -> String {
    first_mapped(word, |c| c.to_ascii_uppercase())
}

fn uncapitalized(word: &str) -> String {
    first_mapped(word, |c| c.to_ascii_lowercase())
}

fn first_mapped(word: &str, map: impl Fn(char) -> char) -> String {
    let mut chars = word.chars();
    chars.next().map(map).into_iter().chain(chars).collect()
}
