//! Command-line arguments of a peer.

use std::collections::HashMap;
use std::time::Duration;

use crate::function::Function;

/// Where and how events are sent.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `http://127.0.0.1:port`
    pub url: String,
    pub gzip: bool,
}

/// The arguments: the name of a measurement, then `--name value` pairs.
#[derive(Debug)]
pub struct Args {
    pub measure: String,
    values: HashMap<String, String>,
}

impl Args {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let measure = words.next().ok_or("expected the name of a measurement")?;
        let mut values = HashMap::new();
        while let Some(word) = words.next() {
            let name = word
                .strip_prefix("--")
                .ok_or_else(|| format!("`{word}`: expected `--name value`"))?;
            let value = words
                .next()
                .ok_or_else(|| format!("`{word}` needs a value"))?;
            values.insert(name.to_owned(), value);
        }
        Ok(Self { measure, values })
    }

    /// Returns the variant: how the peer is used.
    #[must_use]
    pub fn variant(&self) -> &str {
        self.values.get("variant").map_or("", String::as_str)
    }

    /// Returns the value of an argument as a number.
    ///
    /// # Errors
    /// Returns an error if the value is not a number.
    pub fn number(&self, name: &str, default: u64) -> Result<u64, String> {
        self.values.get(name).map_or(Ok(default), |value| {
            value
                .parse()
                .map_err(|_| format!("--{name}: `{value}` is not a number"))
        })
    }

    /// Returns the value of an argument, in milliseconds, as a duration.
    ///
    /// # Errors
    /// Returns an error if the value is not a number.
    pub fn millis(&self, name: &str, default: u64) -> Result<Duration, String> {
        self.number(name, default).map(Duration::from_millis)
    }

    pub(crate) fn function(&self) -> Function {
        match self.values.get("function").map(String::as_str) {
            Some("reply") => Function::Reply,
            _ => Function::Tool,
        }
    }

    /// Returns where and how events are sent.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            url: self.values.get("url").cloned().unwrap_or_default(),
            gzip: self.values.get("gzip").is_some_and(|value| value == "1"),
        }
    }
}
