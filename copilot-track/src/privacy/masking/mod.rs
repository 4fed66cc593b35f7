//! Masks personal data in a text before it leaves the process.

pub(crate) mod assignment;
pub(crate) mod card;
pub(crate) mod digits;
pub(crate) mod email;
pub(crate) mod iban;
pub(crate) mod ip;
pub(crate) mod key;
pub(crate) mod login;
pub(crate) mod masker;
#[cfg(not(feature = "patterns"))]
#[path = "no_pattern.rs"]
pub(crate) mod pattern;
#[cfg(feature = "patterns")]
pub(crate) mod pattern;
pub(crate) mod pem;
pub(crate) mod phone;
pub(crate) mod spelled;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;
pub(crate) mod token;
