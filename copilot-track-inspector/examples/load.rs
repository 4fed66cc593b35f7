//! Measures a running inspector. Sends events, reads the live stream as a page does, and prints
//! latencies, CPU time, and memory. Then searches, and prints the time that each search took.
//!
//! ```sh
//! copilot-track-inspector --listen 127.0.0.1:8077 &
//! cargo run --release -p copilot-track-inspector --example load -- --pid $! --rate 10000 --seconds 20
//! ```
//!
//! `--events N` sends N events as fast as the inspector accepts them. `--no-watcher` does not read
//! the live stream. `--no-searches` leaves out the searches.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

use std::{
    error::Error,
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::interval};

/// The number of events per request.
const BATCH_SIZE: u64 = 100;
/// The number of connections that send events.
const SENDERS: u64 = 4;

struct Options {
    address: String,
    pid: Option<u32>,
    rate: u64,
    seconds: u64,
    /// If there is a number of events, they are sent without pauses.
    events: Option<u64>,
    has_watcher: bool,
    has_searches: bool,
}

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let options = options()?;
    let seen = Arc::new(AtomicU64::new(0));
    let watcher = options
        .has_watcher
        .then(|| tokio::spawn(watch(options.address.clone(), Arc::clone(&seen))));
    let before = options.pid.and_then(cpu_seconds);
    let start = Instant::now();

    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let events = options.events.unwrap_or(options.rate * options.seconds);
        let (address, batches) = (options.address.clone(), events / BATCH_SIZE / SENDERS);
        let pause = Duration::from_secs_f64((BATCH_SIZE * SENDERS) as f64 / options.rate as f64);
        let pause = options.events.is_none().then_some(pause);
        senders.push(tokio::spawn(send(address, sender, batches, pause)));
    }
    let mut times = Vec::new();
    for sender in senders {
        times.extend(sender.await??);
    }
    let took = start.elapsed().as_secs_f64();
    let sent = times.len() as u64 * BATCH_SIZE;
    while options.has_watcher
        && seen.load(Relaxed) < sent
        && start.elapsed().as_secs_f64() < took + 10.0
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let seen_after = start.elapsed().as_secs_f64();
    if let Some(watcher) = watcher {
        watcher.abort();
    }

    times.sort();
    let at = |part: f64| {
        times
            .get((times.len() as f64 * part) as usize)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "sent {sent} events in {took:.1} s: {:.0} per second",
        sent as f64 / took
    );
    println!(
        "a request took {:?} (median), {:?} (99%), {:?} (99.99%)",
        at(0.5),
        at(0.99),
        at(0.9999)
    );
    if options.has_watcher {
        println!(
            "the watcher saw {} events, the last after {seen_after:.1} s",
            seen.load(Relaxed)
        );
    }
    if let (Some(pid), Some(before)) = (options.pid, before) {
        let used = cpu_seconds(pid).unwrap_or(before) - before;
        println!(
            "the inspector took {used:.1} s of CPU, {:.0}% of a core; {:.1} s per million events; {} MB",
            used / seen_after * 100.0,
            used / sent as f64 * 1e6,
            megabytes(pid)
        );
    }
    if options.has_searches {
        search(&options.address).await?;
    }
    Ok(())
}

/// Searches several times for each text, and prints the shortest and the longest time.
async fn search(address: &str) -> Result<(), BoxError> {
    let mut connection = connect(address).await?;
    for (name, query) in [
        ("in every conversation", "super+widget"),
        ("in one old event", "00000000-00000001-00000007-envelope"),
        ("the id of one old user", "user:user-0-1"),
        ("nowhere", "there+is+no+such+text"),
        ("nowhere, common parts", "message+sent+is+the+super"),
        ("two characters, nowhere", "qj"),
        ("no such finding", "severity:rejected"),
    ] {
        let mut times = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            let request = Request::get(format!("/api/conversations?q={query}"))
                .header("host", address)
                .body(Full::default())?;
            let response = send_request(&mut connection, request).await?;
            response.into_body().collect().await?;
            times.push(start.elapsed());
        }
        times.sort();
        println!(
            "search ({name}): {:?} to {:?}",
            times.first().copied().unwrap_or_default(),
            times.last().copied().unwrap_or_default()
        );
    }
    Ok(())
}

