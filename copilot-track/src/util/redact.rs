//! Prepares user input for error messages by removing the secrets that a URL can contain.

/// Longer values are truncated to this many characters.
const MAX_CHARS: usize = 200;

/// Returns `text` in a form that is safe to show. In a URL, the user name, the password, the query,
/// and the fragment are replaced with `…`. Control characters are escaped.
pub(crate) fn redact(text: &str) -> String {
    let text = text.trim();
    let (scheme, rest) = text.split_at(scheme_length(text));
    // The password of an invalid URL can contain any character, so everything before the last `@`
    // is hidden.
    let (hidden, rest) = match rest.rfind('@') {
        Some(at) => ("…", &rest[at..]),
        None => ("", rest),
    };
    let mut shown = [scheme, hidden].concat();
    match rest.find(['?', '#']) {
        Some(end) => {
            shown.push_str(&rest[..=end]);
            if end + 1 < rest.len() {
                shown.push('…');
            }
        }
        None => shown.push_str(rest),
    }
    let mut escaped = String::with_capacity(shown.len());
    for (count, c) in shown.chars().enumerate() {
        if count == MAX_CHARS {
            escaped.push('…');
            break;
        }
        if c.is_control() {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Returns the length of the scheme with its `://`, or 0 if there is none.
fn scheme_length(text: &str) -> usize {
    match text.split_once("://") {
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => scheme.len() + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_secrets_is_shown_as_written() {
        for text in [
            "",
            "mars",
            "https://a.example/v1/",
            "HTTP://Example.com:80",
            "größe",
        ] {
            assert_eq!(redact(text), text);
        }
        assert_eq!(redact(" eu\n"), "eu");
        assert_eq!(redact("a\u{0}b\tc"), "a\\u{0}b\\tc");
    }

    #[test]
    fn secrets_are_hidden() {
        for (text, shown) in [
            ("https://user:hunter2@x.example/p", "https://…@x.example/p"),
            ("user:hunter2@x", "…@x"),
            ("https://user:hun/ter2@x", "https://…@x"),
            ("https://user:hun@ter2@x", "https://…@x"),
            ("user:hun://ter2@x", "…@x"),
            ("https://x?key=hunter2", "https://x?…"),
            ("https://x/#hunter2", "https://x/#…"),
            ("https://x?", "https://x?"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(
            redact(&"ü".repeat(1_000_000)).chars().count(),
            MAX_CHARS + 1
        );
    }
}
