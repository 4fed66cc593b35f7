//! Passwords and keys in the arguments of commands: `curl -u user:password`, `sshpass -p password`,
//! and `--api-key key`.

use crate::privacy::masking::api_key::PLACEHOLDER;
use crate::privacy::masking::assignment::names::{Kind, name_at_end};
use crate::privacy::masking::haystack::{Haystack, Match, is_quote};

const USER_CHARS: usize = 128;
const VALUE_CHARS: usize = 256;
const FLAG_CHARS: usize = 40;
/// The maximum number of characters between the name of a program and its option.
const COMMAND_CHARS: usize = 100;

/// Programs, each with the option that precedes a password. `glued` means that no space separates
/// the option from the password.
#[rustfmt::skip]
const OPTIONS: [Program; 11] = [
    Program { option: 'p', name: "sshpass", glued: false },
    Program { option: 'p', name: "docker login", glued: false },
    Program { option: 'p', name: "podman login", glued: false },
    Program { option: 'p', name: "registry login", glued: false },
    Program { option: 'p', name: "mysql", glued: true },
    Program { option: 'p', name: "mariadb", glued: true },
    Program { option: 'p', name: "mongo", glued: false },
    Program { option: 'w', name: "ldap", glued: false },
    Program { option: 'a', name: "redis-cli", glued: false },
    Program { option: 'P', name: "sqlcmd", glued: false },
    Program { option: 'p', name: "az login", glued: false },
];

struct Program {
    option: char,
    name: &'static str,
    glued: bool,
}

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    if !text.contains("-") {
        return matches;
    }
    let mut at = 0;
    while let Some(c) = text.char(at) {
        let option = c == '-' && text.before(at).is_none_or(char::is_whitespace);
        let secret = option.then(|| argument(text, at)).flatten();
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

/// Returns the secret in the argument of the option at `at`.
fn argument(text: Haystack<'_>, at: usize) -> Option<(usize, usize)> {
    if text.starts_with(at, "-u") {
        return curl_credentials(text, at + 2);
    }
    if text.starts_with(at, "--user ") {
        return curl_credentials(text, at + 6);
    }
    if text.starts_with(at, "--") {
        return flag(text, at + 2);
    }
    short_option(text, at)
}

/// Returns the password in `-u user:password`.
fn curl_credentials(text: Haystack<'_>, after: usize) -> Option<(usize, usize)> {
    let start = text.skip_up_to(after, 1, |c| c == ' ');
    let start = text.skip_up_to(start, 1, is_quote);
    let colon = text.skip_up_to(start, USER_CHARS, |c| {
        is_argument(c) && c != ':' && c != '/'
    });
    if colon == start || text.char(colon) != Some(':') {
        return None;
    }
    let from = colon + 1;
    let end = text.skip_up_to(from, VALUE_CHARS, is_argument);
    let password = text.slice(from, end);
    // `-u 1000:1000` is a user id and a group id.
    let is_secret = password.len() >= 6
        && password.contains(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation())
        && password.contains(char::is_alphabetic);
    (is_secret && !is_template(text, from)).then_some((from, end))
}

/// Returns the argument of a long option such as `--password`. The assignment finder handles
/// `--password=…`.
fn flag(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    let end = text.skip_up_to(start, FLAG_CHARS, |c| c.is_ascii_alphanumeric() || c == '-');
    if text.char(end) != Some(' ') {
        return None;
    }
    let name = name_at_end(text.slice(start, end))?;
    let (from, to) = value(text, end + 1)?;
    let content = text.slice(from, to);
    let min_chars = if name.kind == Kind::Password { 4 } else { 8 };
    let plain = content.chars().all(|c| c.is_ascii_lowercase());
    let fits = content.len() >= min_chars && !(plain && name.kind != Kind::Password);
    (fits && !content.contains(['(', '='])).then_some((from, to))
}

/// Returns the password after a short option of a known program.
fn short_option(text: Haystack<'_>, at: usize) -> Option<(usize, usize)> {
    let option = text.char(at + 1)?;
    let after = at + 1 + option.len_utf8();
    let spaced = text.char(after) == Some(' ');
    let mut candidates = OPTIONS
        .iter()
        .filter(|program| program.option == option && program.glued != spaced)
        .peekable();
    candidates.peek()?;
    let line = text.skip_back(at, COMMAND_CHARS, |c| !matches!(c, '\n' | '|' | ';' | '&'));
    let command = text.slice(line, at);
    if !candidates.any(|program| command.contains(program.name)) {
        return None;
    }
    let (from, to) = value(text, if spaced { after + 1 } else { after })?;
    (text.slice(from, to).chars().count() >= 4).then_some((from, to))
}

/// Returns the argument at `start`, without its quotes.
fn value(text: Haystack<'_>, start: usize) -> Option<(usize, usize)> {
    let from = text.skip_up_to(start, 1, is_quote);
    let to = text.skip_up_to(from, VALUE_CHARS, is_argument);
    (to > from && text.char(from) != Some('-') && !is_template(text, from)).then_some((from, to))
}

fn is_argument(c: char) -> bool {
    !c.is_whitespace() && !is_quote(c)
}

fn is_template(text: Haystack<'_>, at: usize) -> bool {
    matches!(text.char(at), Some('[' | '{' | '<' | '$' | '*' | '%'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn arguments() {
        table(
            find,
            &[
                ("curl -u me:s3cr3t! https://x", "curl -u me:[key] https://x"),
                ("curl -ume:s3cr3t! https://x", "curl -ume:[key] https://x"),
                ("curl --user 'me:s3cr3t!' x", "curl --user 'me:[key]' x"),
                ("sshpass -p 's3cr3t' ssh", "sshpass -p '[key]' ssh"),
                ("mysql -u root -ps3cr3t x", "mysql -u root -p[key] x"),
                ("redis-cli -a s3cr3t", "redis-cli -a [key]"),
                ("x --password letmein -v", "x --password [key] -v"),
                ("x --db-password \"letmein\"", "x --db-password \"[key]\""),
                ("x --api-key abcd1234", "x --api-key [key]"),
            ],
            &[
                "docker run -u 1000:1000 image",
                "a -u b",
                "mysql -p shop",
                "docker run -p 8080:80",
                "mysql x | grep -pabcdef",
                "x --password -v",
                "x --password $PASSWORD",
                "x --token file",
                "x --token credentials",
                "x --tokens 12345678",
                "x --password-stdin letmein",
                "--password",
                "-p",
                "-",
            ],
        );
    }
}
