//! Sends tracking API calls for Segment's end-to-end test suite.
//!
//! The interface is the same as that of the `e2e-cli` programs in Segment's own SDKs (Node, Python,
//! Go, Java, Kotlin, Ruby, C#):
//!
//! ```text
//! copilot-track-e2e --input '{
//!   "writeKey": "…",
//!   "apiHost": "http://127.0.0.1:4010",
//!   "sequences": [{ "delayMs": 0, "events": [{ "type": "track", "event": "…", "userId": "…" }] }],
//!   "config": { "flushAt": 15, "flushInterval": 1000, "maxRetries": 3, "timeout": 15 }
//! }'
//! ```
//!
//! | field | meaning | default |
//! | --- | --- | --- |
//! | `writeKey` | the write key of the source | required |
//! | `apiHost` | host or URL, with or without `/v1/batch`; without a scheme, HTTP for this machine and HTTPS otherwise | Segment |
//! | `sequences[].delayMs` | milliseconds to wait before the events of this sequence | 0 |
//! | `sequences[].events[]` | calls: `type` (track, identify, page, screen, group, alias), `event`, `userId`, `anonymousId`, `messageId`, `timestamp` (ISO 8601), `traits`, `properties`, `context`, `integrations`, `groupId`, `previousId`, `name`; any other field, such as `category`, is sent unchanged | |
//! | `config.flushAt` | events per batch | 2,500 |
//! | `config.flushInterval` | milliseconds after which a batch that is not full is sent; at most a minute | 1,000 |
//! | `config.maxRetries` | the maximum number of retries of a request, not counting retries after `Retry-After` | no limit |
//! | `config.timeout` | seconds to wait for delivery after the last event; also the timeout of a request, up to 10 s | 20 |
//!
//! The units are the same as in most SDKs: milliseconds for `flushInterval`, and seconds for
//! `timeout`. (For `flushInterval`, Kotlin's program uses seconds, and Python's uses both.)
//! `cdnHost` and other fields that do not apply to a server-side SDK are ignored.
//!
//! Prints one line on stdout, such as `{"success":true,"sentBatches":1}`. If an event was not
//! delivered, `success` is false and `error` contains the reason. `sentBatches` is the number of
//! batches that the endpoint accepted. The exit code is 0 on success and 1 otherwise. All other
//! output goes to stderr.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use copilot_track::segment::message::BatchMessage;
use copilot_track::{ConfigError, Tracker, TrackerBuilder};
use copilot_track_tests::sdk_harness::{Call, endpoint, losses, set, stderr_log};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    write_key: String,
    api_host: Option<String>,
    sequences: Vec<Sequence>,
    #[serde(default)]
    config: Config,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sequence {
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    events: Vec<Call>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    flush_at: Option<usize>,
    flush_interval: Option<u64>,
    max_retries: Option<u32>,
    timeout: Option<f64>,
}

/// The line on stdout.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    success: bool,
    sent_batches: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Output {
    fn failed(error: String) -> Self {
        Self {
            success: false,
            sent_batches: 0,
            error: Some(error),
        }
    }
}

/// The longest flush interval that the tracker accepts.
const MAX_FLUSH_INTERVAL: Duration = Duration::from_secs(60);
const MAX_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT_SECONDS: f64 = 20.0;

