//! How many secrets are masked, and how many harmless strings change.

use std::collections::BTreeMap;

use copilot_track::testing::TestTracker;
use copilot_track::{Content, Conversation, Tracker};

use crate::masking::Case;

const PLACEHOLDERS: [&str; 7] = [
    "[email]", "[phone]", "[card]", "[iban]", "[ip]", "[token]", "[key]",
];
/// A secret leaks if this many consecutive characters of it remain. A shorter secret leaks if all
/// of it remains.
const LEAK_CHARS: usize = 4;

/// A tracker that masks content.
pub struct MaskingTracker {
    test: TestTracker,
    conversation: Conversation,
}

impl MaskingTracker {
    /// Creates the tracker.
    pub fn new() -> Self {
        let test = TestTracker::with(Tracker::builder().content(Content::Masked)).unwrap();
        let conversation = test.conversation();
        Self { test, conversation }
    }

    /// Returns the text as the tracker sends it.
    pub fn mask(&self, text: &str) -> String {
        self.test.clear();
        self.conversation.message_sent(text.to_owned());
        let event = self.test.event("Message Sent");
        let body = event.property("message_body").unwrap();
        body.as_str().unwrap().to_owned()
    }
}

impl Default for MaskingTracker {
    fn default() -> Self {
        Self::new()
    }
}

/// The figures for one kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Score {
    /// The number of secrets that are masked.
    pub found: usize,
    /// The total number of secrets.
    pub secrets: usize,
    /// The number of harmless strings that are changed.
    pub changed: usize,
    /// The total number of harmless strings.
    pub harmless: usize,
}

impl Score {
    /// Returns the figures for each kind. `mask` masks a string.
    pub fn by_kind(cases: &[Case], mask: impl Fn(&str) -> String) -> BTreeMap<&'static str, Self> {
        let mut scores: BTreeMap<&'static str, Self> = BTreeMap::new();
        for case in cases {
            let masked = mask(&case.text);
            let score = scores.entry(case.kind).or_default();
            score.secrets += case.secrets.len();
            score.found += case.secrets.len() - leaks(case, &masked).len();
            if case.secrets.is_empty() {
                score.harmless += 1;
                score.changed += usize::from(masked != case.text);
            }
        }
        scores
    }

    /// Returns the sum of two scores.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            found: self.found + other.found,
            secrets: self.secrets + other.secrets,
            changed: self.changed + other.changed,
            harmless: self.harmless + other.harmless,
        }
    }
}

/// Returns the secrets that remain in the masked text, in whole or in part.
pub fn leaks<'c>(case: &'c Case, masked: &str) -> Vec<&'c str> {
    let mut rest = masked.to_owned();
    for placeholder in PLACEHOLDERS {
        rest = rest.replace(placeholder, "\0");
    }
    let leaks = |secret: &&str| {
        let chars: Vec<char> = secret.chars().collect();
        chars.windows(LEAK_CHARS.min(chars.len())).any(|part| {
            let part: String = part.iter().collect();
            part.contains(char::is_alphanumeric)
                && rest.contains(&part)
                && !case.context.iter().any(|context| context.contains(&part))
        })
    };
    case.secrets
        .iter()
        .map(String::as_str)
        .filter(leaks)
        .collect()
}
