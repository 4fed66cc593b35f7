//! Prints, for each kind of data, how many of the secrets in the corpus (`tests/data/masking`) are
//! found and how many harmless strings are masked.
//!
//! `cargo run -p copilot-track-tests --bin masking-table` prints a Markdown table. With `--json`,
//! the program prints one line of JSON with the results for each string. `.ci/masking-peers` reads
//! these lines and adds the figures for other libraries; docs/masking.md lists them all.

use std::collections::BTreeMap;
use std::env;

use copilot_track_tests::masking::{Corpus, MaskingTracker, Score, leaks};
use serde_json::json;

fn main() {
    let tracker = MaskingTracker::new();
    if env::args().any(|argument| argument == "--json") {
        for corpus in Corpus::ALL {
            print_cases(corpus, &tracker);
        }
        return;
    }
    for corpus in Corpus::ALL {
        println!("\n| {} | found | harmless and masked |", corpus.name());
        println!("| --- | --- | --- |");
        let scores = Score::by_kind(&corpus.cases(), |text| tracker.mask(text));
        print_scores(&scores);
    }
}

fn print_scores(scores: &BTreeMap<&str, Score>) {
    let all = scores
        .values()
        .fold(Score::default(), |all, score| all.plus(*score));
    for (kind, score) in scores.iter().chain([(&"all", &all)]) {
        let Score {
            found,
            secrets,
            changed,
            harmless,
        } = score;
        println!("| {kind} | {found} of {secrets} | {changed} of {harmless} |");
    }
}

fn print_cases(corpus: Corpus, tracker: &MaskingTracker) {
    for case in corpus.cases() {
        let masked = tracker.mask(&case.text);
        let line = json!({
            "corpus": corpus.name(),
            "kind": case.kind,
            "text": case.text,
            "secrets": case.secrets,
            "context": case.context,
            "found": case.secrets.len() - leaks(&case, &masked).len(),
            "changed": masked != case.text,
        });
        println!("{line}");
    }
}
