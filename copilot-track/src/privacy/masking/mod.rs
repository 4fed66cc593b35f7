//! Masks personal data and secrets in text before it leaves the process.
//!
//! Masking is pattern-based: it can miss personal data and can mask harmless text.
//!
//! Each kind of data has its own file with a finder: a function named `find` that returns the
//! matches. The finders run one after another, from the most specific to the least specific, and
//! each finder sees the output of the previous one. Each match is replaced with a placeholder in
//! brackets, such as `[email]`. No finder matches a placeholder.
//!
//! Every finder takes linear time on any input, so a message cannot stall the delivery thread. A
//! finder moves through the text once and looks ahead or back by a bounded number of characters.
//! The tests count the steps.
//!
//! Masking is known to miss:
//!
//! - nine-digit phone numbers in groups of three, unless a word such as `mobile` precedes them
//!   (`612 345 678 items` has the same form);
//! - the part before the last special character in addresses such as `a!b#c@example.com`;
//! - keys of issuers that [`api_key`] does not list, unless a name such as `api_key` precedes them;
//! - passwords that are plain words after a colon or after "is", such as `password: sunshine`;
//! - data without a recognizable form: names, postal addresses, and dates of birth.
//!
//! Masking also replaces ten-digit numbers that only look like North American or Indian phone
//! numbers, and four-part version numbers without a word such as `version` before them.
//!
//! `tests/examples.rs` contains about 200 everyday examples with their expected results.
//! docs/masking.md shows how much of the personal data in a larger corpus is found.

pub(crate) mod api_key;
pub(crate) mod assignment;
pub(crate) mod card;
pub(crate) mod command_line;
pub(crate) mod cookie;
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
pub(crate) mod preceding_words;
pub(crate) mod private_key;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod token;
pub(crate) mod url_secret;
