//! Servers that differ from the model server of the other tests: tool calls, several choices, usage
//! in each chunk, errors, and the Responses API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic"
)]

use std::io;
use std::net::Ipv4Addr;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::middleware::ReqwestService;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;
use async_openai::types::responses::{CreateResponse, CreateResponseArgs};
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track_openai::TrackCalls;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

/// What the server answers to every request.
#[derive(Clone)]
enum Answer {
    Whole(StatusCode, String),
    /// Server-sent events. If the stream is cut, the connection is closed after them.
    Stream {
        events: Vec<Value>,
        is_cut: bool,
    },
}

impl Answer {
    fn json(json: &Value) -> Self {
        Self::Whole(StatusCode::OK, json.to_string())
    }

    fn stream(events: Vec<Value>) -> Self {
        Self::Stream {
            events,
            is_cut: false,
        }
    }

    fn response(self) -> Response {
        match self {
            Self::Whole(status, body) => {
                (status, [(CONTENT_TYPE, "application/json")], body).into_response()
            }
            Self::Stream { events, is_cut } => {
                let end = if is_cut {
                    Err(io::Error::from(io::ErrorKind::ConnectionReset))
                } else {
                    Ok("data: [DONE]\n\n".to_owned())
                };
                let events = events
                    .into_iter()
                    .map(|event| Ok(format!("data: {event}\n\n")));
                let events = stream::iter(events.chain([end])).then(async |event| {
                    if event.is_err() {
                        // The events before the error are sent first.
                        for _ in 0..10 {
                            tokio::task::yield_now().await;
                        }
                    }
                    event
                });
                let kind = [(CONTENT_TYPE, "Text/Event-Stream; charset=utf-8")];
                (kind, Body::from_stream(events)).into_response()
            }
        }
    }
}

/// Returns a client of a server with this answer.
async fn client(answer: Answer) -> Client<OpenAIConfig> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(async move || answer.response());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = OpenAIConfig::new()
        .with_api_base(format!("http://{address}/v1"))
        .with_api_key("no-key");
    // Without the layer that retries.
    let service = ServiceBuilder::new()
        .layer(TrackCalls::new())
        .service(ReqwestService::default());
    Client::with_config(config).with_http_service(service)
}

fn chat_request() -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessage::from("Is it in stock?");
    CreateChatCompletionRequestArgs::default()
        .model("m-1")
        .messages([message.into()])
        .build()
        .unwrap()
}

fn responses_request() -> CreateResponse {
    CreateResponseArgs::default()
        .model("m-1")
        .input("Is it in stock?")
        .build()
        .unwrap()
}

/// Runs a future in a reply, and returns the reply's message.
async fn message(work: impl Future<Output = ()>) -> CapturedEvent {
    let test = TestTracker::new();
    let reply = test.conversation().turn("Is it in stock?").start_reply();
    reply.run(work).await;
    reply.send("Three are left");
    test.event("Message Received")
}

/// Streams a chat completion, and returns the message of the reply and whether the stream failed.
async fn streamed_chat(answer: Answer) -> (CapturedEvent, bool) {
    let client = client(answer).await;
    let mut has_failed = false;
    let message = message(async {
        let mut stream = client.chat().create_stream(chat_request()).await.unwrap();
        while let Some(chunk) = stream.next().await {
            has_failed |= chunk.is_err();
        }
    });
    let message = message.await;
    (message, has_failed)
}

async fn whole_chat(answer: Answer) -> CapturedEvent {
    let client = client(answer).await;
    message(async {
        drop(client.chat().create(chat_request()).await);
    })
    .await
}

/// Streams a response of the Responses API.
async fn streamed_response(events: Vec<Value>) -> CapturedEvent {
    let client = client(Answer::stream(events)).await;
    message(async {
        let mut stream = client
            .responses()
            .create_stream(responses_request())
            .await
            .unwrap();
        while stream.next().await.is_some() {}
    })
    .await
}

