//! Export and import of events as JSON lines.

use std::{collections::VecDeque, convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;

use super::conversation_parts::{MAX_PART_BYTES, MAX_PART_EVENTS, conversation_parts};
use crate::{
    app::App,
    event::{
        json::{FullEvent, join_lines},
        model::Event,
    },
    http::{
        response::{error_response, ok_response, store_error_response},
        timeout::BODY_TIMEOUT,
    },
    ingest::{
        import::{IMPORT_BATCH_LINES, read_lines},
        recheck::rechecked,
    },
    store::error::StoreError,
};

/// The maximum length of a line in an import, in bytes.
const MAX_LINE_BYTES: usize = 1024 * 1024;
/// The maximum number of rejected lines in the response to an import.
const MAX_REPORTED_LINES: usize = 100;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/export", get(export))
        .route("/api/import", post(import))
}

#[derive(Deserialize)]
struct ExportParams {
    /// Only the events of this conversation.
    id: Option<String>,
}

/// Exports all events in order of arrival, or the events of a conversation in the order in which
/// they happened.
async fn export(State(app): State<Arc<App>>, Query(params): Query<ExportParams>) -> Response {
    let parts = match params.id {
        Some(id) => conversation_parts(app, id.into()).left_stream(),
        None => all_parts(app).right_stream(),
    };
    let lines = parts.map(|events| Ok::<_, Infallible>(json_lines(&events)));
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"events.jsonl\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(lines)).into_response()
}

/// Returns all events that have arrived so far, in the order of arrival. The stream ends early if
/// the store cannot be read.
fn all_parts(app: Arc<App>) -> impl Stream<Item = Vec<Arc<Event>>> {
    let last = app.store.status().last_seq;
    stream::unfold((app, 0), move |(app, after)| async move {
        let events = app.store.after(after, MAX_PART_EVENTS, MAX_PART_BYTES);
        let mut events = events.await.ok()?;
        events.retain(|event| event.seq <= last);
        let to = events.last()?.seq;
        Some((events, (app, to)))
    })
}

fn json_lines(events: &[Arc<Event>]) -> Bytes {
    let mut lines = Vec::new();
    for event in events {
        // Every stored event can be serialized.
        let start = lines.len();
        if serde_json::to_writer(&mut lines, &FullEvent(event)).is_ok() {
            join_lines(lines.get_mut(start..).unwrap_or_default());
            lines.push(b'\n');
        }
    }
    lines.into()
}

#[derive(Serialize)]
struct RejectedLine {
    line: usize,
    error: String,
}

#[derive(Default)]
struct Import {
    line: usize,
    imported: usize,
    rejected: Vec<RejectedLine>,
    /// Complete lines that are not stored yet, with their line numbers.
    pending: VecDeque<(usize, String)>,
    /// Whether the beginning of the current line was discarded.
    too_long: bool,
}

async fn import(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut body = request.into_body();
    let mut import = Import::default();
    let mut buffer = BytesMut::new();
    loop {
        // An import may take any amount of time as long as data keeps arriving.
        let frame = match timeout(BODY_TIMEOUT, body.frame()).await {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(_) => {
                return error_response(
                    StatusCode::REQUEST_TIMEOUT,
                    &format!("no data arrived for {} s", BODY_TIMEOUT.as_secs()),
                );
            }
        };
        let Ok(frame) = frame else {
            return error_response(
                StatusCode::BAD_REQUEST,
                "the connection closed before all lines arrived",
            );
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        buffer.extend_from_slice(&data);
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line = buffer.split_to(end + 1);
            import.add_line(&line);
            if import.pending.len() >= IMPORT_BATCH_LINES
                && let Err(error) = import.store_pending(&app).await
            {
                return store_error_response(&error);
            }
        }
        if buffer.len() > MAX_LINE_BYTES {
            import.too_long = true;
            buffer.clear();
        }
    }
    import.add_line(&buffer);
    if let Err(error) = import.store_pending(&app).await {
        return store_error_response(&error);
    }
    ok_response(&json!({ "imported": import.imported, "refused": import.rejected }))
}

impl Import {
    fn add_line(&mut self, bytes: &[u8]) {
        self.line += 1;
        if std::mem::take(&mut self.too_long) {
            return self.reject(
                self.line,
                "the line is longer than 1 MiB; each line must be one call".into(),
            );
        }
        match std::str::from_utf8(bytes).map(str::trim) {
            Ok("") => {}
            Ok(line) => self.pending.push_back((self.line, line.to_owned())),
            Err(_) => self.reject(self.line, "the line is not UTF-8".into()),
        }
    }

    fn reject(&mut self, line: usize, error: String) {
        if self.rejected.len() < MAX_REPORTED_LINES {
            self.rejected.push(RejectedLine { line, error });
        }
    }

    async fn store_pending(&mut self, app: &App) -> Result<(), StoreError> {
        let lines: Vec<_> = self.pending.drain(..).collect();
        let read = read_lines(lines.iter().map(|(_, line)| line.as_str()));
        let plan = app.plan_for_new_events().await;
        let mut events = Vec::new();
        for ((number, _), read) in lines.iter().zip(read) {
            match read {
                Ok(mut event) => {
                    let plan = plan.as_ref().map(|it| &*it.plan);
                    if let Some(verdict) = plan.and_then(|plan| rechecked(&event, plan)) {
                        event.verdict = verdict;
                    }
                    events.push(event);
                }
                Err(error) => self.reject(*number, error),
            }
        }
        self.imported += events.len();
        app.store.append(events).await
    }
}
