//! Masks personal data and secrets in text before it leaves the process.
//!
//! Masking is pattern-based: it can miss personal data and can mask harmless text.
//!
//! Each kind of data has its own file with a `find` function that returns the matches. The kinds
//! run one after another, the most specific first, and each sees the output of the previous one.
//! Masked data is replaced by a placeholder in brackets, such as `[email]`, which no kind matches.
//!
//! Every finder takes linear time on any input, so a message cannot stall the delivery thread: it
//! moves forward once and looks ahead or back by a bounded number of characters. The tests count
//! the steps.
//!
//! Known misses:
//!
//! - nine-digit phone numbers in groups of three without a word such as `mobile` before them (they
//!   look like `612 345 678 items`), and national numbers in uncommon layouts;
//! - the part before the last special character in addresses such as `a!b#c@example.com`;
//! - keys of issuers that [`api_key`] does not list, unless a name such as `api_key` precedes them;
//! - data without a recognizable form: names, postal addresses, dates of birth.
//!
//! Known false positives: ten-digit numbers that could be North American or Indian phone numbers.
//!
//! `tests/examples.rs` has about 200 everyday texts with the expected result.

pub(crate) mod api_key;
pub(crate) mod assignment;
pub(crate) mod card;
pub(crate) mod digits;
pub(crate) mod email;
pub(crate) mod haystack;
pub(crate) mod iban;
pub(crate) mod ip;
pub(crate) mod masker;
pub(crate) mod obfuscated_email;
#[cfg(not(feature = "patterns"))]
#[path = "pattern_disabled.rs"]
pub(crate) mod pattern;
#[cfg(feature = "patterns")]
pub(crate) mod pattern;
pub(crate) mod phone;
pub(crate) mod private_key;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod token;
pub(crate) mod url_secret;
