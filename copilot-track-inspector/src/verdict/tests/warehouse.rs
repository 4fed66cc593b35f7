//! Tests of findings whose source is the rules of warehouses.

use serde_json::json;

use super::{assert_findings, track};
use crate::verdict::findings::VerdictStatus;

#[test]
fn reserved_property_names_are_reported() {
    let properties = json!({"conversationId": "c", "revenue": "19.99", "currency": "dollars", "value": 5, "id": "x"});
    assert_findings(
        &track("Order Placed", properties),
        VerdictStatus::Warning,
        &[
            "reserved_property properties.currency",
            "reserved_property properties.revenue",
            "reserved_property properties.id",
        ],
    );
    let valid = json!({"conversationId": "c", "revenue": 19.99, "currency": "USD"});
    assert_findings(&track("Order Placed", valid), VerdictStatus::Ok, &[]);
}
