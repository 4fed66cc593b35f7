//! Sends requests to the target.

use std::{fmt, time::Duration};

use reqwest::{Client, StatusCode, header::RETRY_AFTER, redirect::Policy};

use super::{request::ForwardRequest, target::TargetError};
use crate::{base_url::BaseUrl, timestamp::Timestamp};

/// The maximum duration of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The maximum number of attempts to send a request.
const MAX_ATTEMPTS: u32 = 10;
/// The wait before the second attempt. Each further wait is twice as long, up to the maximum.
const MIN_WAIT: Duration = Duration::from_millis(250);
const MAX_WAIT: Duration = Duration::from_secs(30);
/// The longest wait that the target can request with `Retry-After`.
const MAX_REQUESTED_WAIT: Duration = Duration::from_secs(300);
/// The header with which the inspector marks requests that must not be forwarded: those that
/// another inspector has forwarded, and those with which the page sends an event again.
pub(crate) const FORWARD_HEADER: &str = "x-inspector-forward";

/// A client that sends requests with a write key.
pub(super) struct ForwardClient {
    client: Client,
    target: BaseUrl,
    key: String,
}

/// The result of an attempt that failed.
struct Failure {
    message: String,
    retry: bool,
    /// The wait that the target requested.
    wait: Option<Duration>,
}

impl fmt::Debug for ForwardClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ForwardClient")
            .field("target", &self.target.url())
            .finish_non_exhaustive()
    }
}

impl ForwardClient {
    pub(super) fn new(target: BaseUrl, key: String) -> Result<Self, TargetError> {
        let is_valid = |character: char| !character.is_whitespace() && !character.is_control();
        if key.is_empty() || !key.chars().all(is_valid) {
            return Err(TargetError::Key);
        }
        let client = Client::builder()
            // A redirect could lead to a server that must not receive the events.
            .redirect(Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .user_agent(concat!(
                "copilot-track-inspector/",
                env!("CARGO_PKG_VERSION")
            ))
            .build()
            .map_err(|_| TargetError::Client)?;
        Ok(Self {
            client,
            target,
            key,
        })
    }

    pub(super) fn target_url(&self) -> String {
        self.target.url()
    }

    /// Sends a request until the target accepts it, or until it is given up. `report` receives the
    /// error of each attempt after which another one follows. Returns the last error.
    pub(super) async fn send(
        &self,
        request: &ForwardRequest,
        report: impl Fn(&str),
    ) -> Result<(), String> {
        let mut wait = MIN_WAIT;
        let mut attempt = 0;
        loop {
            let failure = match self.attempt(request, attempt).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            attempt += 1;
            if !failure.retry || attempt == MAX_ATTEMPTS {
                return Err(failure.message);
            }
            report(&failure.message);
            tokio::time::sleep(failure.wait.unwrap_or(wait)).await;
            wait = (wait * 2).min(MAX_WAIT);
        }
    }

    async fn attempt(&self, request: &ForwardRequest, attempt: u32) -> Result<(), Failure> {
        let url = format!("{}{}", self.target.url(), request.path);
        let mut builder = self
            .client
            .post(url)
            .basic_auth(&self.key, Some(""))
            .header("content-type", "application/json")
            .header(FORWARD_HEADER, "no")
            .body(request.body(Timestamp::now()));
        if attempt > 0 {
            builder = builder.header("x-retry-count", attempt);
        }
        let response = builder.send().await.map_err(|error| Failure {
            message: message(&error),
            retry: !error.is_builder(),
            wait: None,
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let wait = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|after| after.to_str().ok()?.trim().parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(MAX_REQUESTED_WAIT));
        let hint = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "; check the write key",
            StatusCode::TOO_MANY_REQUESTS => "; the target limits the rate of requests",
            _ => "",
        };
        Err(Failure {
            message: format!("the target responded with status {}{hint}", status.as_u16()),
            retry: status.is_server_error()
                || matches!(
                    status,
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
                ),
            wait,
        })
    }
}

/// Returns the message of an error and of its sources.
fn message(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "the target did not respond in time"
    } else {
        "the target cannot be reached"
    };
    let mut sources = std::iter::successors(std::error::Error::source(error), |it| it.source());
    match sources.by_ref().last() {
        Some(cause) => format!("{kind}: {cause}"),
        None => kind.to_owned(),
    }
}