fn chunk(choices: &Value, usage: &Value) -> Value {
    json!({
        "id": "c-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m-1",
        "choices": choices,
        "usage": usage,
    })
}

fn text_chunk(index: u32, text: &str, finish_reason: Option<&str>, usage: &Value) -> Value {
    let delta = json!({ "content": text });
    let choice = json!({ "index": index, "delta": delta, "finish_reason": finish_reason });
    chunk(&json!([choice]), usage)
}

fn usage(input: u32, output: u32) -> Value {
    json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input + output,
    })
}

#[tokio::test]
async fn usage_in_each_chunk_counts_once() {
    let events = vec![
        text_chunk(0, "Three ", None, &usage(10, 1)),
        text_chunk(0, "are ", None, &usage(10, 2)),
        text_chunk(0, "left", Some("stop"), &usage(10, 3)),
        chunk(&json!([]), &usage(10, 3)),
    ];
    let (message, has_failed) = streamed_chat(Answer::stream(events.clone())).await;
    assert!(!has_failed);
    message
        .assert_property("input_tokens", 10)
        .assert_property("output_tokens", 3)
        .assert_property("finish_reason", "stop");

    // The usage of a cut stream is what the server reported last.
    let answer = Answer::Stream {
        events: events[..2].to_vec(),
        is_cut: true,
    };
    let (message, has_failed) = streamed_chat(answer).await;
    assert!(has_failed);
    message
        .assert_property("input_tokens", 10)
        .assert_property("output_tokens", 2)
        .assert_no_property("finish_reason");
}

#[tokio::test]
async fn several_choices_are_one_call() {
    let events = vec![
        text_chunk(0, "Three", None, &Value::Null),
        text_chunk(1, "3", None, &Value::Null),
        text_chunk(1, "", Some("stop"), &Value::Null),
        text_chunk(0, "", Some("length"), &Value::Null),
        chunk(&json!([]), &usage(10, 7)),
    ];
    let (message, _) = streamed_chat(Answer::stream(events)).await;
    message
        .assert_property("input_tokens", 10)
        .assert_property("output_tokens", 7)
        .assert_property("finish_reason", "length");

    let choice = |index: u32| {
        let message = json!({ "role": "assistant", "content": "Three" });
        json!({ "index": index, "message": message, "finish_reason": "stop" })
    };
    let mut whole = chunk(&json!([choice(0), choice(1)]), &usage(10, 7));
    whole["object"] = "chat.completion".into();
    whole_chat(Answer::json(&whole))
        .await
        .assert_property("input_tokens", 10)
        .assert_property("output_tokens", 7)
        .assert_property("finish_reason", "stop");
}

#[tokio::test]
async fn an_answer_that_only_calls_tools_has_a_first_token() {
    let call = json!({
        "index": 0,
        "id": "call-1",
        "type": "function",
        "function": { "name": "stock_level", "arguments": "{}" },
    });
    let delta = json!({ "role": "assistant", "content": null, "tool_calls": [call] });
    let choice = |delta: &Value, reason: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        chunk(&json!([choice]), &Value::Null)
    };
    let events = vec![
        choice(&delta, Value::Null),
        choice(&json!({}), "tool_calls".into()),
        chunk(&json!([]), &usage(10, 4)),
    ];
    let (message, _) = streamed_chat(Answer::stream(events)).await;
    message
        .assert_property("finish_reason", "tool_calls")
        .assert_property("output_tokens", 4);
    assert!(message.property("first_token_ms").is_some());
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_has_no_usage() {
    let error = json!({
        "error": { "message": "overloaded", "type": "server_error", "param": null, "code": null },
    });
    let events = vec![text_chunk(0, "Three ", None, &Value::Null), error];
    let (message, has_failed) = streamed_chat(Answer::stream(events)).await;
    assert!(has_failed);
    message
        .assert_no_property("input_tokens")
        .assert_no_property("output_tokens")
        .assert_no_property("finish_reason");
}

