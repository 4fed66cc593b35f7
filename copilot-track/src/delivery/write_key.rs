//! The write key.

use std::fmt;
use std::sync::Arc;

use crate::error::ConfigError;

/// The write key of a source. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WriteKey(Arc<str>);

/// Longer values are not keys. Segment's keys have 32 characters.
const MAX_BYTES: usize = 1_024;

impl WriteKey {
    /// Parses a key. Surrounding whitespace is ignored.
    pub(crate) fn parse(key: &str) -> Result<Self, ConfigError> {
        let key = key.trim();
        match problem(key) {
            Some(reason) => Err(ConfigError::InvalidWriteKey { reason }),
            None => Ok(Self(key.into())),
        }
    }

    /// Creates a key without checking it, e.g. from a string that the `segment` crate passes to a
    /// client.
    pub(crate) fn unchecked(key: String) -> Self {
        Self(key.into())
    }

    /// Returns the key itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the text with a placeholder instead of the key, so that it can be logged.
    pub(crate) fn hide_in(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        text.replace(&*self.0, "[…]")
    }
}

impl fmt::Debug for WriteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteKey(hidden)")
    }
}

/// Returns what is wrong with a value that is plainly not a key, and how to correct it.
fn problem(key: &str) -> Option<&'static str> {
    let is_quote = |c| {
        matches!(
            c,
            '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»'
        )
    };
    Some(if key.is_empty() {
        "it is empty; copy the key from the settings of the source in Segment"
    } else if key.len() > MAX_BYTES {
        "it is longer than 1,024 bytes; set the key itself, not the content of a file"
    } else if key.contains(char::REPLACEMENT_CHARACTER) {
        "it is not valid Unicode; set it again, as ASCII"
    } else if key.chars().any(is_invisible) {
        "it contains an invisible character, for example a byte order mark; save the file as UTF-8 \
         without one, or type the key again"
    } else if key.contains(is_quote) {
        "it contains quotes; remove them (`docker run --env-file`, for example, keeps quotes)"
    } else if is_template(key) {
        "it is a placeholder that was not replaced; check that the variable is set where the \
         template is filled in"
    } else if is_example(key) {
        "it is a placeholder from an example; copy the key from the settings of the source in \
         Segment"
    } else if key.starts_with("SEGMENT_WRITE_KEY=") {
        "it begins with `SEGMENT_WRITE_KEY=`; set only what follows"
    } else if key.contains(':') {
        "it contains a colon; set only the write key, without a user name, a password, or a URL"
    } else if key.chars().any(|c| c.is_whitespace() || c.is_control()) {
        "it contains whitespace or control characters; copy only the key"
    } else if !key.is_ascii() {
        "it contains characters that are not ASCII; copy the key again"
    } else {
        return None;
    })
}

/// Returns whether a character is invisible but does not count as whitespace.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Returns whether the key is a variable that was not replaced, in the syntax of a shell, a
/// template, or a pipeline.
fn is_template(key: &str) -> bool {
    key.starts_with(['$', '<', '{', '%', '['])
        || ["${", "$(", "{{"].iter().any(|open| key.contains(open))
}

/// Returns whether the key is one that documentation uses, such as `YOUR_WRITE_KEY`.
fn is_example(key: &str) -> bool {
    let letters: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let is_named = [
        "WRITEKEY",
        "SEGMENTWRITEKEY",
        "CHANGEME",
        "REPLACEME",
        "PLACEHOLDER",
        "TODO",
    ]
    .contains(&letters.as_str());
    is_named
        || (letters.starts_with("YOUR") && letters.contains("KEY"))
        || (letters.len() > 2 && letters.chars().all(|c| c == 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_trimmed_and_hidden() {
        let key = WriteKey::parse(" secret\n").unwrap();
        assert_eq!(key.expose(), "secret");
        assert!(!format!("{key:?}").contains("secret"));
        for key in [
            "k",
            "a-local-write-key",
            "phc_9Zx",
            "yourself",
            "a.b~c+d/e==",
        ] {
            assert!(WriteKey::parse(key).is_ok(), "{key}");
        }
    }

    #[test]
    fn a_value_that_is_plainly_not_a_key_is_an_error_that_says_what_to_do() {
        for (key, expected) in [
            ("", "empty"),
            ("  ", "empty"),
            ("\"secret\"", "quotes"),
            ("'secret'", "quotes"),
            ("“secret”", "quotes"),
            ("\u{FEFF}secret", "invisible"),
            ("sec\u{200B}ret", "invisible"),
            ("${SECRET}", "not replaced"),
            ("$SECRET", "not replaced"),
            ("%SECRET%", "not replaced"),
            ("{{ secret }}", "not replaced"),
            ("<secret>", "not replaced"),
            ("YOUR_WRITE_KEY", "example"),
            ("your-segment-write-key", "example"),
            ("WRITE_KEY", "example"),
            ("changeme", "example"),
            ("xxxxxxxx", "example"),
            ("sec\u{FFFD}ret", "Unicode"),
            ("secret:", "colon"),
            ("secret:hunter2", "colon"),
            ("SEGMENT_WRITE_KEY=secret", "only what follows"),
            ("sec ret", "whitespace"),
            ("sec\u{0}ret", "control"),
            ("sécret", "ASCII"),
        ] {
            let error = WriteKey::parse(key).unwrap_err().to_string();
            assert!(error.contains(expected), "{key:?}: {error}");
            assert!(!error.to_lowercase().contains("secret"), "{error}");
        }
        let error = WriteKey::parse(&"k".repeat(1_000_000)).unwrap_err();
        assert!(error.to_string().contains("1,024"), "{error}");
    }
}
