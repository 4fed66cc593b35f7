//! `copilot_track::plan!` compared with a file.

use std::any::Any;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;

use copilot_track::TrackEvent;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Currency {
    Eur,
    Usd,
}

/// The customer bought an item.
#[derive(TrackEvent)]
struct ItemPurchased {
    /// The number of the item.
    item_id: String,
    price: f64,
    currency: Currency,
    coupon: Option<String>,
}

#[derive(TrackEvent)]
struct QuoteCreated<T> {
    lines: Vec<T>,
}

/// The same event in another version of the program.
mod changed {
    use copilot_track::TrackEvent;

    #[derive(TrackEvent)]
    pub(super) struct ItemPurchased {
        item_id: u64,
        price: Option<f64>,
        size: u8,
    }
}

/// The file that the child process writes.
const FILE: &str = "COPILOT_TRACK_TEST_PLAN";

/// Runs in a child process, because an environment variable makes it write the file.
#[test]
fn child_writes_the_plan() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    copilot_track::plan![ItemPurchased, QuoteCreated<u32>].assert_matches(PathBuf::from(file));
}

fn write_plan(file: &Path) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "file::child_writes_the_plan"])
        .env(FILE, file)
        .env("UPDATE_PLAN", "1")
        .status();
    assert!(status.unwrap().success());
}

fn message(error: &(dyn Any + Send)) -> String {
    error.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn a_missing_file_is_reported_written_and_then_matches() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let missing = file.clone();
    let error = catch_unwind(|| copilot_track::plan![ItemPurchased].assert_matches(missing));
    let error = message(&*error.unwrap_err());
    assert!(error.contains("does not exist"), "{error}");
    assert!(error.contains("UPDATE_PLAN=1"), "{error}");

    write_plan(&file);
    let written = std::fs::read_to_string(&file).unwrap();
    copilot_track::plan![ItemPurchased, QuoteCreated<u32>].assert_matches(&file);
    // The order of the arguments does not matter.
    copilot_track::plan![QuoteCreated<u32>, ItemPurchased,].assert_matches(&file);
    write_plan(&file);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    for part in [
        "The customer bought an item.",
        "The number of the item.",
        "\"eur\"",
        "conversationId",
    ] {
        assert!(written.contains(part), "{part}\n{written}");
    }
}

#[test]
fn differences_are_described_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    write_plan(&file);
    let error = catch_unwind(|| copilot_track::plan![changed::ItemPurchased].assert_matches(file));
    let error = message(&*error.unwrap_err());
    for part in [
        "`Item Purchased`: property `itemId` changed from string to integer",
        "`Item Purchased`: property `price` is now optional",
        "`Item Purchased`: property `coupon` was removed",
        "property `size` (integer) was added",
        "`Quote Created`",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
}

#[test]
fn a_plan_can_be_empty() {
    let plan = copilot_track::plan![].plan();
    assert_eq!(plan.rules().len(), 0);
}
