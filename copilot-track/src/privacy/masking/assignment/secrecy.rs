//! Whether a value looks like a secret.

use crate::privacy::masking::assignment::names::{Folded, Kind, Name, contains_name};
use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::is_dash;

/// Ordinary words that programs and data formats use as values.
#[rustfmt::skip]
const LITERALS: [&str; 29] = [
    "none", "null", "nil", "true", "false", "undefined", "required", "optional", "string", "str",
    "self", "text", "varchar", "nullable", "hidden", "masked", "redacted", "removed", "empty",
    "unset", "disabled", "enabled", "include", "omit", "same-origin", "bearer", "basic", "integer",
    "unknown",
];
/// Names of technologies that contain a digit, written without `-`, `_`, or `.`.
#[rustfmt::skip]
const TECHNOLOGIES: [&str; 40] = [
    "sha1", "sha2", "sha3", "sha224", "sha256", "sha384", "sha512", "md4", "md5", "base32",
    "base58", "base64", "base64url", "utf8", "utf16", "utf8mb4", "oauth2", "oauth20", "oauth1",
    "oauth21", "saml2", "pbkdf2", "argon2", "argon2id", "argon2i", "aes128", "aes256", "aes256gcm",
    "aes128gcm", "hs256", "rs256", "es256", "ed25519", "x509", "erc20", "erc721", "bep20",
    "1password", "http2", "totp6",
];
/// Words that make the number before them a quantity.
#[rustfmt::skip]
const UNITS: [&str; 34] = [
    "characters", "chars", "char", "digits", "letters", "symbols", "words", "bytes", "bits",
    "times", "attempts", "tries", "minutes", "seconds", "hours", "days", "weeks", "months", "users",
    "zeichen", "stellen", "caracteres", "caractères", "caratteri", "dígitos", "chiffres", "tekens",
    "merkkiä", "tecken", "tegn", "znaków", "znaků", "символов", "знаков",
];

/// Returns whether a value in quotes or between tags is a secret.
pub(super) fn is_quoted(value: &str, name: Name) -> bool {
    let min_chars = match name.kind {
        Kind::Password => 1,
        Kind::Key | Kind::Authorization => 3,
        Kind::Session => return is_session(value, name),
        Kind::Parameter => return is_parameter(value),
    };
    let first = value
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .next();
    let literal = first.is_some_and(is_literal) && !value.contains(' ');
    let has_digit = value.contains(is_digit);
    value.chars().count() >= min_chars
        && value.contains(char::is_alphanumeric)
        && !literal
        && !is_template(value)
        && (has_digit || !contains_name(value))
        && !is_placeholder(value, name)
}

/// Returns whether a value directly after `=` is a secret. `path` is true if the value looks like a
/// variable name or a field path.
pub(super) fn is_assigned(value: &str, name: Name, path: bool) -> bool {
    let min_chars = match name.kind {
        Kind::Password if name.text == "pass" => 3,
        Kind::Password => 1,
        Kind::Key | Kind::Authorization => 4,
        Kind::Session => return is_session(value, name),
        Kind::Parameter => return is_parameter(value),
    };
    let is_member = path && value.trim_end_matches('.').contains('.');
    value.chars().count() >= min_chars
        && value.contains(char::is_alphanumeric)
        && !is_literal(value)
        && !is_template(value)
        && !is_placeholder(value, name)
        && !is_member
}

/// Returns whether a value is long enough to be a secret and does not look like a word, a name, a
/// number, or a date. `after` is the word after the value.
pub(super) fn is_opaque(value: &str, name: Name, after: &str) -> bool {
    let min_chars = match name.kind {
        Kind::Password => 4,
        Kind::Key | Kind::Authorization => 8,
        Kind::Session => return is_session(value, name),
        Kind::Parameter => return false,
    };
    let worded = |c: char| {
        c.is_alphabetic()
            || is_dash(c)
            || matches!(
                c,
                '_' | '.' | '?' | '!' | '/' | ':' | '(' | '’' | '…' | '*' | '|' | '='
            )
    };
    let digits = value.chars().all(is_digit);
    value.chars().count() >= min_chars
        && value.contains(char::is_alphanumeric)
        && value.contains(|c| !worded(c))
        && !is_template(value)
        && !is_figure(value)
        && !is_technology(value)
        && !(digits && (name.kind == Kind::Key || UNITS.contains(&after)))
        // `pass: 1024, fail: 3` is a test result.
        && !(digits && name.text == "pass" && value.len() < 6)
        && !is_placeholder(value, name)
}

/// Returns whether a value that follows a name, with only a space between them, is a secret.
pub(super) fn is_mixed(value: &str, name: Name, after: &str) -> bool {
    let min_chars = match name.kind {
        Kind::Password => 6,
        Kind::Key | Kind::Authorization => 16,
        Kind::Session => 20,
        Kind::Parameter => return false,
    };
    let unit = value.starts_with(is_digit)
        && value
            .trim_start_matches(is_digit)
            .chars()
            .all(|c| c.is_ascii_lowercase() || is_dash(c));
    value.chars().count() >= min_chars
        && value.contains(is_digit)
        && value.contains(char::is_alphabetic)
        && !unit
        && is_opaque(value, name, after)
}

