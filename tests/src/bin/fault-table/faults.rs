//! What goes wrong while events come.

use std::time::{Duration, SystemTime};

use copilot_track_tests::{Answer, Behaviour, Script, Tls};

/// What goes wrong.
pub(crate) enum Fault {
    /// The server is there, and does this.
    Does(Script),
    /// The server comes later.
    DownAtFirst(Duration),
    /// The server goes away when half of the time is over, for so long.
    DownInTheMiddle(Duration),
    /// The server does this for so long, and all is well from then on.
    For(Duration, Behaviour),
    /// The endpoint that is configured has this wrong with its TLS. It is put right for the tracker
    /// that comes next.
    Tls(Tls),
    /// The endpoint that is configured has a name that nobody can resolve; likewise.
    Dns,
}

/// A fault, made when its row begins.
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) make: fn() -> Fault,
}

const SECOND: Duration = Duration::from_secs(1);

fn sometimes(behaviour: Behaviour, seed: u64) -> Fault {
    Fault::Does(Script::sometimes(10, behaviour, seed))
}

fn always(behaviour: Behaviour) -> Fault {
    Fault::Does(Script::always(behaviour))
}

fn busy(retry_after: String) -> Behaviour {
    Behaviour::Answer(Answer::new(429).header("Retry-After", retry_after))
}

macro_rules! faults {
    ($($name:literal => $fault:expr,)*) => {
        &[$(Named { name: $name, make: || $fault },)*]
    };
}

/// All of them.
pub(crate) const FAULTS: &[Named] = faults![
    "none" => always(Behaviour::ok()),
    "server down for the first 3 s" => Fault::DownAtFirst(3 * SECOND),
    "down for 1 s in the middle" => Fault::DownInTheMiddle(SECOND),
    "10% answers 500" => sometimes(Behaviour::status(500), 1),
    "10% answers 429 without Retry-After" => sometimes(Behaviour::status(429), 2),
    "429 with Retry-After in seconds, for 3 s" => Fault::For(3 * SECOND, busy("3".to_owned())),
    "429 with Retry-After as a date, for 3 s" => {
        let date = httpdate::fmt_http_date(SystemTime::now() + 3 * SECOND);
        Fault::For(3 * SECOND, busy(date))
    },
    "connection dropped before the request is read, 10%" => sometimes(Behaviour::CloseUnread, 3),
    "connection dropped after it, 10%" => sometimes(Behaviour::CloseUnanswered, 4),
    "connection reset in the answer's head, 10%" => sometimes(Behaviour::ResetInHead, 5),
    "connection reset in the answer's body, 10%" => sometimes(Behaviour::ResetInBody, 6),
    "garbage instead of an answer, 10%" => sometimes(Behaviour::Garbage, 7),
    "200 with garbage" => always(Behaviour::Answer(Answer::new(200).body("\0<html>{\"succ"))),
    "the first request is never answered" => Fault::Does(Script::first([Behaviour::Hang])),
    "every answer takes 300 ms" => {
        always(Behaviour::Delay(Duration::from_millis(300), Answer::new(200)))
    },
    "every answer drips for 10 s" => {
        let answer = Answer::new(200).body("x".repeat(100));
        always(Behaviour::Drip(Duration::from_millis(100), answer))
    },
    "413 above 30 events" => always(Behaviour::Limit { bytes: usize::MAX, events: 30 }),
    "10% answers 400" => sometimes(Behaviour::status(400), 8),
    "10% answers 307" => {
        let elsewhere = Answer::new(307).header("Location", "http://127.0.0.1:9/");
        sometimes(Behaviour::Answer(elsewhere), 9)
    },
    "TLS: a certificate that nobody trusts" => Fault::Tls(Tls::SelfSigned),
    "TLS: garbage instead of a handshake" => Fault::Tls(Tls::Garbage),
    "DNS: a name that cannot be resolved" => Fault::Dns,
];
