//! Tests with bon and cached. Their attributes are placed above or below this library's attributes.

use bon::{Builder, builder};
use cached::proc_macro::cached;
use copilot_track::testing::TestTracker;
use copilot_track::{tracked_reply, tracked_tool};

#[tracked_tool(type = "Lookup", properties(sku))]
#[builder]
fn built_above(sku: &str, count: Option<u32>) -> u32 {
    count.unwrap_or_default() + u32::try_from(sku.len()).unwrap_or_default()
}

#[builder]
#[tracked_tool(type = "Lookup", properties(sku), record(outcome))]
async fn built_below(sku: &str, #[builder(default = 2)] count: u32) -> u32 {
    count + u32::try_from(sku.len()).unwrap_or_default()
}

#[derive(Builder)]
struct Shop {
    name: String,
}

#[bon::bon]
impl Shop {
    #[builder]
    #[tracked_reply]
    async fn answer(&self, question: String) -> String {
        format!("{}: {question}", self.name)
    }
}

/// Every call sends an event, whether or not the result is cached.
#[tracked_tool(type = "Lookup")]
#[cached]
fn cached_below(sku: String) -> usize {
    sku.len()
}

/// Only a call that misses the cache sends an event.
#[cached]
#[tracked_tool(type = "Lookup")]
async fn cached_above(sku: String) -> usize {
    sku.len()
}

#[tokio::test]
async fn built_and_cached_functions_are_tracked() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert_eq!(built_above().sku("abc").call(), 3);
        assert_eq!(built_below().sku("abc").call().await, 5);
        let shop = Shop::builder().name("Widgets".to_owned()).build();
        assert_eq!(
            shop.answer().question("?".to_owned()).call().await,
            "Widgets: ?"
        );
    })
    .await;
    assert_eq!(test.events_named("Action Invoked").len(), 2);
    assert_eq!(test.events_named("Message Received").len(), 1);
    turn.run(async {
        for _ in 0..2 {
            assert_eq!(cached_below("ab".to_owned()), 2);
            assert_eq!(cached_above("ab".to_owned()).await, 2);
        }
    })
    .await;
    assert_eq!(test.events_named("Action Invoked").len(), 2 + 2 + 1);
}
