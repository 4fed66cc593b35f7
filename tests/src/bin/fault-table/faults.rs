//! What goes wrong while events come.

use std::time::{Duration, SystemTime};

use copilot_track_tests::{Behavior, FaultPlan, Response, TlsFault};

/// What goes wrong.
pub(crate) enum Fault {
    /// The server is there, and does this.
    Behaves(FaultPlan),
    /// The server comes later.
    DownAtStart(Duration),
    /// The server goes away when half of the time is over, for so long.
    DownMidway(Duration),
    /// The server does this for so long, and all is well from then on.
    Temporary(Duration, Behavior),
    /// The endpoint that is configured has this wrong with its TLS. It is put right for the tracker
    /// that comes next.
    Tls(TlsFault),
    /// The endpoint that is configured has a name that nobody can resolve; likewise.
    Dns,
}

/// A fault, made when its row begins.
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

fn busy(retry_after: String) -> Behavior {
    Behavior::Respond(Response::new(429).header("Retry-After", retry_after))
}

macro_rules! faults {
    ($($name:literal => $fault:expr,)*) => {
        &[$(NamedFault { name: $name, make: || $fault },)*]
    };
}

/// All of them.
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
    "307 for 10% of requests" => {
        let elsewhere = Response::new(307).header("Location", "http://127.0.0.1:9/");
        random(Behavior::Respond(elsewhere), 9)
    },
    "TLS: a certificate that is not trusted" => Fault::Tls(TlsFault::SelfSigned),
    "TLS: garbage instead of a handshake" => Fault::Tls(TlsFault::Garbage),
    "DNS: a name that cannot be resolved" => Fault::Dns,
];
