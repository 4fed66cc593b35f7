//! Secrets that are recognized by their position: the password in a URL or after `curl -u`, and the
//! secret path of a webhook URL.

use crate::privacy::masking::api_key::PLACEHOLDER;
use crate::privacy::masking::haystack::{Haystack, Match, is_quote};

const SCHEME_END: &str = "://";
const USER_CHARS: usize = 128;
const PASSWORD_CHARS: usize = 256;
/// The beginnings of webhook URLs whose remaining path is secret.
const WEBHOOKS: [&str; 7] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "hooks.zapier.com/hooks/catch/",
    "api.telegram.org/bot",
    "outlook.office.com/webhook/",
];
const CURL_OPTIONS: [&str; 2] = ["-u ", "--user "];

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let secret = match c {
            ':' if text.starts_with(at, SCHEME_END) => url_secret(text, at + SCHEME_END.len()),
            '-' if text.before(at).is_none_or(char::is_whitespace) => curl_credentials(text, at),
            _ => None,
        };
        if let Some((start, end)) = secret {
            matches.push(Match {
                start,
                end,
                placeholder: PLACEHOLDER,
            });
            at = end;
        } else {
            at += c.len_utf8();
        }
    }
    matches
}

/// Returns the secret part of the URL whose host or user starts at `start`.
fn url_secret(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    for hook in WEBHOOKS {
        if text.starts_with(start, hook) {
            let from = start + hook.len();
            let end = text.skip_up_to(from, PASSWORD_CHARS, |c| {
                c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | ':')
            });
            return (end > from + 8).then_some((from, end));
        }
    }
    let colon = text.skip_up_to(start, USER_CHARS, |c| {
        is_url_char(c) && c != ':' && c != '@'
    });
    if text.char(colon) != Some(':') {
        return None;
    }
    let from = colon + 1;
    // A password can contain an unescaped `@`, so the last `@` ends it.
    let run = text.skip_up_to(from, PASSWORD_CHARS, is_url_char);
    let end = from + text.slice(from, run).rfind('@')?;
    (end > from && !is_template(text, from)).then_some((from, end))
}

/// Returns the password in `-u user:password`.
fn curl_credentials(text: Haystack<'_>, at: usize) -> Option<(usize, usize)> {
    let option = CURL_OPTIONS
        .iter()
        .find(|option| text.starts_with(at, option))?;
    let start = text.skip_up_to(at + option.len(), 1, is_quote);
    let colon = text.skip_up_to(start, USER_CHARS, |c| is_url_char(c) && c != ':');
    if colon == start || text.char(colon) != Some(':') {
        return None;
    }
    let from = colon + 1;
    let end = text.skip_up_to(from, PASSWORD_CHARS, |c| !c.is_whitespace() && !is_quote(c));
    let password = text.slice(from, end);
    // `-u 1000:1000` is a user id and a group id.
    let is_secret = password.len() >= 6
        && password.contains(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation())
        && password.contains(char::is_alphabetic);
    (is_secret && !is_template(text, from)).then_some((from, end))
}

fn is_template(text: Haystack<'_>, at: usize) -> bool {
    matches!(text.char(at), Some('[' | '{' | '<' | '$' | '*' | '%')) && !text.starts_with(at, "%2")
}

fn is_url_char(c: char) -> bool {
    !c.is_whitespace() && !is_quote(c) && !matches!(c, '/' | '?' | '#' | '<' | '>' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn passwords_and_webhooks() {
        let hook = format!("https://{}T0/B0/a1B2c3D4", WEBHOOKS[0]);
        table(
            find,
            &[
                (
                    "postgres://app:s3cr3t@localhost:5432/x",
                    "postgres://app:[key]@localhost:5432/x",
                ),
                ("redis://:pass@cache", "redis://:[key]@cache"),
                ("ftp://me:a@b:c@host/", "ftp://me:[key]@host/"),
                ("curl -u me:s3cr3t! https://x", "curl -u me:[key] https://x"),
                ("curl --user 'me:s3cr3t!' x", "curl --user 'me:[key]' x"),
                (&hook, "https://hooks.slack.com/services/[key]"),
            ],
            &[
                "https://example.com:8080/@me",
                "http://user@host",
                "http://user:$PASSWORD@host",
                "http://user:{password}@host",
                "docker run -u 1000:1000 image",
                "a -u b",
                "std::vec://",
                "https://hooks.slack.com/services/",
                "16:9://",
            ],
        );
    }
}
