//! Configuration through environment variables.

use std::env;

use crate::config::builder::TrackerBuilder;
use crate::delivery::region::ParseRegionError;
use crate::error::ConfigError;
use crate::privacy::content::Content;
use crate::tracker::tracker::Tracker;

const WRITE_KEY: &str = "SEGMENT_WRITE_KEY";
const ENDPOINT: &str = "COPILOT_TRACK_ENDPOINT";
const REGION: &str = "COPILOT_TRACK_REGION";
const DISABLED: &str = "COPILOT_TRACK_DISABLED";
const CONTENT: &str = "COPILOT_TRACK_CONTENT";

impl Tracker {
    /// Creates a tracker that is configured by environment variables.
    ///
    /// | variable | meaning | default |
    /// | --- | --- | --- |
    /// | `SEGMENT_WRITE_KEY` | the write key of the Segment source | required |
    /// | `COPILOT_TRACK_ENDPOINT` | the URL of a Segment-compatible API | Segment's own |
    /// | `COPILOT_TRACK_REGION` | the region of the Segment workspace: `us` or `eu` | `us` |
    /// | `COPILOT_TRACK_DISABLED` | `1` disables tracking; `0` does not | `0` |
    /// | `COPILOT_TRACK_CONTENT` | how much of the conversation is sent: `full`, `masked`, or `hidden` | `full` |
    ///
    /// Values are not case-sensitive, except for the write key and the endpoint. An empty variable
    /// is treated as not set, except for the write key.
    ///
    /// `COPILOT_TRACK_CONTENT` also applies to trackers that are configured in code: the stricter
    /// of the two settings is used.
    ///
    /// # Errors
    /// Returns [`ConfigError`] if a required variable is missing, a variable has an invalid value,
    /// or the delivery thread cannot be started.
    pub fn from_env() -> Result<Self, ConfigError> {
        TrackerBuilder::from_env()?.build()
    }
}

impl TrackerBuilder {
    /// Creates a builder with the settings from the environment variables that
    /// [`Tracker::from_env`] lists. Methods that are called later override these settings, except
    /// that the content policy can only become stricter.
    ///
    /// # Errors
    /// Returns [`ConfigError::InvalidVariable`] if a variable has an invalid value.
    pub fn from_env() -> Result<Self, ConfigError> {
        // Invalid Unicode is replaced with a character that no setting accepts.
        Self::from_variables(|name| Some(env::var_os(name)?.to_string_lossy().into_owned()))
    }

    /// Creates a builder with the settings from `read`, which returns the value of a variable.
    pub(crate) fn from_variables(
        read: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        // Scripts and Compose files often unset a variable by setting it to an empty value. An
        // empty write key is a mistake.
        let read = |name| {
            read(name).filter(|value: &String| name == WRITE_KEY || !value.trim().is_empty())
        };
        let mut builder = Self {
            write_key: read(WRITE_KEY),
            endpoint: read(ENDPOINT),
            ..Self::default()
        };
        if let Some(region) = read(REGION) {
            builder.region = match region.parse() {
                Ok(region) => region,
                Err(ParseRegionError) => return Err(invalid(REGION, region, "`us` or `eu`")),
            };
        }
        if let Some(disabled) = read(DISABLED) {
            builder.disabled = match disabled.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => true,
                "0" | "false" | "no" | "off" => false,
                _ => return Err(invalid(DISABLED, disabled, "`1` or `0`")),
            };
        }
        Ok(builder)
    }
}

/// Returns the content policy from the environment. This policy applies to every tracker, so that
/// the operator of a program can tighten the policy without changing code.
pub(super) fn content() -> Result<Content, ConfigError> {
    let Some(value) = env::var_os(CONTENT) else {
        return Ok(Content::default());
    };
    let value = value.to_string_lossy();
    if value.trim().is_empty() {
        return Ok(Content::default());
    }
    value
        .parse()
        .map_err(|_| invalid(CONTENT, value.into_owned(), "`full`, `masked`, or `hidden`"))
}

fn invalid(variable: &'static str, value: String, expected: &'static str) -> ConfigError {
    ConfigError::InvalidVariable {
        variable,
        value,
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::region::Region;

    fn variables(set: &'static [(&str, &str)]) -> Result<TrackerBuilder, ConfigError> {
        TrackerBuilder::from_variables(|name| {
            set.iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn variables_are_parsed() {
        assert!(matches!(
            variables(&[]).unwrap().build(),
            Err(ConfigError::NoWriteKey)
        ));
        let off = variables(&[(DISABLED, "TRUE")]).unwrap();
        assert!(!off.build().unwrap().is_enabled());
        let eu = variables(&[(REGION, "EU")]).unwrap();
        assert_eq!(eu.region, Region::Eu);
    }

    #[test]
    fn invalid_values_are_errors() {
        for set in [&[(REGION, "mars")][..], &[(DISABLED, "perhaps")]] {
            let error = variables(set).unwrap_err().to_string();
            assert!(error.contains("expected `"), "{error}");
        }
    }

    #[test]
    fn the_error_about_a_missing_key_names_the_variables() {
        let error = ConfigError::NoWriteKey.to_string();
        assert!(error.contains(WRITE_KEY), "{error}");
        assert!(error.contains(DISABLED), "{error}");
    }
}
