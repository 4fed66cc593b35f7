//! The types of rules.

use std::fmt;

/// The type of a rule: the kind of call that the rule describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RuleType {
    /// An event, sent with a Track call.
    Track,
    /// The traits of users.
    Identify,
    /// The traits of groups.
    Group,
    /// Page calls.
    Page,
    /// Screen calls.
    Screen,
    /// All calls.
    Common,
}

impl RuleType {
    /// All types.
    pub(crate) const ALL: [Self; 6] = [
        Self::Track,
        Self::Identify,
        Self::Group,
        Self::Page,
        Self::Screen,
        Self::Common,
    ];

    /// Returns the name in Segment's Public API, such as `TRACK`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Track => "TRACK",
            Self::Identify => "IDENTIFY",
            Self::Group => "GROUP",
            Self::Page => "PAGE",
            Self::Screen => "SCREEN",
            Self::Common => "COMMON",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|rule_type| rule_type.as_str().eq_ignore_ascii_case(name))
    }

    /// Returns the member of a call that contains the fields of the rule: `properties` or `traits`.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::Identify | Self::Group => "traits",
            Self::Track | Self::Page | Self::Screen | Self::Common => "properties",
        }
    }
}

impl fmt::Display for RuleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
