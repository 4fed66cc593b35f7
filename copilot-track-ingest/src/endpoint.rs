//! The paths of the tracking API, and the kinds of calls.

use std::fmt;

/// A kind of call.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum CallKind {
    /// Records a user's action.
    Track,
    /// Identifies a user and sets traits.
    Identify,
    /// Records a page view.
    Page,
    /// Records a screen view in an app.
    Screen,
    /// Assigns a user to a group.
    Group,
    /// Links two ids of the same user.
    Alias,
}

impl CallKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Track,
        Self::Identify,
        Self::Page,
        Self::Screen,
        Self::Group,
        Self::Alias,
    ];

    /// Returns the kind as it is written in a call's `type`, such as `track`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }
}

impl fmt::Display for CallKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a path of the tracking API accepts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Endpoint {
    /// A batch of calls, each with its own `type`.
    Batch,
    /// One call of this kind.
    Call(CallKind),
    /// Metrics that analytics.js sends about itself. A request with metrics contains no calls.
    Metrics,
}

/// All paths, including the short ones that analytics.js uses.
const PATHS: &[(&str, Endpoint)] = &[
    ("/v1/batch", Endpoint::Batch),
    ("/v1/b", Endpoint::Batch),
    ("/v1/import", Endpoint::Batch),
    ("/v1/track", Endpoint::Call(CallKind::Track)),
    ("/v1/t", Endpoint::Call(CallKind::Track)),
    ("/v1/identify", Endpoint::Call(CallKind::Identify)),
    ("/v1/i", Endpoint::Call(CallKind::Identify)),
    ("/v1/page", Endpoint::Call(CallKind::Page)),
    ("/v1/p", Endpoint::Call(CallKind::Page)),
    ("/v1/screen", Endpoint::Call(CallKind::Screen)),
    ("/v1/s", Endpoint::Call(CallKind::Screen)),
    ("/v1/group", Endpoint::Call(CallKind::Group)),
    ("/v1/g", Endpoint::Call(CallKind::Group)),
    ("/v1/alias", Endpoint::Call(CallKind::Alias)),
    ("/v1/a", Endpoint::Call(CallKind::Alias)),
    ("/v1/m", Endpoint::Metrics),
];

impl Endpoint {
    /// Returns what a path accepts, such as [`Endpoint::Batch`] for `/v1/batch`.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        Self::paths().find_map(|(known, endpoint)| (known == path).then_some(endpoint))
    }

    /// Returns every path of the tracking API and what it accepts. All requests use `POST`.
    pub fn paths() -> impl Iterator<Item = (&'static str, Self)> {
        PATHS.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_call_has_a_path_with_its_name() {
        for kind in CallKind::ALL {
            let path = format!("/v1/{kind}");
            assert_eq!(Endpoint::from_path(&path), Some(Endpoint::Call(kind)));
        }
        assert_eq!(Endpoint::from_path("/v1/b"), Some(Endpoint::Batch));
        for unknown in ["/v1/batch/", "/batch", "/v2/batch", ""] {
            assert_eq!(Endpoint::from_path(unknown), None, "{unknown}");
        }
    }
}
