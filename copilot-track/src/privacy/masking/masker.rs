//! Masks personal data in a text before it leaves the process.
//!
//! Each kind has a file of its own with a `find` that lists its hits. They run one after another,
//! each on what the former left, so that none sees what is masked already: a mark is in brackets,
//! which no kind contains. The order is from the surest to the vaguest.
//!
//! All of them take linear time whatever the text, so that no message can hold up its process: each
//! goes forward once and looks back or ahead by a bounded number of characters, or goes on behind
//! what it looked at. Tests count the steps.
//!
//! `texts.rs` holds some 200 everyday texts with what must go and what must stay. Known to get
//! through: nine-digit phone numbers in threes without a word such as `mobile` in front (they look
//! like 612 345 678 items), national ones that fit no common layout, names of the rare kind
//! `a!b#c@example.com` up to their last sign, keys of issuers that [`key`] does not list unless a
//! name such as `api_key` stands in front, and all that has no form: names, addresses, dates of
//! birth. Known to be masked without need: ten digits that could be a North American or Indian
//! number.

use std::borrow::Cow;

use crate::privacy::masking::haystack::{Haystack, Match, replace};
use crate::privacy::masking::pattern::Pattern;
use crate::privacy::masking::{
    api_key, assignment, card, email, iban, ip, obfuscated_email, phone, private_key, token,
    url_secret,
};

pub(super) type Find = fn(Haystack<'_>) -> Vec<Match>;

const BUILT_IN: [Find; 11] = [
    private_key::find,
    url_secret::find,
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

/// What was tied to something longer can stand alone when that is masked. Hardly anything needs a
/// second round, and nothing more than these.
const MAX_PASSES: usize = 4;

/// Masks what is personal: the built-in kinds, and what the application's patterns match.
#[derive(Debug, Clone, Default)]
pub(crate) struct Masker {
    patterns: Vec<Pattern>,
}

impl Masker {
    pub(crate) fn new(patterns: Vec<Pattern>) -> Self {
        Self { patterns }
    }

    /// The text with marks in place of what is personal; borrowed when nothing is.
    ///
    /// The built-in kinds come first: a pattern cannot break up an address of which a part would
    /// then be left.
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
