//! Segment's regions.

use std::fmt;
use std::str::FromStr;

/// The region in which Segment stores a workspace's data.
///
/// A workspace belongs to one region. Segment silently rejects data that is sent to the other
/// region.
///
/// ```
/// use copilot_track::Region;
///
/// assert_eq!("eu".parse(), Ok(Region::Eu));
/// assert_eq!(Region::Eu.as_str(), "eu");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Region {
    /// Oregon, USA: `https://api.segment.io`.
    #[default]
    Us,
    /// Dublin, Ireland: `https://events.eu1.segmentapis.com`.
    Eu,
}

/// The error returned when a string is not the name of a [`Region`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `us` or `eu`")]
#[non_exhaustive]
pub struct ParseRegionError;

impl Region {
    /// Returns the region's name: `us` or `eu`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
        }
    }

    /// Returns the URL of the region's tracking API.
    #[must_use]
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::Us => "https://api.segment.io",
            Self::Eu => "https://events.eu1.segmentapis.com",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Parses a region's name. Ignores case and surrounding whitespace.
impl FromStr for Region {
    type Err = ParseRegionError;

    fn from_str(text: &str) -> Result<Self, ParseRegionError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "us" => Ok(Self::Us),
            "eu" => Ok(Self::Eu),
            _ => Err(ParseRegionError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_and_displayed() {
        for region in [Region::Us, Region::Eu] {
            assert_eq!(region.to_string().parse(), Ok(region));
        }
        assert_eq!(" EU ".parse(), Ok(Region::Eu));
        assert_eq!("asia".parse::<Region>(), Err(ParseRegionError));
    }
}
