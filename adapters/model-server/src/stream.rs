//! Streamed responses.

use std::io;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::task::yield_now;

use crate::answer::Answer;

/// Returns a response of server-sent events.
pub(crate) fn respond(answer: &Answer, request: &Value) -> Response {
    let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
    deltas.extend(
        answer
            .text
            .split_inclusive(' ')
            .map(|word| json!({ "content": word })),
    );
    for (index, call) in answer.calls.iter().enumerate() {
        let mut call = call.clone();
        call["index"] = json!(index);
        deltas.push(json!({ "tool_calls": [call] }));
    }
    let choice = |delta: &Value, finish: &Value| {
        let choices = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
        answer.chunk(&choices, &Value::Null)
    };
    let mut chunks: Vec<_> = deltas
        .iter()
        .map(|delta| choice(delta, &Value::Null))
        .collect();
    let mut events: Vec<io::Result<String>>;
    if answer.is_cut {
        chunks.truncate(3);
        events = chunks.iter().map(event).map(Ok).collect();
        events.push(Err(io::ErrorKind::ConnectionReset.into()));
    } else {
        chunks.push(choice(&json!({}), &json!(answer.finish_reason())));
        if request["stream_options"]["include_usage"] == true {
            chunks.push(answer.chunk(&json!([]), &answer.usage()));
        }
        events = chunks.iter().map(event).map(Ok).collect();
        events.push(Ok("data: [DONE]\n\n".to_owned()));
    }
    let events = stream::iter(events).then(async |event| {
        if event.is_err() {
            // The chunks before the error are sent first.
            for _ in 0..10 {
                yield_now().await;
            }
        }
        event
    });
    let body = Body::from_stream(events);
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn event(chunk: &Value) -> String {
    format!("data: {chunk}\n\n")
}
