//! The usage of a reply equals what the model server reported.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic"
)]

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::middleware::ReqwestService;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track_openai::{TrackCalls, http_service};
use futures_util::StreamExt as _;
use model_server::{ModelServer, Reported, Script};
use tower::ServiceBuilder;

fn config(server: &ModelServer) -> OpenAIConfig {
    OpenAIConfig::new()
        .with_api_base(server.base_url())
        .with_api_key("no-key")
}

fn request(script: &Script) -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessage::from(script.message());
    CreateChatCompletionRequestArgs::default()
        .model("scripted-1")
        .messages([message.into()])
        .build()
        .unwrap()
}

fn asking_client(server: &ModelServer) -> Client<OpenAIConfig> {
    let service = ServiceBuilder::new()
        .layer(TrackCalls::new().ask_for_usage(true))
        .service(ReqwestService::default());
    Client::with_config(config(server)).with_http_service(service)
}

/// Runs a future in a reply, and returns the reply's message.
async fn message(work: impl Future<Output = ()>) -> CapturedEvent {
    let test = TestTracker::new();
    let reply = test.conversation().turn("Is it in stock?").start_reply();
    reply.run(work).await;
    reply.send("Three are left");
    test.event("Message Received")
}

/// Reads a stream to its end. Returns whether it failed.
async fn read(client: &Client<OpenAIConfig>, script: &Script) -> bool {
    let mut stream = client.chat().create_stream(request(script)).await.unwrap();
    let mut failed = false;
    while let Some(chunk) = stream.next().await {
        failed |= chunk.is_err();
    }
    failed
}

fn assert_usage(message: &CapturedEvent, reported: &[Reported]) {
    let sum = |value: fn(&Reported) -> u64| reported.iter().map(value).sum::<u64>();
    message
        .assert_property("provider", "openai")
        .assert_property("model", "scripted-1")
        .assert_property("finish_reason", "stop")
        .assert_property("input_tokens", sum(|usage| usage.input_tokens))
        .assert_property("output_tokens", sum(|usage| usage.output_tokens))
        .assert_property(
            "cached_input_tokens",
            sum(|usage| usage.cached_input_tokens),
        )
        .assert_property("reasoning_tokens", sum(|usage| usage.reasoning_tokens));
}

#[tokio::test]
async fn whole_responses_add_up() {
    let server = ModelServer::start().await;
    let client = Client::with_config(config(&server)).with_http_service(http_service());
    let message = message(async {
        for text in ["Three", "Three are left"] {
            let response = client
                .chat()
                .create(request(&Script::text(text)))
                .await
                .unwrap();
            assert_eq!(response.choices[0].message.content.as_deref(), Some(text));
        }
    });
    let message = message.await;
    let reported = server.reported();
    assert_eq!(reported.len(), 2);
    assert_usage(&message, &reported);
    message.assert_no_property("first_token_ms");
}

#[tokio::test]
async fn streamed_responses_are_reported_with_the_time_to_the_first_token() {
    let server = ModelServer::start().await;
    let client = asking_client(&server);
    let message = message(async {
        assert!(!read(&client, &Script::text("Three are left")).await);
    });
    let message = message.await;
    let reported = server.reported();
    assert_eq!(reported.len(), 1);
    assert_usage(&message, &reported);
    assert!(
        message
            .property("first_token_ms")
            .unwrap()
            .as_f64()
            .unwrap()
            > 0.0
    );
}

#[tokio::test]
async fn a_stream_that_does_not_ask_for_usage_has_none() {
    let server = ModelServer::start().await;
    let client = Client::with_config(config(&server)).with_http_service(http_service());
    let message = message(async {
        assert!(!read(&client, &Script::text("Three are left")).await);
    });
    message
        .await
        .assert_property("model", "scripted-1")
        .assert_property("finish_reason", "stop")
        .assert_no_property("input_tokens")
        .assert_no_property("output_tokens");
    assert_eq!(server.reported(), []);
}

#[tokio::test]
async fn a_cut_stream_has_no_usage() {
    let server = ModelServer::start().await;
    let client = asking_client(&server);
    let message = message(async {
        assert!(read(&client, &Script::text("Three are left in total").cut()).await);
    });
    message
        .await
        .assert_no_property("input_tokens")
        .assert_no_property("output_tokens")
        .assert_no_property("finish_reason");
}

#[tokio::test]
async fn a_call_outside_a_reply_is_passed_on() {
    let server = ModelServer::start().await;
    let client = asking_client(&server);
    let response = client.chat().create(request(&Script::text("Three"))).await;
    assert_eq!(response.unwrap().usage.unwrap().prompt_tokens, 10);
    assert!(!read(&client, &Script::text("Three")).await);
    // The request is not changed either.
    assert_eq!(server.reported().len(), 1);
}
