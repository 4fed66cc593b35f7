//! Secrets that are recognized by their position in a URL: the password before the host, and the
//! secret path of a webhook.

use crate::privacy::masking::api_key::PLACEHOLDER;
use crate::privacy::masking::haystack::{Haystack, Match, is_quote};

const SCHEME_END: &str = "://";
const USER_CHARS: usize = 128;
const PASSWORD_CHARS: usize = 256;
/// The beginnings of webhook URLs whose remaining path is secret.
const WEBHOOKS: [&str; 9] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "hooks.slack.com/triggers/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "hooks.zapier.com/hooks/catch/",
    "api.telegram.org/bot",
    "outlook.office.com/webhook/",
    "open.feishu.cn/open-apis/bot/v2/hook/",
];
/// The part of a Teams webhook between the customer's subdomain and the secret.
const TEAMS: &str = ".webhook.office.com/webhookb2/";
const ORACLE: &str = ":oracle:thin:";

/// Every secret follows at least one of these strings.
const MARKS: [&str; 3] = [SCHEME_END, TEAMS, ORACLE];

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return matches;
    }
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let secret = match c {
            ':' if text.starts_with(at, SCHEME_END) => url_secret(text, at + SCHEME_END.len()),
            ':' if text.starts_with(at, ORACLE) => oracle_password(text, at + ORACLE.len()),
            '.' if text.starts_with(at, TEAMS) => webhook_path(text, at + TEAMS.len()),
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
            return webhook_path(text, start + hook.len());
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

fn webhook_path(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    let end = text.skip_up_to(start, PASSWORD_CHARS, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | ':' | '@')
    });
    (end > start + 8).then_some((start, end))
}

/// Returns the range of the password in `jdbc:oracle:thin:user/password@host`.
fn oracle_password(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    let slash = text.skip_up_to(start, USER_CHARS, |c| is_url_char(c) && c != '@');
    let from = slash + 1;
    let end = text.skip_up_to(from, PASSWORD_CHARS, |c| is_url_char(c) && c != '@');
    let closed = text.char(slash) == Some('/') && text.char(end) == Some('@');
    (closed && slash > start && end > from && !is_template(text, from)).then_some((from, end))
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
                (
                    "jdbc:oracle:thin:scott/tiger@db:1521",
                    "jdbc:oracle:thin:scott/[key]@db:1521",
                ),
                (
                    "https://a.webhook.office.com/webhookb2/0a1b2c3d-0@e/f",
                    "https://a.webhook.office.com/webhookb2/[key]",
                ),
                (&hook, "https://hooks.slack.com/services/[key]"),
            ],
            &[
                "https://example.com:8080/@me",
                "http://user@host",
                "http://user:$PASSWORD@host",
                "http://user:{password}@host",
                "jdbc:oracle:thin:@db:1521",
                "std::vec://",
                "https://hooks.slack.com/services/",
                "16:9://",
            ],
        );
    }
}
