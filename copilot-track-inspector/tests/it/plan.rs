//! Tests of `--plan`.

use copilot_track_inspector::{FindingSource, Inspector};
use serde_json::json;

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