#[tokio::test]
async fn errors_and_broken_responses_are_not_reported() {
    let error = json!({
        "error": { "message": "no", "type": "x", "param": null, "code": null },
        "usage": usage(1, 2),
    });
    for answer in [
        Answer::Whole(StatusCode::BAD_REQUEST, error.to_string()),
        Answer::Whole(
            StatusCode::OK,
            r#"{"model":"m-1","usage":{"prompt_tok"#.to_owned(),
        ),
        Answer::Whole(StatusCode::OK, String::new()),
        Answer::Whole(StatusCode::OK, "[]".to_owned()),
    ] {
        whole_chat(answer)
            .await
            .assert_no_property("input_tokens")
            .assert_no_property("output_tokens")
            .assert_no_property("provider");
    }
}

fn response(status: &str, details: &Value, output: &Value, usage: &Value) -> Value {
    json!({
        "id": "r-1",
        "object": "response",
        "created_at": 1,
        "model": "m-1",
        "status": status,
        "incomplete_details": details,
        "output": output,
        "usage": usage,
    })
}

fn responses_usage() -> Value {
    json!({
        "input_tokens": 10,
        "input_tokens_details": { "cached_tokens": 4 },
        "output_tokens": 7,
        "output_tokens_details": { "reasoning_tokens": 2 },
        "total_tokens": 17,
    })
}

fn assert_responses_usage(message: &CapturedEvent, finish_reason: &str) {
    message
        .assert_property("model", "m-1")
        .assert_property("input_tokens", 10)
        .assert_property("cached_input_tokens", 4)
        .assert_property("output_tokens", 7)
        .assert_property("reasoning_tokens", 2)
        .assert_property("finish_reason", finish_reason);
}

#[tokio::test]
async fn the_responses_api_is_reported() {
    let call = json!([{
        "type": "function_call",
        "id": "f-1",
        "call_id": "call-1",
        "name": "stock_level",
        "arguments": "{}",
    }]);
    let too_long = json!({ "reason": "max_output_tokens" });
    let (none, empty) = (Value::Null, json!([]));
    for (status, details, output, finish_reason) in [
        ("completed", &none, &empty, "stop"),
        ("completed", &none, &call, "tool_calls"),
        ("incomplete", &too_long, &empty, "max_output_tokens"),
        ("failed", &none, &empty, "failed"),
    ] {
        let whole = response(status, details, output, &responses_usage());
        let client = client(Answer::json(&whole)).await;
        let message = message(async {
            drop(client.responses().create(responses_request()).await);
        });
        assert_responses_usage(&message.await, finish_reason);

        let created = response("in_progress", &none, &empty, &none);
        let events = vec![
            json!({ "type": "response.created", "sequence_number": 0, "response": created }),
            json!({
                "type": "response.output_text.delta",
                "sequence_number": 1,
                "item_id": "i-1",
                "output_index": 0,
                "content_index": 0,
                "delta": "Three",
                "logprobs": [],
            }),
            json!({
                "type": format!("response.{status}"),
                "sequence_number": 2,
                "response": whole,
            }),
        ];
        let message = streamed_response(events).await;
        assert_responses_usage(&message, finish_reason);
        assert!(message.property("first_token_ms").is_some());
    }
}

#[tokio::test]
async fn embeddings_are_not_part_of_the_reply() {
    let embedding = json!({ "object": "embedding", "index": 0, "embedding": [0.5] });
    let whole = json!({
        "object": "list",
        "model": "e-1",
        "data": [embedding],
        "usage": { "prompt_tokens": 5, "total_tokens": 5 },
    });
    let client = client(Answer::json(&whole)).await;
    let message = message(async {
        let request = CreateEmbeddingRequestArgs::default()
            .model("e-1")
            .input("widget")
            .build()
            .unwrap();
        client.embeddings().create(request).await.unwrap();
    });
    message
        .await
        .assert_no_property("model")
        .assert_no_property("input_tokens");
}
