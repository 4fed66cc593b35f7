//! Tests of `--plan`.

use std::path::Path;

use copilot_track_inspector::{
    Finding, FindingCode, FindingSource, Inspector, InspectorBuilder, Verdict,
};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::support::{TestInspector, json_of, message, numbers, start_with};

#[tokio::test]
async fn events_are_checked_against_the_plan_which_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let plan = |ty: &str| {
        json!([{ "key": "Item Purchased", "type": "TRACK", "version": 1, "jsonSchema": {
            "properties": { "properties": { "type": "object", "properties": {
                "conversationId": { "type": "string" }, "price": { "type": ty },
            }, "required": ["price"] } },
        } }])
        .to_string()
    };
    std::fs::write(&file, plan("number")).unwrap();
    let inspector = Inspector::builder().plan(&file).start().await.unwrap();
    let send = async |price: serde_json::Value| {
        let call = json!({
            "writeKey": "k", "userId": "u", "event": "Item Purchased", "messageId": "m",
            "properties": { "conversationId": "c", "price": price, "extra": 1 },
        });
        let url = format!("{}/v1/track", inspector.url());
        let sent = reqwest::Client::new()
            .post(url)
            .body(call.to_string())
            .send()
            .await;
        assert_eq!(sent.unwrap().status(), 200);
        let events = inspector.events().await.unwrap();
        let findings = events.last().unwrap().verdict().findings().to_vec();
        let planned = findings
            .iter()
            .filter(|it| it.source() == FindingSource::TrackingPlan);
        planned.map(|it| it.path().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(send(json!(1.5)).await, ["properties.extra"]);
    assert_eq!(
        send(json!("1.5")).await,
        ["properties.price", "properties.extra"]
    );
    // The size differs, in case the clock of the file system has not advanced.
    std::fs::write(&file, plan("string") + "\n").unwrap();
    assert_eq!(send(json!("1.5")).await, ["properties.extra"]);
    std::fs::write(&file, "no plan").unwrap();
    assert!(send(json!("1.5")).await.contains(&String::new()));
    assert!(Inspector::builder().plan(&file).start().await.is_err());
}

/// Returns a plan with one event, which has these properties and no others.
fn plan(properties: &Value) -> String {
    json!([{ "key": "Item Purchased", "type": "TRACK", "version": 1, "jsonSchema": {
        "properties": { "properties": { "type": "object", "properties": properties } },
    } }])
    .to_string()
}

fn purchase(envelope: &str, price: &Value) -> Value {
    json!({
        "type": "track", "event": "Item Purchased", "userId": "u", "messageId": envelope,
        "timestamp": "2026-01-02T03:04:05Z",
        "properties": { "conversationId": "c", "price": price },
    })
}

/// Returns the paths of the tracking plan's findings about all events.
async fn planned(inspector: &TestInspector) -> Vec<Vec<String>> {
    let events = inspector.inspector.events().await.unwrap();
    let of_plan = |it: &&Finding| it.source() == FindingSource::TrackingPlan;
    events
        .iter()
        .map(|event| {
            let findings = event.verdict().findings().iter().filter(of_plan);
            findings.map(|it| it.path().to_owned()).collect()
        })
        .collect()
}

async fn inspectors(file: &Path) -> Vec<(TestInspector, TempDir)> {
    let mut inspectors = Vec::new();
    for has_database in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let builder = Inspector::builder().plan(file);
        let builder = if has_database {
            builder.database(folder.path().join("events.db"))
        } else {
            builder
        };
        inspectors.push((start_with(builder).await, folder));
    }
    inspectors
}

#[tokio::test]
async fn stored_events_are_checked_again_when_the_plan_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let id = json!({ "type": "string" });
    let number = plan(&json!({ "conversationId": id, "price": { "type": "number" } }));
    let string = plan(&json!({ "conversationId": id, "price": { "type": "string" } }));
    std::fs::write(&file, &number).unwrap();
    for (inspector, _folder) in inspectors(&file).await {
        inspector
            .batch(&[purchase("1", &json!(1.5)), purchase("2", &json!("1.5"))])
            .await;
        // More events than are checked at a time.
        let others: Vec<_> = (3..=600)
            .map(|number| purchase(&number.to_string(), &json!(number)))
            .collect();
        inspector.batch(&others).await;
        let conversation = async || {
            let conversation = inspector
                .inspector
                .conversation("c")
                .await
                .unwrap()
                .unwrap();
            (conversation.problems(), conversation.worst().as_str())
        };
        let bad = async || inspector.get("/api/state").await["bad"].clone();
        let findings = planned(&inspector).await;
        assert_eq!(findings[..2], [vec![], vec!["properties.price".to_owned()]]);
        assert_eq!(conversation().await, (1, "error"));
        assert_eq!(bad().await, 1);

        // The size of the file differs, in case the clock of the file system has not advanced.
        std::fs::write(&file, string.clone() + "\n").unwrap();
        assert_eq!(bad().await, 599);
        let findings = planned(&inspector).await;
        assert_eq!(findings[..2], [vec!["properties.price".to_owned()], vec![]]);
        assert_eq!(findings[599], ["properties.price"]);
        assert_eq!(conversation().await, (599, "error"));
        let listed = inspector.get("/good").await;
        assert_eq!(numbers(&listed), [2]);

        // A file without a plan changes nothing about stored events.
        std::fs::write(&file, "no plan").unwrap();
        assert_eq!(bad().await, 599);
        let any = plan(&json!({ "conversationId": id, "price": {} }));
        std::fs::write(&file, any).unwrap();
        assert_eq!(bad().await, 0);
        assert_eq!(planned(&inspector).await.concat(), [""; 0]);
        assert_eq!(conversation().await, (0, "ok"));
        std::fs::write(&file, &number).unwrap();
        assert_eq!(conversation().await, (1, "error"));
    }
}

