//! Masks personal data in a text before it leaves the process.

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
