//! Reads environment variables.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::config::environment::value;
use crate::error::ConfigError;
use crate::util::redact::redact;

/// The environment, read by a function that returns the value of a variable.
pub(super) struct Variables<F> {
    read: F,
}

impl<F: Fn(&'static str) -> Option<OsString>> Variables<F> {
    pub(super) fn new(read: F) -> Self {
        Self { read }
    }

    /// Returns a value, which can be empty. Invalid Unicode is replaced with a character that no
    /// setting accepts.
    pub(super) fn any(&self, name: &'static str) -> Option<String> {
        Some((self.read)(name)?.to_string_lossy().into_owned())
    }

    /// Returns a value without the whitespace around it. Scripts and Compose files unset a variable
    /// by making it empty, so an empty one counts as not set.
    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        let value = self.any(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    pub(super) fn path(&self, name: &'static str) -> Option<PathBuf> {
        let value = (self.read)(name)?;
        (!value.is_empty()).then(|| value.into())
    }

    /// Parses a value. `expected` describes the valid values.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match parse(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(ConfigError::InvalidVariable {
                variable: name,
                value: redact(&value),
                expected,
            }),
        }
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, ConfigError> {
        self.parsed(name, value::FLAG, value::flag)
    }

    pub(super) fn number<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, ConfigError> {
        self.parsed(name, value::NUMBER, |text| text.parse().ok())
    }

    pub(super) fn duration(&self, name: &'static str) -> Result<Option<Duration>, ConfigError> {
        self.parsed(name, value::DURATION, value::duration)
    }
}
