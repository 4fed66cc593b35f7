//! A model server for the tests and the examples of the adapters. It implements the Chat
//! Completions API, and its answers follow the [`Script`] in the user's message.

#![allow(clippy::expect_used, reason = "a failure to start fails the test")]

mod answer;
mod script;
mod stream;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::answer::Answer;
pub use crate::script::Script;

/// The usage of a response that a client received in full.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reported {
    /// The id of the response.
    pub id: String,
    /// The number of input tokens.
    pub input_tokens: u64,
    /// The number of output tokens.
    pub output_tokens: u64,
    /// The part of the input tokens that came from a cache.
    pub cached_input_tokens: u64,
    /// The part of the output tokens that was used for reasoning.
    pub reasoning_tokens: u64,
}

#[derive(Debug, Default)]
struct Responses {
    count: usize,
    reported: Vec<Reported>,
}

type Reports = Arc<Mutex<Responses>>;

/// A running server on the loopback interface. It stops with its runtime.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    reports: Reports,
}

impl ModelServer {
    /// Starts a server.
    ///
    /// # Panics
    /// Panics if no port is available.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let reports = Reports::default();
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(Arc::clone(&reports));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, reports }
    }

    /// Returns the base URL, which ends with `/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Returns the usage that the server has sent so far.
    #[must_use]
    pub fn reported(&self) -> Vec<Reported> {
        let reports = self.reports.lock();
        reports
            .unwrap_or_else(PoisonError::into_inner)
            .reported
            .clone()
    }
}

async fn complete(State(reports): State<Reports>, Json(request): Json<Value>) -> Response {
    let mut answer = Answer::to(&request);
    {
        let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
        answer.number(reports.count);
        reports.count += 1;
        let is_streamed = request["stream"] == true;
        let has_usage = !is_streamed || request["stream_options"]["include_usage"] == true;
        if has_usage && !answer.is_cut {
            reports.reported.push(answer.reported());
        }
    }
    if request["stream"] == true {
        return stream::respond(&answer, &request);
    }
    Json(answer.whole()).into_response()
}
