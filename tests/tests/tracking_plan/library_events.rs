//! Events of a library that is not compiled as a test. The `plan` feature describes them.

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
fn events_of_a_library_are_described() {
    let plan = check().plan();
    assert_eq!(field(&plan, "carrier"), carriers());
    let parcel = json!({ "type": "object", "properties": { "weight": { "type": "number" } } });
    assert_eq!(field(&plan, "parcels")["items"], parcel);
    let label = json!({ "x-copilot-track-type": "copilot_track_tests::planned::Label" });
    assert_eq!(field(&plan, "label")["items"], label);
    let rule = plan.event("Order Shipped").unwrap();
    assert_eq!(rule.description(), Some("An order left the warehouse."));
    let label = field(&plan, "label");
    assert_eq!(label["description"], "It only implements `Serialize`.");
}

#[test]
fn sources_describe_types_that_only_implement_serialize() {
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
