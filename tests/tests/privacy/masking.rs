//! Checks how many secrets in the corpus are masked. docs/masking.md lists the same figures next to
//! those of other libraries.

use copilot_track_tests::masking::{Corpus, MaskingTracker, Score};

/// For each kind of data, the minimum number of secrets that must be found and the maximum number
/// of harmless strings that may be changed.
type Limits = [(&'static str, usize, usize); 12];

const TUNING: Limits = [
    ("api key", 50, 0),
    ("assignment", 207, 0),
    ("card", 54, 0),
    ("cookie", 47, 0),
    ("email", 36, 0),
    ("iban", 37, 1),
    ("ip", 46, 3),
    ("obfuscated email", 18, 1),
    ("phone", 33, 0),
    ("private key", 9, 0),
    ("token", 26, 0),
    ("url secret", 24, 0),
];
const HELD_OUT: Limits = [
    ("api key", 13, 0),
    ("assignment", 57, 1),
    ("card", 17, 0),
    ("cookie", 13, 0),
    ("email", 14, 0),
    ("iban", 11, 0),
    ("ip", 13, 1),
    ("obfuscated email", 7, 0),
    ("phone", 18, 0),
    ("private key", 4, 0),
    ("token", 11, 0),
    ("url secret", 11, 1),
];

#[track_caller]
fn assert_limits(corpus: Corpus, limits: &Limits) {
    let tracker = MaskingTracker::new();
    let scores = Score::by_kind(&corpus.cases(), |text| tracker.mask(text));
    assert_eq!(scores.len(), limits.len());
    for &(kind, found, changed) in limits {
        let score = scores[kind];
        assert!(
            score.found >= found && score.changed <= changed,
            "{kind}: {score:?}, expected at least {found} found and at most {changed} changed"
        );
    }
}

#[test]
fn the_tuning_corpus_is_masked() {
    assert_limits(Corpus::Tuning, &TUNING);
}

#[test]
fn the_held_out_corpus_is_masked() {
    assert_limits(Corpus::HeldOut, &HELD_OUT);
}

#[test]
fn masking_the_corpus_again_changes_nothing() {
    let tracker = MaskingTracker::new();
    for corpus in Corpus::ALL {
        for case in corpus.cases() {
            let once = tracker.mask(&case.text);
            assert_eq!(tracker.mask(&once), once);
        }
    }
}

#[test]
fn the_corpus_is_large_and_diverse() {
    let cases: Vec<_> = Corpus::ALL.into_iter().flat_map(Corpus::cases).collect();
    let secrets: usize = cases.iter().map(|case| case.secrets.len()).sum();
    let harmless = cases.iter().filter(|case| case.secrets.is_empty()).count();
    assert!(secrets >= 300 && harmless >= 300, "{secrets}, {harmless}");
    let mut texts: Vec<_> = cases.iter().map(|case| &case.text).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), cases.len());
}
