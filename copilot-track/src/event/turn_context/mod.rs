//! The context of a turn, in a form that other processes can read.

pub(crate) mod carrier;
pub(crate) mod error;
pub(crate) mod fields;
mod payload;
#[cfg(feature = "signed-context")]
pub(crate) mod signer;
#[cfg(test)]
mod tests;
mod token;
pub(crate) mod turn_context;
#[cfg(not(feature = "signed-context"))]
mod unsigned;

#[cfg(feature = "signed-context")]
pub(crate) use self::signer::Signer;
#[cfg(not(feature = "signed-context"))]
pub(crate) use self::unsigned::Signer;