/// Returns whether a value looks random enough to be a session identifier.
fn is_session(value: &str, name: Name) -> bool {
    let common = matches!(
        name.text,
        "sid" | "sess" | "session" | "cookie" | "clearance"
    );
    let min_chars = if common { 16 } else { 8 };
    value.len() >= min_chars
        && value.contains(is_digit)
        && value.contains(|c: char| c.is_ascii_alphabetic())
        && !value.contains(|c: char| c.is_whitespace() || matches!(c, '[' | '('))
        && !is_template(value)
        && !is_figure(value)
        && !is_placeholder(value, name)
}

fn is_parameter(value: &str) -> bool {
    value.len() >= 16 && value.contains(is_digit) && value.contains(|c: char| c.is_alphabetic())
}

fn is_literal(value: &str) -> bool {
    LITERALS.contains(&value.to_ascii_lowercase().as_str())
}

/// Returns whether the value is a template or a reference that will later be replaced by the actual
/// value.
pub(super) fn is_template(value: &str) -> bool {
    value.starts_with(['[', '{', '<', '(', '$', '%', '?', '@'])
        || value.starts_with("#{")
        || value.starts_with("!R")
        || value.starts_with(':') && value.chars().skip(1).all(|c| c.is_alphabetic() || c == '_')
}

/// Returns whether the value is a placeholder such as `YOUR_API_KEY`, `xxxx`, or `DB_PASSWORD`.
fn is_placeholder(value: &str, name: Name) -> bool {
    let lower = value.to_ascii_lowercase();
    let constant = value.contains('_')
        && value.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        && Folded::new(value).name().is_some();
    let filler = value.len() > 2 && lower.chars().all(|c| matches!(c, 'x' | '*' | '.' | '-'));
    let member = value.contains('.') && Folded::new(value).letters().contains(name.text);
    let yours = lower.starts_with("your") && !value.contains(is_digit);
    lower.replace(['_', '-'], "").ends_with(name.text)
        || constant
        || filler
        || yours
        || member
        || is_file(value)
}

/// Returns whether the value is the path of a file, as in `/run/secrets/db2`.
fn is_file(value: &str) -> bool {
    value.starts_with(['/', '~', '.'])
        && value.matches('/').count() > 1
        && value.chars().all(|c| {
            c.is_ascii_lowercase() || is_digit(c) || matches!(c, '/' | '.' | '-' | '_' | '~')
        })
}

/// Returns whether the value is a number, a range, a date, a time, a fraction, a version, or a
/// compound such as `12-character`.
fn is_figure(value: &str) -> bool {
    let value = value.trim_end_matches(['!', '?', ':', '+', '%', '…']);
    let separators = |c: char| is_dash(c) || matches!(c, '.' | ',' | '/' | ':' | 'T' | '~' | '–');
    let parts: Vec<&str> = value.split(separators).collect();
    let numeric = |part: &&str| !part.is_empty() && part.chars().all(is_digit);
    match parts.as_slice() {
        [_] => value.ends_with('%'),
        [first, second] if numeric(first) => {
            let compound = second.chars().all(char::is_lowercase) && first.len() < 4;
            let short = numeric(second) && (first.len() < 4 || value.contains('.'));
            compound || short
        }
        [first, rest @ ..] => {
            let version = first.trim_start_matches(['v', 'V']);
            numeric(&version) && rest.iter().all(|part| numeric(&part.trim_end_matches('Z')))
        }
        [] => true,
    }
}

/// Returns whether the value is the name of a technology, as in `SHA-256` or `base64-encoded`.
fn is_technology(value: &str) -> bool {
    let lower: String = value
        .trim_end_matches(['.', '!', '?', ':'])
        .to_ascii_lowercase();
    let plain = lower.replace(['-', '_', '.'], "");
    let known = |word: &str| TECHNOLOGIES.contains(&word);
    known(&plain)
        || lower
            .split('/')
            .all(|part| known(&part.replace(['-', '_', '.'], "")))
        || (lower.rsplit_once('-')).is_some_and(|(base, suffix)| {
            suffix.chars().all(|c| c.is_ascii_lowercase())
                && known(&base.replace(['-', '_', '.'], ""))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_values_are_templates() {
        for value in ["${KEY}", "#{key}", "!Ref", ":db_password", ":"] {
            assert!(is_template(value), "{value}");
        }
        for value in ["a$b", "#a", "!a", ":a1b2", ":a-b", "hunter2"] {
            assert!(!is_template(value), "{value}");
        }
    }

    #[test]
    fn session_identifiers_are_one_random_word() {
        let is_session = |value: &str, text: &'static str| {
            let name = Name {
                kind: Kind::Session,
                text,
                english: true,
            };
            is_session(value, name)
        };
        for value in ["a1b2c3d4", "a1b2c3d4e5f6a7b8"] {
            assert!(is_session(value, "phpsessid"), "{value}");
        }
        assert!(is_session("a1b2c3d4e5f6a7b8", "sid"));
        assert!(
            !is_session("a1b2c3d4", "sid"),
            "too short for a common name"
        );
        for value in [
            "a1b2c3d",
            "abcdefgh",
            "12345678",
            "a1b2c3d4 e5f6a7b8",
            "a1b2c3d4[e5f6a7b8]",
            "a1b2c3d4(e5f6a7b8)",
        ] {
            assert!(!is_session(value, "phpsessid"), "{value}");
        }
    }
}