#[tokio::test]
async fn imported_events_are_checked_against_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let id = json!({ "type": "string" });
    std::fs::write(&file, plan(&json!({ "conversationId": id }))).unwrap();
    let lines = format!("{}\n", purchase("1", &json!(1.5)));
    for (inspector, _folder) in inspectors(&file).await {
        let imported = inspector.post("/api/import", lines.clone()).await;
        assert_eq!(json_of(imported).await["imported"], 1);
        assert_eq!(planned(&inspector).await, [["properties.price"]]);

        // An exported event has the findings of another plan, which are replaced.
        let exported = inspector.text_of("/api/export").await;
        assert!(exported.contains("tracking_plan"), "{exported}");
        let other = folder.path().join("other.json");
        let properties = json!({ "conversationId": id, "price": { "type": "string" } });
        std::fs::write(&other, plan(&properties)).unwrap();
        let second = start_with(Inspector::builder().plan(&other)).await;
        let imported = second.post("/api/import", exported).await;
        assert_eq!(json_of(imported).await["imported"], 1);
        let events = second.inspector.events().await.unwrap();
        let codes: Vec<_> = events[0]
            .verdict()
            .findings()
            .iter()
            .filter(|it| it.source() == FindingSource::TrackingPlan)
            .map(Finding::code)
            .collect();
        assert_eq!(codes, [FindingCode::MistypedProperty]);
    }
}

/// Returns a plan with the spec's Message Sent event and 150 further properties of this type.
fn long_plan(ty: &str) -> String {
    let mut properties: Map<_, _> = (0..150)
        .map(|number| (format!("p{number}"), json!({ "type": ty })))
        .collect();
    for name in ["conversationId", "messageId", "message_body", "role"] {
        properties.insert(name.to_owned(), json!({}));
    }
    plan(&properties.into()).replace("Item Purchased", "Message Sent")
}

#[tokio::test]
async fn the_limit_of_findings_applies_after_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let mut call = message(1, "c");
    for number in 0..150 {
        call["properties"][format!("p{number}")] = "text".into();
    }
    let mut misspelled = call.clone();
    misspelled["properties"]["Message_Body"] = "text".into();
    let read = async |inspector: &TestInspector| {
        let events = inspector.inspector.events().await.unwrap();
        let verdicts = events.iter().map(|event| event.verdict().clone());
        verdicts.collect::<Vec<_>>()
    };
    let good = long_plan("string");
    let bad = long_plan("number");
    std::fs::write(&file, &good).unwrap();
    for (inspector, _folder) in inspectors(&file).await {
        inspector.batch(&[call.clone(), call.clone()]).await;
        inspector.batch(&[misspelled.clone()]).await;
        let first = read(&inspector).await;
        assert_eq!(first[0], Verdict::default());
        assert_eq!(first[1].findings().len(), 1);
        assert!(first[1].has(FindingCode::DuplicateEnvelopeId));
        assert!(first[2].has(FindingCode::ConflictingEnvelopeId));
        assert!(first[2].findings().len() > 1);

        // The errors push out the other findings, and are counted again by each check.
        for extra in ["", "\n", "\n\n"] {
            std::fs::write(&file, format!("{bad}{extra}")).unwrap();
            let verdicts = read(&inspector).await;
            let counts = verdicts
                .iter()
                .map(|it| (it.findings().len(), it.omitted_findings()));
            // The plan's checks find at most 100 differences in a call.
            let expected = [(100, 0), (100, 1), (100, 2)];
            assert_eq!(counts.collect::<Vec<_>>(), expected);
            assert!(verdicts[1].has(FindingCode::DuplicateEnvelopeId));
            assert!(verdicts[2].has(FindingCode::ConflictingEnvelopeId));
        }
        std::fs::write(&file, &good).unwrap();
        assert_eq!(read(&inspector).await, first);
    }
}

#[tokio::test]
async fn an_error_names_the_unreadable_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    std::fs::write(&file, "{").unwrap();
    let missing = folder.path().join("accepted.txt");
    let message = async |builder: InspectorBuilder| {
        let error = builder.start().await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        format!("{error}: {source}")
    };
    let error = message(Inspector::builder().plan(&file)).await;
    assert_eq!(error.matches("plan.json").count(), 1, "{error}");
    std::fs::write(&file, plan(&json!({}))).unwrap();
    let error = message(Inspector::builder().plan(&file).accept(&missing)).await;
    assert_eq!(error.matches("accepted.txt").count(), 1, "{error}");
}
