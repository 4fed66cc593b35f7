//! Counts the events that have arrived.

use std::io::{self, Read as _, Write};
use std::sync::{Mutex, PoisonError};

use flate2::read::GzDecoder;
use memchr::memmem;

/// A key that occurs exactly once in every event, whichever library sends the event.
const EVENT: &[u8] = b"\"event\":";

#[derive(Default)]
pub(crate) struct Counts(Mutex<State>);

#[derive(Default)]
struct State {
    requests: u64,
    bytes: u64,
    events: u64,
    /// Compressed bodies. They are decoded only when the counts are requested, because decoding
    /// would slow down the client on a machine with two cores.
    compressed: Vec<Vec<u8>>,
}

impl Counts {
    pub(crate) fn add(&self, body: &[u8], is_gzip: bool) {
        let events = if is_gzip { 0 } else { count(body) };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.requests += 1;
        state.events += events;
        if is_gzip {
            state.compressed.push(body.to_vec());
        } else {
            state.bytes += body.len() as u64;
        }
    }

    pub(crate) fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut compressed = 0;
        for body in std::mem::take(&mut state.compressed) {
            compressed += body.len();
            let mut plain = Vec::new();
            GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
            state.events += count(&plain);
            state.bytes += plain.len() as u64;
        }
        writeln!(out, "requests {}", state.requests)?;
        writeln!(out, "bytes {}", state.bytes)?;
        writeln!(out, "compressed {compressed}")?;
        writeln!(out, "events {}\n", state.events)?;
        out.flush()
    }
}

fn count(body: &[u8]) -> u64 {
    memmem::find_iter(body, EVENT).count() as u64
}
