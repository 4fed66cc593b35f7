//! API keys with an issuer's prefix.
//!
//! The prefix must be followed by at least 16 letters, digits, dashes, and underscores. At least
//! one of them must be a digit, because CSS class names can also start with `sk-`.

use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::{Haystack, Match};

pub(super) const PLACEHOLDER: &str = "[key]";

#[rustfmt::skip]
const PREFIXES: [&str; 82] = [
    // Language models and related services.
    "sk-", "gsk_", "xai-", "pplx-", "r8_", "hf_", "nvapi-", "tgp_v1_", "pcsk_", "lsv2_pt_",
    "lsv2_sk_", "tvly-", "jina_",
    // Cloud providers.
    "AKIA", "ASIA", "ABIA", "ACCA", "AIza", "ya29.", "GOCSPX-", "LTAI", "AKID", "dop_v1_",
    "doo_v1_", "dor_v1_", "hvs.", "hvb.", "dp.pt.", "dp.st.", "pscale_tkn_", "pscale_pw_", "sbp_",
    "sb_secret_", "tskey-", "napi_", "nfp_",
    // Source code and packages.
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "npm_",
    "pypi-", "rubygems_", "dckr_pat_", "ATATT3", "ATCTT3",
    // Payments and shops.
    "sk_live_", "sk_test_", "pk_live_", "pk_test_", "rk_live_", "rk_test_", "whsec_", "rzp_live_",
    "shpat_", "shpss_", "shpca_", "shppa_", "sq0atp-", "sq0csp-",
    // Messaging, documents, and telemetry.
    "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-", "SG.", "lin_api_", "ntn_",
    "figd_", "PMAK-", "phx_", "sntrys_", "sntryu_", "glsa_", "AGE-SECRET-KEY-",
];
/// Prefixes that must be followed by exactly this number of hexadecimal digits.
const HEX: [(&str, usize); 4] = [("SK", 32), ("key-", 32), ("dapi", 32), ("sbp", 40)];
/// Prefixes that must be followed by at least this number of characters. Shorter matches are
/// ordinary words.
const LONG: [(&str, usize); 2] = [("EAAA", 50), ("EAAC", 50)];
const MIN_CHARS: usize = 16;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(c) = text.char(at) {
        if !is_key_char(c) {
            at += c.len_utf8();
            continue;
        }
        // A key is a whole word, so no key starts in the middle of this word.
        let word_end = text.skip_while(at, is_key_char);
        let prefix = PREFIXES
            .iter()
            .find(|prefix| prefix.starts_with(c) && text.starts_with(at, prefix));
        let end = prefix
            .and_then(|prefix| key_end(text, at, prefix, word_end))
            .or_else(|| whole_word_key(text, at, c, word_end));
        if let Some(end) = end {
            matches.push(Match {
                start: at,
                end,
                placeholder: PLACEHOLDER,
            });
        }
        at = end.unwrap_or(word_end);
    }
    matches
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphabetic() || is_digit(c) || matches!(c, '-' | '_')
}

fn key_end(text: Haystack<'_>, start: usize, prefix: &str, word_end: usize) -> Option<usize> {
    let body = start + prefix.len();
    let end = if prefix.ends_with('.') {
        // Only two parts are read, so that the search stays bounded.
        let end = text.skip_while(body, is_key_char);
        match text.char(end) {
            Some('.') => text.skip_while(end + 1, is_key_char).max(end),
            _ => end,
        }
    } else {
        word_end
    };
    let body = text.slice(body, end);
    (body.len() >= MIN_CHARS && body.contains(is_digit)).then_some(end)
}

/// Returns the end of a key that is recognized by the form of the whole word.
fn whole_word_key(text: Haystack<'_>, start: usize, c: char, word_end: usize) -> Option<usize> {
    let starts = |prefix: &str| prefix.starts_with(c) && text.starts_with(start, prefix);
    let is_hex = HEX.iter().any(|&(prefix, digits)| {
        let body = start + prefix.len();
        word_end == body + digits
            && starts(prefix)
            && (text.slice(body, word_end).chars()).all(|c| c.is_ascii_hexdigit())
    });
    let is_long = LONG.iter().any(|&(prefix, min_chars)| {
        let body = start + prefix.len();
        word_end >= body + min_chars
            && starts(prefix)
            && text.slice(body, word_end).contains(is_digit)
    });
    (is_hex || is_long || is_telegram_bot_token(text, start, word_end)).then_some(word_end)
}

/// Returns whether the word is the second part of a Telegram bot token, such as `123456789:AAE…`.
fn is_telegram_bot_token(text: Haystack<'_>, start: usize, word_end: usize) -> bool {
    if word_end - start != 35 || text.before(start) != Some(':') || !text.starts_with(start, "AA") {
        return false;
    }
    let colon = start - 1;
    (8..=10).contains(&(colon - text.skip_back(colon, 11, |c| c.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

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
                "SK hynix makes 0123456789abcdef0123456789abcdef",
                "SK0123456789abcdef0123456789abcdef0",
                "key-value-store-number-12",
                "EAAA1234567890123456",
                "12:AAa1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2c",
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
