//! Agents and assertions for the tests.

use std::collections::BTreeMap;

use copilot_track::testing::{CapturedEvent, TestTracker};
use model_server::ModelServer;
use rig_agent::AgentBuilder;
use rig_agent::core::providers::openai::{OpenAIConfig, Route};

/// Returns a builder for an agent that uses the server.
pub(crate) fn agent(server: &ModelServer) -> AgentBuilder {
    let model = OpenAIConfig::new("no-key")
        .with_base_url(server.base_url())
        .with_route(Route::Chat)
        .client()
        .completion("scripted-1");
    AgentBuilder::new(model).default_max_turns(10)
}

#[allow(dead_code, reason = "not every test file uses it")]
/// Returns the `sku` of each Action Invoked event by conversation and message.
pub(crate) fn skus(test: &TestTracker) -> BTreeMap<(String, String), Vec<String>> {
    let mut skus = BTreeMap::<_, Vec<_>>::new();
    for event in test.events_named("Action Invoked") {
        let conversation = event.conversation_id().unwrap().to_owned();
        let message = event.message_id().unwrap().to_owned();
        let sku = event
            .property("sku")
            .map_or(String::new(), ToString::to_string);
        skus.entry((conversation, message)).or_default().push(sku);
    }
    for skus in skus.values_mut() {
        skus.sort();
    }
    skus
}

#[allow(dead_code, reason = "not every test file uses it")]
/// Returns the only Action Invoked event.
pub(crate) fn action(test: &TestTracker) -> CapturedEvent {
    let events = test.events_named("Action Invoked");
    assert_eq!(events.len(), 1, "{events:?}");
    events.into_iter().next().unwrap()
}
