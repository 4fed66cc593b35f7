//! The error of a request: its cause, and its text without secrets.

use std::error::Error;
use std::io;

use crate::delivery::transport::attempt_outcome::{AttemptOutcome, RetryCause};
use crate::delivery::write_key::WriteKey;
use crate::util::{panics, reentrancy};

/// Returns the outcome of an attempt that ended without a response.
pub(super) fn outcome(error: &(dyn Error + 'static), key: &WriteKey) -> AttemptOutcome {
    let error_text = describe(error, key);
    reentrancy::log(|| tracing::debug!(error = error_text, "sending a batch failed"));
    AttemptOutcome::Retry {
        retry_after: None,
        // The error can contain errors of the application, whose methods can panic.
        cause: panics::catch(|| cause(error)).unwrap_or(RetryCause::Broken),
        error: Some(error_text),
    }
}

fn cause(error: &(dyn Error + 'static)) -> RetryCause {
    if chain(error).any(is_timeout) {
        return RetryCause::TimedOut;
    }
    chain(error).find_map(specific_cause).unwrap_or_else(|| {
        if chain(error).any(is_connect) {
            RetryCause::Unreachable
        } else {
            RetryCause::Broken
        }
    })
}

fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    test(
        error,
        reqwest::Error::is_timeout,
        reqwest_0_12::Error::is_timeout,
    )
}

fn is_connect(error: &(dyn Error + 'static)) -> bool {
    test(
        error,
        reqwest::Error::is_connect,
        reqwest_0_12::Error::is_connect,
    )
}

/// Calls a method on a `reqwest` error from either version of `reqwest`. A `segment::Client` uses
/// the older version.
fn test(
    error: &(dyn Error + 'static),
    new: fn(&reqwest::Error) -> bool,
    old: fn(&reqwest_0_12::Error) -> bool,
) -> bool {
    error.downcast_ref().is_some_and(new) || error.downcast_ref().is_some_and(old)
}

fn specific_cause(error: &(dyn Error + 'static)) -> Option<RetryCause> {
    // `reqwest` errors are skipped, because their text contains the URL.
    if test(error, |_| true, |_| true) {
        return None;
    }
    let io_error = error.downcast_ref::<io::Error>();
    if io_error.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        return Some(RetryCause::Refused);
    }
    // The type of this error is private to hyper-util.
    if error.to_string() == "dns error" {
        return Some(RetryCause::UnknownHost);
    }
    tls_cause(error)
}

#[cfg(all(feature = "rustls-no-provider", not(feature = "native-tls")))]
fn tls_cause(error: &(dyn Error + 'static)) -> Option<RetryCause> {
    Some(match error.downcast_ref()? {
        rustls::Error::InvalidCertificate(_) => RetryCause::UntrustedCertificate,
        _ => RetryCause::Tls,
    })
}

#[cfg(feature = "native-tls")]
fn tls_cause(error: &(dyn Error + 'static)) -> Option<RetryCause> {
    // Each system's TLS library has its own errors, and none of these errors has a kind.
    let text = error.to_string().to_ascii_lowercase();
    if text.contains("certificate") {
        return Some(RetryCause::UntrustedCertificate);
    }
    text.contains("ssl routines").then_some(RetryCause::Tls)
}

#[cfg(not(feature = "__tls"))]
fn tls_cause(_: &(dyn Error + 'static)) -> Option<RetryCause> {
    None
}

/// Returns the text of the error and of all its sources, without the write key and without secrets
/// in URLs.
pub(super) fn describe(error: &(dyn Error + 'static), key: &WriteKey) -> String {
    let text = panics::catch(|| text_with_sources(error));
    let text = text.unwrap_or_else(|| "an error whose text cannot be formatted".to_owned());
    key.hide_in(&without_url_secrets(&text))
}

fn text_with_sources(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for error in chain(error) {
        let message = error.to_string();
        // Some errors repeat the text of their source.
        if !text.ends_with(&message) {
            let separator = if text.is_empty() { "" } else { ": " };
            text.extend([separator, &message]);
        }
    }
    text
}

/// Returns the error and its sources.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // `io::Error::source` skips the inner error and returns the inner error's source.
        let inside = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        inside.map_or_else(|| error.source(), |inside| Some(inside))
    })
}

/// Returns the message without the user names, passwords, and queries of its URLs.
fn without_url_secrets(message: &str) -> String {
    const SCHEME_END: &str = "://";
    let mut parts = message.split(SCHEME_END);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_after_url = |c: char| c.is_whitespace() || matches!(c, ')' | '"' | '\'' | '>');
        let (url, rest) = part.split_at(part.find(is_after_url).unwrap_or(part.len()));
        let (url, query) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        let authority = url.find('/').unwrap_or(url.len());
        let host = url[..authority].rfind('@').map_or(0, |at| at + 1);
        clean.extend([SCHEME_END, &url[host..]]);
        if !query.is_empty() {
            clean.push_str("?…");
        }
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct TestError {
        text: &'static str,
        source: Option<Box<Self>>,
    }

    fn error(texts: &[&'static str]) -> TestError {
        let (text, sources) = texts.split_first().unwrap();
        TestError {
            text,
            source: (!sources.is_empty()).then(|| Box::new(error(sources))),
        }
    }

    fn text(texts: &[&'static str]) -> String {
        describe(&error(texts), &WriteKey::unchecked("kEy7".to_owned()))
    }

    #[test]
    fn the_text_has_every_source_once() {
        assert_eq!(text(&["one", "two", "three"]), "one: two: three");
        assert_eq!(text(&["one: two", "two", "three"]), "one: two: three");
    }

    #[test]
    fn the_text_has_no_secrets() {
        assert_eq!(text(&["bad key kEy7"]), "bad key […]");
        for (secret, clean) in [
            (
                "for url (https://me:p4ss@a.example/v1/batch)",
                "for url (https://a.example/v1/batch)",
            ),
            (
                "proxy http://me:p@4ss@proxy:3128 and http://token@x",
                "proxy http://proxy:3128 and http://x",
            ),
            ("http://me:kEy7@[::1]:1", "http://[::1]:1"),
            (
                "https://a.example/x?key=p4ss, me",
                "https://a.example/x?… me",
            ),
            ("https://a.example/x@y me@z", "https://a.example/x@y me@z"),
        ] {
            assert_eq!(text(&[secret]), clean);
        }
    }
}
