//! The preferred language of a customer.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// The maximum number of languages that are read. Browsers send at most about 20.
const MAX_LANGUAGES: usize = 64;
/// The maximum length of a language tag (RFC 5646, section 4.4.1).
const MAX_TAG_BYTES: usize = 35;

/// Returns the preferred language: the first one with the highest quality.
pub(crate) fn preferred(headers: &HeaderMap) -> Option<&str> {
    let languages = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best = None;
    let mut best_quality = 0;
    for language in languages.split(',').take(MAX_LANGUAGES) {
        let (tag, parameters) = language.split_once(';').unwrap_or((language, ""));
        let tag = tag.trim();
        if let Some(quality) = quality(parameters)
            && quality > best_quality
            && is_tag(tag)
        {
            best = Some(tag);
            best_quality = quality;
        }
    }
    best
}

/// Returns the quality in thousandths. Returns `None` if it is invalid.
fn quality(parameters: &str) -> Option<u32> {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return Some(1_000);
    }
    let (name, value) = parameters.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, decimals) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = match whole {
        "0" => format!("{decimals:0<3}").parse().ok()?,
        "1" if decimals.bytes().all(|byte| byte == b'0') => 1_000,
        _ => return None,
    };
    Some(thousandths)
}

fn is_tag(tag: &str) -> bool {
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    tag.len() <= MAX_TAG_BYTES
        && tag.starts_with(|first: char| first.is_ascii_alphabetic())
        && tag.split('-').all(is_subtag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
        assert_eq!(preferred(&headers), expected, "{header}");
    }

    #[test]
    fn the_highest_quality_wins_and_then_the_first() {
        check("de-DE", Some("de-DE"));
        check("en;q=0.5, de-DE", Some("de-DE"));
        check("fr;q=0.9,de ; q=0.95 , en;Q=0.8", Some("de"));
        check("fr, de", Some("fr"));
        check("fr;q=1.000, de;q=1", Some("fr"));
        check("*, de;q=0.1", Some("de"));
        check("zh-Hant-TW;q=0.001", Some("zh-Hant-TW"));
    }

    #[test]
    fn what_is_not_a_language_is_left_out() {
        for header in [
            "",
            ",",
            "*",
            "de;q=0",
            "de;q=0.000",
            "de;q=2",
            "de;q=-1",
            "de;q=NaN",
            "de;q=0.1234",
            "de;q=",
            "de;q",
            "de;v=1",
            "de;q=1;q=0",
            "d\"e",
            "123",
            "-de",
            "de--AT",
            "de_DE",
            "abcdefghi",
            "<script>",
        ] {
            check(header, None);
        }
        let long = format!("a{}", "-b".repeat(18));
        check(&long, None);
    }

    #[test]
    fn a_long_header_is_read_in_part() {
        let header = format!("de;q=0.5,{}fr", "en;q=0.1,".repeat(1_200));
        assert!(header.len() > 10_000);
        check(&header, Some("de"));
        check(&"x".repeat(10_000), None);
    }
}
