//! Simulates an hour of load while the endpoint is down. Memory must stay bounded, the ledger must
//! always be balanced, and the pending events must be delivered when the endpoint is back.
//!
//! Each case runs in its own process, because the test measures the memory of its process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test panics if it cannot continue"
)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use tokio::net::TcpSocket;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::delivery::batch::MAX_BATCH_EVENTS;
use crate::delivery::deadline_timer::DeadlineTimer;
use crate::delivery::delivery_handle::DeliveryHandle;
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::endpoint::{Endpoint, PlainHttp};
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::queue::queue::Queue;
use crate::delivery::sender::Sender;
use crate::delivery::spool::DiskQueue;
use crate::delivery::tests::outage_server::OutageServer;
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::http::{HttpOptions, HttpTransport};
use crate::delivery::worker::barrier_request::Barrier;
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::delivery::worker::thread::Worker;
use crate::event::context::event_context::Context;
use crate::event::custom::CustomEvent;
use crate::event::track_event::TrackEvent as _;
use crate::event::user::User;
use crate::ledger::counters::Counters;
use crate::privacy::content::Content;
use crate::util::process::ProcessId;
use crate::util::reentrancy::DeliveryId;

/// The environment variable that tells the child process which case to run.
const CASE: &str = "COPILOT_TRACK_TEST_OUTAGE";
const HOUR: Duration = Duration::from_secs(3_600);

/// What the endpoint does for an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// All connections are refused.
    Refuses,
    /// Every response has the status 503. Every fourth event has a new user and a new context.
    Fails,
}

