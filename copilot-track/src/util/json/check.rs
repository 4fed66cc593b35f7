//! Checks JSON that other code wrote.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::util::json::depth::MAX_DEPTH;
use crate::util::json::error::JsonError;
use crate::util::json::tokens::{TokenKind, Tokens};

/// Checks that `json`, which is inside `level` containers, is valid JSON, that it is not nested too
/// deeply, and that no object contains the same key twice. Does not recurse.
///
/// A string with half of a surrogate pair is an error: Rust's parsers reject it, and therefore
/// reject the whole batch that contains it.
pub(crate) fn check(json: &str, level: usize) -> Result<(), JsonError> {
    serde_json::from_str::<IgnoredAny>(json)?;
    // Each key with the number of its object.
    let mut keys: Vec<(usize, Cow<'_, str>)> = Vec::new();
    let mut open = Vec::new();
    let mut containers = 0;
    for token in Tokens::new(json) {
        match token.kind {
            TokenKind::BeginObject | TokenKind::BeginArray => {
                containers += 1;
                open.push(containers);
                if level + open.len() > MAX_DEPTH {
                    return Err(JsonError::TooDeep);
                }
            }
            TokenKind::End => {
                open.pop();
            }
            TokenKind::Key => {
                let object = open.last().copied().unwrap_or_default();
                keys.push((object, unescape(token.text)?));
            }
            TokenKind::String => {
                unescape(token.text)?;
            }
            TokenKind::Number | TokenKind::Literal => {}
        }
    }
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(JsonError::DuplicateKey(pair[0].1.clone().into_owned())),
        None => Ok(()),
    }
}

/// Returns the text of a JSON string, which includes its quotes.
pub(crate) fn unescape(string: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    match string.get(1..string.len().saturating_sub(1)) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str(string).map(Cow::Owned),
    }
}
