//! How a tool call ended.

use std::borrow::Cow;

/// The `outcome` of a call that was cancelled before its end.
pub(super) const CANCELLED: &str = "cancelled";
/// The `outcome` of a call that panicked.
pub(super) const PANICKED: &str = "panicked";

/// How a tool call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The tool succeeded.
    Ok,
    /// The tool failed. The value is the name of the error's type, or `None` if the name is
    /// unknown. Error messages can contain personal data, so do not use them here.
    Error(Option<Cow<'static, str>>),
    /// The call was cancelled before its end.
    Cancelled,
}

impl Outcome {
    /// Returns the outcome of a call that failed with an error of the given type.
    pub fn error(error_type: impl Into<Cow<'static, str>>) -> Self {
        Self::Error(Some(error_type.into()))
    }

    /// Returns the value of the `outcome` property.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error(_) => "error",
            Self::Cancelled => CANCELLED,
        }
    }

    pub(super) fn into_error_type(self) -> Option<Cow<'static, str>> {
        match self {
            Self::Error(error_type) => error_type,
            Self::Ok | Self::Cancelled => None,
        }
    }
}
