//! Runs the finders on a string and replaces their matches.

use std::borrow::Cow;

use crate::privacy::masking::haystack::{Haystack, Match, replace};
use crate::privacy::masking::pattern::Pattern;
use crate::privacy::masking::{
    api_key, assignment, card, command_line, cookie, email, iban, ip, obfuscated_email, phone,
    private_key, token, url_secret,
};

pub(super) type Find = fn(Haystack<'_>) -> Vec<Match>;

const BUILT_IN: [Find; 13] = [
    private_key::find,
    url_secret::find,
    command_line::find,
    cookie::find,
    assignment::find,
    token::find,
    api_key::find,
    email::find,
    obfuscated_email::find,
    ip::find,
    iban::find,
    card::find,
    phone::find,
];
const PLACEHOLDERS: [&str; 7] = [
    email::PLACEHOLDER,
    phone::PLACEHOLDER,
    card::PLACEHOLDER,
    iban::PLACEHOLDER,
    ip::PLACEHOLDER,
    token::PLACEHOLDER,
    api_key::PLACEHOLDER,
];

/// The maximum number of passes over a string. Some matches can be recognized only after the text
/// next to them has been replaced, so one pass is not always enough. A second pass rarely finds
/// anything.
const MAX_PASSES: usize = 4;

/// A masker for the built-in kinds of data and the application's own patterns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Masker {
    patterns: Vec<Pattern>,
}

impl Masker {
    pub(crate) fn new(patterns: Vec<Pattern>) -> Self {
        Self { patterns }
    }

    /// Returns the text with placeholders instead of personal data. The result is borrowed if
    /// nothing was found.
    ///
    /// The built-in kinds run before the patterns, so a pattern cannot split an address and leave
    /// part of it unmasked.
    pub(crate) fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = built_in(Cow::Borrowed(text));
        if self.patterns.is_empty() {
            return text;
        }
        let own = self
            .patterns
            .iter()
            .filter_map(Pattern::reserved_placeholder);
        let placeholders: Vec<&str> = PLACEHOLDERS.into_iter().chain(own).collect();
        for pattern in &self.patterns {
            text = pattern.mask(text, &placeholders);
        }
        built_in(text)
    }
}

fn built_in(mut text: Cow<'_, str>) -> Cow<'_, str> {
    for _ in 0..MAX_PASSES {
        let (masked, changed) = mask_once(text);
        text = masked;
        if !changed {
            break;
        }
    }
    text
}

pub(crate) fn mask_once(mut text: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    let mut changed = false;
    for find in BUILT_IN {
        let matches = find(Haystack::new(&text));
        changed |= !matches.is_empty();
        text = replace(text, &matches);
    }
    (text, changed)
}
