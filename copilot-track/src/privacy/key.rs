//! API keys that their issuers begin in a way that tells them apart.
//!
//! At least 16 more letters, digits, dashes and underscores follow, with a digit among them: `sk-`
//! also begins names of classes in style sheets.

use super::digits::is_digit;
use super::text::{Hit, Text};

pub(super) const MARK: &str = "[key]";

const PREFIXES: [&str; 34] = [
    "sk-",
    "sk_live_",
    "sk_test_",
    "pk_live_",
    "pk_test_",
    "rk_live_",
    "rk_test_",
    "whsec_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xoxs-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "GOCSPX-",
    "SG.",
    "npm_",
    "pypi-",
    "hf_",
    "dop_v1_",
    "shpat_",
    "sq0atp-",
    "AGE-SECRET-KEY-",
];
const MIN_CHARS: usize = 16;

pub(super) fn find(text: Text<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        if !is_body(c) {
            at += c.len_utf8();
            continue;
        }
        // A key is a word of its own; none begins inside what is looked at here.
        let word_end = text.run(at, is_body);
        let prefix = PREFIXES.iter().find(|prefix| text.starts_with(at, prefix));
        let end = prefix.and_then(|prefix| key_end(text, at, prefix, word_end));
        if let Some(end) = end {
            hits.push(Hit {
                start: at,
                end,
                mark: MARK,
            });
        }
        at = end.unwrap_or(word_end);
    }
    hits
}

fn is_body(c: char) -> bool {
    c.is_ascii_alphabetic() || is_digit(c) || matches!(c, '-' | '_')
}

fn key_end(text: Text<'_>, start: usize, prefix: &str, word_end: usize) -> Option<usize> {
    let body = start + prefix.len();
    let end = if prefix.ends_with('.') {
        // Of two parts at most, so that no dot makes it look at all the rest of a text.
        let end = text.run(body, is_body);
        match text.char(end) {
            Some('.') => text.run(end + 1, is_body).max(end),
            _ => end,
        }
    } else {
        word_end
    };
    let body = text.slice(body, end);
    (body.len() >= MIN_CHARS && body.contains(is_digit)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;
    use super::*;

    #[test]
    fn keys() {
        let body = "a1B2".repeat(6);
        for prefix in PREFIXES {
            let key = format!("use {prefix}{body}, please");
            table(find, &[(&key, "use [key], please")], &[]);
        }
        let two_parts = format!("SG.{body}.{body}.");
        table(
            find,
            &[(&two_parts, "[key].")],
            &[
                "sk-1",
                "sk-circle-fade-loading-spinner",
                "AKIA",
                "task-1234567890123456789",
                "SG.x.1.y.2.z",
                "hf_hub_download_url",
                "npm_config_registry",
            ],
        );
    }
}