fn main() -> ExitCode {
    stderr_log::to_stderr();
    let plan = arguments().and_then(|input| parse(&input));
    let output = plan.map_or_else(Output::failed, Plan::run);
    if let Some(error) = &output.error {
        eprintln!("{error}");
    }
    match serde_json::to_string(&output) {
        Ok(line) => println!("{line}"),
        Err(error) => eprintln!("{error}"),
    }
    if output.success {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Returns the value of `--input`.
fn arguments() -> Result<String, String> {
    let mut arguments = lexopt::Parser::from_env();
    let mut input = None;
    let wrong =
        |error: lexopt::Error| format!("{error}; usage: copilot-track-e2e --input '<JSON>'");
    while let Some(argument) = arguments.next().map_err(wrong)? {
        match argument {
            lexopt::Arg::Long("input") => {
                let value = arguments.value().map_err(wrong)?;
                let text = value.into_string();
                input = Some(text.map_err(|_| "--input is not UTF-8".to_owned())?);
            }
            other => return Err(wrong(other.unexpected())),
        }
    }
    input.ok_or_else(|| "--input is missing; usage: copilot-track-e2e --input '<JSON>'".to_owned())
}

/// The parsed input, which is validated before anything is sent.
struct Plan {
    tracker: Tracker,
    sequences: Vec<(Duration, Vec<BatchMessage>)>,
    timeout: Duration,
}

fn parse(input: &str) -> Result<Plan, String> {
    let input: Input =
        serde_json::from_str(input).map_err(|error| format!("invalid --input: {error}"))?;
    let mut sequences = Vec::new();
    for (s, sequence) in (1..).zip(input.sequences) {
        let mut messages = Vec::new();
        for (e, event) in (1..).zip(sequence.events) {
            let place = |error| format!("event {e} of sequence {s}: {error}");
            messages.push(event.into_message().map_err(place)?);
        }
        sequences.push((Duration::from_millis(sequence.delay_ms), messages));
    }
    let timeout = input.config.timeout.unwrap_or(TIMEOUT_SECONDS);
    let timeout = Duration::try_from_secs_f64(timeout)
        .ok()
        .filter(|timeout| !timeout.is_zero())
        .ok_or_else(|| {
            format!("invalid `timeout` {timeout}: expected a number of seconds above 0")
        })?;
    let tracker = tracker(
        &input.write_key,
        input.api_host.as_deref(),
        &input.config,
        timeout,
    )
    .map_err(|error| error.to_string())?;
    Ok(Plan {
        tracker,
        sequences,
        timeout,
    })
}

fn tracker(
    write_key: &str,
    host: Option<&str>,
    config: &Config,
    timeout: Duration,
) -> Result<Tracker, ConfigError> {
    let mut builder = Tracker::builder()
        .write_key(write_key)
        // The test suite chooses the host, and may choose one without TLS.
        .allow_plain_http(true)
        .request_timeout(timeout.min(MAX_REQUEST_TIMEOUT));
    builder = set(builder, host.map(endpoint), TrackerBuilder::endpoint);
    builder = set(builder, config.flush_at, TrackerBuilder::flush_at);
    let interval = config.flush_interval.map(Duration::from_millis);
    let interval = interval.map(|interval| interval.min(MAX_FLUSH_INTERVAL));
    builder = set(builder, interval, TrackerBuilder::flush_interval);
    builder = set(builder, config.max_retries, TrackerBuilder::max_retries);
    builder.build()
}

impl Plan {
    fn run(self) -> Output {
        let begun = Instant::now();
        let log = |what: String| eprintln!("[{:.1} s] {what}", begun.elapsed().as_secs_f64());
        for (s, (delay, messages)) in (1..).zip(self.sequences) {
            if !delay.is_zero() {
                log(format!("sequence {s}: waiting {} ms", delay.as_millis()));
                std::thread::sleep(delay);
            }
            log(format!("sequence {s}: {} events", messages.len()));
            for message in messages {
                self.tracker.send(message);
            }
        }
        log("all events are emitted; waiting for delivery".to_owned());
        let report = self.tracker.flush_blocking(self.timeout);
        log(report.to_string());
        let error = losses(&report.ledger, &self.tracker.rejected_by_status());
        // Ends the delivery thread. Does not wait for the remaining events, because the time is up.
        let _ = self.tracker.shutdown_blocking(Duration::ZERO);
        Output {
            success: error.is_none(),
            sent_batches: report.ledger.batches,
            error,
        }
    }
}
