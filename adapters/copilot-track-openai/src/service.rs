//! The tower layer for async-openai's HTTP service.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_openai::error::OpenAIError;
use async_openai::middleware::retry::OpenAIRetryLayer;
use async_openai::middleware::{HttpRequestFactory, ReqwestService};
use http::header::CONTENT_TYPE;
use reqwest::{Response, ResponseBuilderExt as _};
use tower::{Layer, Service, ServiceBuilder};

use crate::body::ReportedBody;
use crate::report::CallReport;
use crate::request::with_usage;

/// The ends of the paths whose responses are reported.
const PATHS: [&str; 2] = ["/completions", "/responses"];

/// Returns an HTTP service that reports the calls of a client. It retries like the client's default
/// service.
///
/// ```
/// use async_openai::Client;
///
/// let client = Client::new().with_http_service(copilot_track_openai::http_service());
/// ```
///
/// If your client already has a service, add the [`TrackCalls`] layer to it.
#[must_use]
pub fn http_service() -> impl Service<
    HttpRequestFactory,
    Response = Response,
    Error = OpenAIError,
    Future = impl Future<Output = Result<Response, OpenAIError>> + Send + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    ServiceBuilder::new()
        .layer(TrackCalls::new())
        .layer(OpenAIRetryLayer::default())
        .service(ReqwestService::default())
}

/// A tower layer that reports the calls of a client to the current reply.
///
/// Each chat completion, completion, and response adds its [`Usage`](copilot_track::Usage) to the
/// reply that is current when the call starts: the model, the tokens, and the finish reason. A
/// streamed response also sets `first_token_ms`. The response is passed on unchanged.
///
/// Put it outside of a retry layer, so that the time includes failed attempts:
///
/// ```
/// use async_openai::Client;
/// use async_openai::middleware::ReqwestService;
/// use copilot_track_openai::TrackCalls;
/// use tower::ServiceBuilder;
///
/// let service = ServiceBuilder::new()
///     .layer(TrackCalls::new().ask_for_usage(true))
///     .service(ReqwestService::default());
/// let client = Client::new().with_http_service(service);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct TrackCalls {
    asks_for_usage: bool,
}

impl TrackCalls {
    /// Creates the layer. It does not change requests.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether streamed chat completions ask for the usage (`stream_options.include_usage`),
    /// which servers otherwise do not send.
    ///
    /// The last chunk of such a stream has no choices, so `chunk.choices[0]` panics for that chunk.
    /// A request that already has the option is not changed.
    #[must_use]
    pub fn ask_for_usage(mut self, asks_for_usage: bool) -> Self {
        self.asks_for_usage = asks_for_usage;
        self
    }
}

impl<S> Layer<S> for TrackCalls {
    type Service = TrackedCalls<S>;

    fn layer(&self, service: S) -> Self::Service {
        TrackedCalls {
            service,
            asks_for_usage: self.asks_for_usage,
        }
    }
}

/// An HTTP service whose calls are reported. Created by [`TrackCalls`].
#[derive(Debug, Clone)]
pub struct TrackedCalls<S> {
    service: S,
    asks_for_usage: bool,
}

impl<S> Service<HttpRequestFactory> for TrackedCalls<S>
where
    S: Service<HttpRequestFactory, Response = Response>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let report = CallReport::start();
        let factory = if self.asks_for_usage && report.is_some() {
            with_usage(factory)
        } else {
            factory
        };
        let response = self.service.call(factory);
        Box::pin(async move {
            let response = response.await?;
            Ok(match report {
                Some(report) if is_reported(&response) => reported(response, report),
                _ => response,
            })
        })
    }
}

fn is_reported(response: &Response) -> bool {
    let path = response.url().path();
    response.status().is_success() && PATHS.iter().any(|end| path.ends_with(end))
}

/// Returns the response with a body that is reported.
fn reported(response: Response, report: CallReport) -> Response {
    let content_type = response.headers().get(CONTENT_TYPE);
    let is_streamed = content_type.is_some_and(|value| {
        let kind = value.as_bytes().split(|byte| *byte == b';').next();
        kind.unwrap_or_default()
            .trim_ascii()
            .eq_ignore_ascii_case(b"text/event-stream")
    });
    let url = response.url().clone();
    let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    let body = reqwest::Body::wrap(ReportedBody::new(body, report, is_streamed));
    // `Response` keeps its URL in the extensions.
    let mut parts = http::Response::builder().url(url).body(()).map_or_else(
        |_| http::Response::new(()).into_parts().0,
        |response| response.into_parts().0,
    );
    parts.extensions.extend(head.extensions);
    parts.status = head.status;
    parts.version = head.version;
    parts.headers = head.headers;
    http::Response::from_parts(parts, body).into()
}
