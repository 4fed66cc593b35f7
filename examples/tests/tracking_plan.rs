//! Compares the events of the examples with their tracking plans.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use copilot_track_inspector::Inspector;
use copilot_track_plan::{Checker, Plan, Rule, RuleType, scan};
use serde_json::Value;

const PROGRAM: &str = "src/bin/support-copilot";

/// Everything that arrives is in the plan, and every event of the plan arrives.
#[tokio::test]
async fn the_demo_sends_what_its_plan_says() {
    let inspector = Inspector::start().await.unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_support-copilot"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("SEGMENT_") || text.starts_with("COPILOT_TRACK_") {
            command.env_remove(&name);
        }
    }
    command
        .args(["--demo", "--charts"])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("plan-charts"))
        .env("SEGMENT_WRITE_KEY", "local")
        .env("COPILOT_TRACK_ENDPOINT", inspector.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let status = tokio::task::spawn_blocking(move || command.status()).await;
    assert!(status.unwrap().unwrap().success());
    assert!(
        inspector
            .wait_for(1, Duration::from_secs(30))
            .await
            .unwrap()
    );

    let plan = Plan::read(format!("{PROGRAM}/tracking-plan.json")).unwrap();
    let checker = Checker::new(&plan);
    let mut missing: Vec<_> = plan.rules().iter().map(Rule::key).collect();
    for event in inspector.events().await.unwrap() {
        let call: Value = serde_json::from_str(event.raw()).unwrap();
        assert_eq!(checker.check(&call), [], "{call}");
        if let Some(name) = call.get("event").and_then(Value::as_str) {
            missing.retain(|other| *other != name);
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_scan_finds_the_events_of_the_examples() {
    let sources = scan("examples").unwrap();
    assert_eq!(sources.problems(), []);
    let plan = sources.plan();
    for name in [
        "Support Requested",
        "Coupon Applied",
        "Apology Sent",
        "Internal Note",
        "Action Invoked",
        "Message Sent",
    ] {
        assert!(plan.rule(RuleType::Track, name).is_some(), "{name}");
    }
}
