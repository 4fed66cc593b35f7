//! The faults in the table in docs/delivery.md.

use std::time::{Duration, SystemTime};

use copilot_track_tests::{Behavior, FaultPlan, FullDisk, Response, TlsFault};

/// A fault.
pub(crate) enum Fault {
    /// The server follows this plan.
    Behaves(FaultPlan),
    /// The server starts this long after the start of the run.
    DownAtStart(Duration),
    /// The server goes down for this long, halfway through the run.
    DownMidway(Duration),
    /// The server behaves in this way for this long, and then accepts everything.
    Temporary(Duration, Behavior),
    /// TLS connections to the endpoint fail. The tracker that drains the spool uses the real
    /// endpoint.
    Tls(TlsFault),
    /// The server is healthy. Halfway through the run, the `before_send` hook blocks until the
    /// shutdown has timed out.
    BlockedHook,
    /// The disk is full for some time.
    FullDisk(FullDisk),
    /// The disk is full for this long, halfway through the run. During the whole run, a second
    /// process tries to use the same spool.
    SecondProcess(Duration),
    /// The host name of the endpoint cannot be resolved. The tracker that drains the spool uses the
    /// real endpoint.
    Dns,
}

impl Fault {
    /// Returns when the disk is full. `duration` is how long it takes to emit all events.
    pub(crate) fn full_disk(&self, duration: Duration) -> Option<FullDisk> {
        match *self {
            Self::FullDisk(disk) => Some(disk),
            Self::SecondProcess(length) => Some(FullDisk {
                after: duration / 2,
                length,
            }),
            _ => None,
        }
    }
}

/// A fault's name, and a function that creates the fault when its row is run.
pub(crate) struct NamedFault {
    pub(crate) name: &'static str,
    pub(crate) make: fn() -> Fault,
}

const SECOND: Duration = Duration::from_secs(1);

fn random(behavior: Behavior, seed: u64) -> Fault {
    Fault::Behaves(FaultPlan::random(10, behavior, seed))
}

fn always(behavior: Behavior) -> Fault {
    Fault::Behaves(FaultPlan::always(behavior))
}

/// Returns a behavior that refuses each batch with a certain event.
fn poison(status: u16) -> Behavior {
    Behavior::Poison {
        numbers: [100].into(),
        response: Response::new(status),
    }
}

fn busy(retry_after: String) -> Behavior {
    Behavior::Respond(Response::new(429).header("Retry-After", retry_after))
}

macro_rules! faults {
    ($($name:literal => $fault:expr,)*) => {
        &[$(NamedFault { name: $name, make: || $fault },)*]
    };
}

/// All faults, in the order of the table.
pub(crate) const FAULTS: &[NamedFault] = faults![
    "none" => always(Behavior::ok()),
    "server down for the first 3 s" => Fault::DownAtStart(3 * SECOND),
    "server down for 1 s in the middle" => Fault::DownMidway(SECOND),
    "500 for 10% of requests" => random(Behavior::status(500), 1),
    "429 without Retry-After for 10% of requests" => random(Behavior::status(429), 2),
    "429 with Retry-After in seconds, for 3 s" => Fault::Temporary(3 * SECOND, busy("3".to_owned())),
    "429 with Retry-After as a date, for 3 s" => {
        let date = httpdate::fmt_http_date(SystemTime::now() + 3 * SECOND);
        Fault::Temporary(3 * SECOND, busy(date))
    },
    "connection dropped before the request is read, 10%" => random(Behavior::CloseUnread, 3),
    "connection dropped after the request is read, 10%" => random(Behavior::CloseUnanswered, 4),
    "connection reset in the response's head, 10%" => random(Behavior::ResetInHead, 5),
    "connection reset in the response's body, 10%" => random(Behavior::ResetInBody, 6),
    "garbage instead of a response, 10%" => random(Behavior::Garbage, 7),
    "200 with garbage" => always(Behavior::Respond(Response::new(200).body("\0<html>{\"succ"))),
    "no response to the first request" => Fault::Behaves(FaultPlan::first_then_ok([Behavior::Hang])),
    "every response takes 300 ms" => {
        always(Behavior::Delay(Duration::from_millis(300), Response::new(200)))
    },
    "every response drips for 10 s" => {
        let answer = Response::new(200).body("x".repeat(100));
        always(Behavior::Drip(Duration::from_millis(100), answer))
    },
    "413 above 30 events" => always(Behavior::Limit { bytes: usize::MAX, events: 30 }),
    "400 for 10% of requests" => random(Behavior::status(400), 8),
    "400 for one event" => always(poison(400)),
    "500 for one event, until all events are emitted" => Fault::Temporary(Duration::MAX, poison(500)),
    "307 for 10% of requests" => {
        let elsewhere = Response::new(307).header("Location", "http://127.0.0.1:9/");
        random(Behavior::Respond(elsewhere), 9)
    },
    "a hook that blocks in the middle, until the shutdown has timed out" => Fault::BlockedHook,
    "TLS: a certificate that is not trusted" => Fault::Tls(TlsFault::SelfSigned),
    "TLS: garbage instead of a handshake" => Fault::Tls(TlsFault::Garbage),
    "DNS: a name that cannot be resolved" => Fault::Dns,
    "full disk for the first 3 s" => {
        Fault::FullDisk(FullDisk { after: Duration::ZERO, length: 3 * SECOND })
    },
    "full disk for 1 s in the middle, and a second process" => Fault::SecondProcess(SECOND),
];
