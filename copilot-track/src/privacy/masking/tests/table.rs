//! A table-driven check of one kind of data.

use std::borrow::Cow;

use crate::privacy::masking::haystack::{Haystack, replace};
use crate::privacy::masking::masker::Find;

/// Checks one finder. `masked` contains pairs of a string and its masked form. `kept` contains
/// strings that must not change.
#[track_caller]
pub(in crate::privacy::masking) fn table(find: Find, masked: &[(&str, &str)], kept: &[&str]) {
    let mask = |text: &str| {
        let text = Cow::Owned(text.to_owned());
        let matches = find(Haystack::new(&text));
        replace(text, &matches).into_owned()
    };
    for &(text, expected) in masked {
        assert_eq!(mask(text), expected, "{text}");
        assert_eq!(mask(expected), expected, "{text}, again");
    }
    for &text in kept {
        assert_eq!(mask(text), text);
    }
}
