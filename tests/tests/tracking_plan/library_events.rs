//! Events of a library that is not compiled as a test. Whether their types are examined depends on
//! the `plan` feature.

use std::any::Any;
use std::panic::catch_unwind;

use copilot_track_plan::{Plan, PlanCheck, scan};
use copilot_track_tests::planned::OrderShipped;
use serde_json::{Value, json};

fn check() -> PlanCheck {
    copilot_track::plan![OrderShipped]
}

fn field(plan: &Plan, name: &str) -> Value {
    let rule = plan.event("Order Shipped").unwrap();
    rule.field(name).unwrap().schema.json().clone()
}

fn carriers() -> Value {
    json!({ "type": "string", "enum": ["rail", "cargo_bike"] })
}

fn message(error: &(dyn Any + Send)) -> String {
    error.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn types_are_examined_with_the_feature_and_reported_without_it() {
    let plan = check().plan();
    let carrier = field(&plan, "carrier");
    let is_examined = carrier == carriers();
    if cfg!(feature = "plan") {
        assert!(is_examined, "{carrier}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let error = catch_unwind(|| check().assert_matches(file)).unwrap_err();
    let error = message(&*error);
    if is_examined {
        let parcel = json!({ "type": "object", "properties": { "weight": { "type": "number" } } });
        assert_eq!(field(&plan, "parcels")["items"], parcel);
        let label = json!({ "x-copilot-track-type": "copilot_track_tests::planned::Label" });
        assert_eq!(field(&plan, "label")["items"], label);
        assert!(error.contains("does not exist"), "{error}");
    } else {
        // A type that was not examined is unknown, and never of a wrong type.
        let name = "copilot_track_tests::planned::Carrier";
        assert_eq!(carrier, json!({ "x-copilot-track-type": name }));
        for part in [
            "`Order Shipped`: the type of property `carrier` is unknown",
            name,
            "features = [\"plan\"]",
        ] {
            assert!(error.contains(part), "{part}\n{error}");
        }
    }
}

#[test]
fn sources_describe_types_with_and_without_the_feature() {
    let sources = scan("src/planned.rs").unwrap();
    let check = check().with_sources(sources);
    let plan = check.plan();
    assert_eq!(field(&plan, "carrier"), carriers());
    let parcels = field(&plan, "parcels");
    assert_eq!(parcels["items"]["properties"]["weight"]["type"], "number");
    let label = &field(&plan, "label")["items"];
    assert_eq!(
        label["properties"],
        json!({ "zipCode": { "type": "string" } })
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let error = catch_unwind(|| check.assert_matches(file)).unwrap_err();
    let error = message(&*error);
    assert!(error.contains("does not exist"), "{error}");
}
