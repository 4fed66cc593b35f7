//! The default `action` of a tool.

/// Converts the name of a tool to words, as attributes do with the name of a function:
/// `stock_level` and `stockLevel` become `stock level`.
pub(super) fn to_words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut characters = name.chars().peekable();
    let mut previous = None;
    while let Some(character) = characters.next() {
        if !character.is_alphanumeric() {
            previous = None;
            continue;
        }
        let starts_word = match previous {
            None => !words.is_empty(),
            Some(previous) => {
                let next_is_lowercase = characters.peek().is_some_and(|next| next.is_lowercase());
                character.is_uppercase() && (!char::is_uppercase(previous) || next_is_lowercase)
            }
        };
        if starts_word {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
        previous = Some(character);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, words) in [
            ("stock_level", "stock level"),
            ("stockLevel", "stock level"),
            ("StockLevel", "stock level"),
            ("get-HTTPStatus", "get http status"),
            ("files.read", "files read"),
            ("__a__", "a"),
            ("", ""),
        ] {
            assert_eq!(to_words(name), words);
        }
    }
}