fn options() -> Result<Options, BoxError> {
    use lexopt::prelude::*;
    let mut options = Options {
        address: "127.0.0.1:8077".into(),
        pid: None,
        rate: 10_000,
        seconds: 20,
        events: None,
        has_watcher: true,
        has_searches: true,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("address") => options.address = parser.value()?.string()?,
            Long("pid") => options.pid = Some(parser.value()?.parse()?),
            Long("rate") => options.rate = parser.value()?.parse()?,
            Long("seconds") => options.seconds = parser.value()?.parse()?,
            Long("events") => options.events = Some(parser.value()?.parse()?),
            Long("no-watcher") => options.has_watcher = false,
            Long("no-searches") => options.has_searches = false,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>, BoxError> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn send_request(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, BoxError> {
    sender.ready().await?;
    Ok(sender.send_request(request).await?)
}

/// Sends events at a steady rate, or without pauses. Returns the duration of each request.
async fn send(
    address: String,
    sender: u64,
    batches: u64,
    pause: Option<Duration>,
) -> Result<Vec<Duration>, BoxError> {
    let mut connection = connect(&address).await?;
    let mut ticks = pause.map(interval);
    let mut times = Vec::new();
    for batch in 0..batches {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        let body = body(sender, batch);
        let start = Instant::now();
        let request = Request::post("/v1/batch")
            .header("host", &address)
            .header("authorization", "Basic YS13cml0ZS1rZXk6")
            .body(Full::new(body.into()))?;
        let response = send_request(&mut connection, request).await?;
        if response.status() != 200 {
            return Err(format!("unexpected status {}", response.status()).into());
        }
        response.into_body().collect().await?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// Returns a batch of ten conversations with ten events each.
fn body(sender: u64, batch: u64) -> String {
    let mut body = String::from(r#"{"batch":["#);
    for number in 0..BATCH_SIZE {
        let conversation = format!("{sender}-{batch}-{}", number / 10);
        let (event, more) = match number % 10 {
            0 => ("Conversation Started", String::new()),
            1 | 5 | 8 => ("Message Sent", r#","message_body":"Is the Super Widget in stock, and what would two of them cost me?","role":"customer""#.into()),
            2 | 6 => ("Action Invoked", r#","type":"Inventory Request","action":"check stock level","role":"customer""#.into()),
            9 => ("Feedback Submitted", r#","rating":5.0"#.into()),
            _ => ("Message Received", format!(r#","message_body":"Yes, it is in stock: {number} left, at $19.99 each. Two of them are $39.98, and delivery is free.","role":"agent""#)),
        };
        if number > 0 {
            body.push(',');
        }
        let call = format!(
            r#"{{"type":"track","event":"{event}","userId":"user-{sender}-{batch}","messageId":"{sender:08x}-{batch:08x}-{number:08x}-envelope","timestamp":"2026-01-02T03:04:05.678Z","context":{{"library":{{"name":"load","version":"1"}}}},"properties":{{"conversationId":"{conversation}","messageId":"message-{number}"{more}}}}}"#
        );
        body.push_str(&call);
    }
    body.push_str("]}");
    body
}

/// Reads the live stream as a page does, and counts the events.
async fn watch(address: String, seen: Arc<AtomicU64>) -> Result<(), BoxError> {
    let mut connection = connect(&address).await?;
    let request = Request::get("/api/live")
        .header("host", &address)
        .body(Full::default())?;
    let mut body = send_request(&mut connection, request).await?.into_body();
    let mut rest = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            rest.extend_from_slice(&data);
            let end = rest
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            let whole: Vec<u8> = rest.drain(..end).collect();
            let events = whole
                .windows(7)
                .filter(|bytes| bytes == b"{\"seq\":")
                .count();
            seen.fetch_add(events as u64, Relaxed);
        }
    }
    Ok(())
}

/// Returns the CPU time of a process, which Linux counts in hundredths of a second.
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(ticks as f64 / 100.0)
}

fn megabytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kilobytes.unwrap_or(0) / 1024
}