impl Fault {
    /// Returns how much memory a process may use in addition to the limits of its queue, in KiB.
    fn margin(self) -> u64 {
        match self {
            // Mostly batches in flight.
            Self::Refuses => 8 * 1024,
            // Batches in flight, batches that were sent as probes, and their requests: the figure
            // that docs/delivery.md promises.
            Self::Fails => 24 * 1024,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Case {
    name: &'static str,
    fault: Fault,
    /// Events per second.
    rate: u64,
    limits: QueueLimits,
    /// The maximum number of bytes in the spool, or `None` for no spool.
    spool: Option<u64>,
}

fn cases() -> [Case; 5] {
    let limits = |bytes, overflow| QueueLimits {
        events: 200_000,
        bytes,
        overflow,
    };
    [
        Case {
            name: "memory",
            fault: Fault::Refuses,
            rate: 25,
            limits: limits(64 << 20, Overflow::DropNewest),
            spool: None,
        },
        Case {
            name: "memory_oldest",
            fault: Fault::Refuses,
            rate: 15,
            limits: limits(8 << 20, Overflow::DropOldest),
            spool: None,
        },
        Case {
            name: "spool",
            fault: Fault::Refuses,
            rate: 8,
            limits: limits(8 << 20, Overflow::DropNewest),
            spool: Some(8 << 20),
        },
        Case {
            name: "failing",
            fault: Fault::Fails,
            rate: 25,
            limits: limits(8 << 20, Overflow::DropOldest),
            spool: None,
        },
        Case {
            name: "failing_spool",
            fault: Fault::Fails,
            rate: 8,
            limits: limits(8 << 20, Overflow::DropNewest),
            spool: Some(8 << 20),
        },
    ]
}

/// Returns a user with a context of 2 KB.
fn identity(number: u64) -> Arc<Identity> {
    let user = User::known(number.to_string()).unwrap();
    let context = Context::new().set("text", "x".repeat(2_000));
    Arc::new(Identity {
        context: Some(Arc::new(context)),
        ..Identity::new(user, None)
    })
}

fn envelope(number: u64) -> Envelope {
    // The text has 500 to 1,500 bytes, like a chat message.
    let text = "word ".repeat(100 + usize::try_from(number * 37 % 200).unwrap());
    let event = CustomEvent::new("Note Taken")
        .unwrap()
        .property("text", text)
        .into_event();
    Envelope {
        id: None,
        timestamp: SystemTime::now(),
        call: ApiCall::Track {
            payload: event.payload,
            settings: event.settings,
        },
    }
}

/// Returns a field of this process's status in KiB, or zero if the system does not report it.
fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.unwrap_or(0)
}

fn batch_policy() -> BatchPolicy {
    BatchPolicy {
        flush_interval: Duration::from_secs(1),
        flush_at: MAX_BATCH_EVENTS,
        max_in_flight: 8,
    }
}

/// Emits events for an hour of simulated time. Returns their number.
async fn emit_for_an_hour(case: Case, delivery: &DeliveryHandle, server: &OutageServer) -> u64 {
    let mut identity = Arc::new(Identity::new(User::known("123").unwrap(), None));
    let started_at = Instant::now();
    let mut number = 0;
    while started_at.elapsed() < HOUR {
        for _ in 0..case.rate {
            if case.fault == Fault::Fails && number % 4 == 0 {
                identity = self::identity(number);
            }
            // There are eight conversations, so all shards are used.
            delivery.push(
                usize::try_from(number % 8).unwrap(),
                EventContextRef::of(&identity),
                envelope(number),
            );
            number += 1;
        }
        // The clock advances when no task can run, which includes the tasks of the server.
        tokio::time::sleep(Duration::from_secs(1)).await;
        // The clock does not advance while this task can run.
        while server.is_answering() {
            tokio::task::yield_now().await;
        }
        let ledger = delivery.counters.read();
        assert!(ledger.is_balanced(), "{ledger}");
        assert_eq!((ledger.delivered, ledger.emitted), (0, number));
    }
    number
}

/// Runs a case in this process. Returns a summary.
async fn run_case(case: Case, directory: &Path) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let server = Arc::new(OutageServer::default());
    let unused_socket = match case.fault {
        // The port is bound, but nothing listens on it.
        Fault::Refuses => Some(socket),
        Fault::Fails => {
            tokio::spawn(Arc::clone(&server).run(socket.listen(1024).unwrap()));
            None
        }
    };
    let counters = Arc::new(Counters::default());
    let endpoint = Endpoint::parse(&url, &PlainHttp::LoopbackOnly).unwrap();
    let http = HttpTransport::to(endpoint, HttpOptions::default());
    let transport = Transport::Http(http.unwrap());
    let sender = Sender::with_budget(transport, HOUR * 12, Arc::clone(&counters));
    let spool = open_spool(case, directory);
    let encoder = Encoder::with_content(Content::Full);
    let policy = batch_policy();
    let queue = Arc::new(Queue::new(case.limits, Arc::clone(&counters)));
    let (requests, inbox) = mpsc::unbounded_channel();
    let worker = Worker::new(Arc::clone(&queue), Arc::new(sender), encoder, policy, spool);
    let worker = tokio::spawn(worker.run(inbox));
    let delivery = DeliveryHandle {
        queue,
        counters: Arc::clone(&counters),
        requests,
        id: DeliveryId::new(),
        process: ProcessId::current(),
        spooled: case.spool.is_some(),
        timer: DeadlineTimer::default(),
        shutdown_expired: AtomicBool::new(false),
    };

    let base = status("VmHWM");
    let number = emit_for_an_hour(case, &delivery, &server).await;
    let down = counters.read();
    let peak = status("VmHWM") - base;
    let lost = down.dropped.queue_full + down.dropped.spool_full;
    assert_eq!(down.pending + lost, number, "{down}");
    assert!(lost > 0, "the limit was not reached: {down}");
    let bound = case.limits.bytes as u64 / 1024 + case.fault.margin();
    assert!(peak <= bound, "{}: {peak} KiB, over {bound} KiB", case.name);

    // From here on, the test uses real time, because the server does.
    tokio::time::resume();
    let failures = server.failures();
    server.end_outage();
    if let Some(socket) = unused_socket {
        tokio::spawn(Arc::clone(&server).run(socket.listen(1024).unwrap()));
    } else {
        // Each of the eight batches in flight is retried about once per minute.
        assert!(failures > 240, "{failures} responses");
    }
    let report = delivery
        .wait(Barrier::Settled, Duration::from_secs(300))
        .await;
    let report = if report.complete {
        report
    } else {
        delivery
            .wait(Barrier::Settled, Duration::from_secs(300))
            .await
    };
    assert!(report.complete, "{report}");
    assert_eq!(report.ledger.delivered, down.pending, "{report}");
    let _ = delivery
        .wait(Barrier::Shutdown, Duration::from_secs(60))
        .await;
    let arrived = server.accepted();
    assert_eq!(arrived, down.pending);
    worker.await.unwrap();
    format!(
        "{}: emitted {number}, kept and delivered {arrived}, dropped {lost}, bound {} KiB, grew by {peak} KiB at most, retries {}, responses with 503 {failures}",
        case.name,
        case.limits.bytes / 1024,
        report.ledger.retries,
    )
}

#[cfg(feature = "spool")]
fn open_spool(case: Case, directory: &Path) -> Option<DiskQueue> {
    let config = crate::delivery::spool::config::Spool::new(directory).max_bytes(case.spool?);
    Some(
        DiskQueue::open(config, None, Content::Full, Arc::default())
            .unwrap()
            .0,
    )
}

#[cfg(not(feature = "spool"))]
fn open_spool(_: Case, _: &Path) -> Option<DiskQueue> {
    None
}

/// Runs a case in the child process. Does nothing if the environment variable is not set.
#[test]
fn hour() {
    let Ok(name) = std::env::var(CASE) else {
        return;
    };
    let case = cases().into_iter().find(|case| case.name == name).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let summary = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(run_case(case, directory.path()));
    println!("{summary}");
}

#[track_caller]
fn run_in_child(name: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "delivery::tests::outage::hour", "--nocapture"])
        .env(CASE, name)
        .output()
        .unwrap();
    let output_text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{output_text}\n{errors}");
    let line = output_text.lines().find(|line| line.contains(": emitted "));
    println!("{}", line.expect("a summary"));
}

#[test]
fn an_outage_stays_within_the_memory_limit() {
    run_in_child("memory");
}

#[test]
fn an_outage_that_drops_the_oldest_stays_within_the_memory_limit() {
    run_in_child("memory_oldest");
}

#[cfg(feature = "spool")]
#[test]
fn an_outage_with_a_spool_stays_within_the_memory_limit() {
    run_in_child("spool");
}

#[test]
fn an_hour_of_failed_requests_stays_within_the_memory_limit() {
    run_in_child("failing");
}

#[cfg(feature = "spool")]
#[test]
fn an_hour_of_failed_requests_with_a_spool_stays_within_the_memory_limit() {
    run_in_child("failing_spool");
}
