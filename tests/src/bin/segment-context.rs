//! Sends a call of each kind with a context and integrations to the endpoint in the first argument.
//! `.ci/sdks` compares the calls with those of Segment's SDK for Node.
#![allow(clippy::unwrap_used, reason = "errors end the program")]

use std::time::Duration;

use copilot_track::{
    App, Campaign, Context, CustomEvent, Device, Os, Page, Referrer, Tracker, User,
};
use serde_json::json;

fn main() {
    let endpoint = std::env::args().nth(1).unwrap();
    let page = Page::new("https://example.com/pricing?plan=pro")
        .title("Größen & Preise")
        .referrer("https://example.org/");
    let app = App::new()
        .name("shop")
        .version("1.2.3")
        .build("45")
        .namespace("com.example.shop");
    let device = Device::new()
        .id("d-1")
        .manufacturer("Example")
        .model("M1")
        .name("phone")
        .kind("ios");
    let context = Context::new()
        .ip("203.0.113.7")
        .user_agent("Mozilla/5.0")
        .locale("de-DE")
        .timezone("Europe/Berlin")
        .page(page)
        .campaign(
            Campaign::new()
                .name("spring")
                .source("newsletter")
                .medium("email"),
        )
        .referrer(Referrer::new().kind("search").url("https://example.org/"))
        .app(app)
        .device(device)
        .os(Os::new().name("iOS").version("18.1"))
        .group_id("acme")
        .trace_id("0af7651916cd43dd8448eb211c80319c")
        .set("channel", "server");
    let tracker = Tracker::builder()
        .write_key("the-write-key")
        .endpoint(endpoint)
        .context(context)
        .integrations(&json!({ "All": true, "Mixpanel": false }))
        .build()
        .unwrap();
    let user = User::both("u", "a").unwrap();
    let event = CustomEvent::new("Item Purchased").unwrap();
    tracker.track(&user, event.property("price", 19.99));
    tracker.identify_with(&user, &json!({ "plan": "free" }));
    tracker.group(&user, "acme", &json!({ "size": 3 }));
    tracker.alias("a", &User::known("u").unwrap());
    let report = tracker.shutdown_blocking(Duration::from_secs(20));
    assert!(report.is_all_delivered(), "{report}");
}
