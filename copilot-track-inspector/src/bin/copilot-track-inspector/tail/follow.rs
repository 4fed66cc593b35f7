//! Follows the live stream of an inspector and reconnects when it ends.

use std::{error::Error, io, time::Duration};

use serde_json::Value;

use super::{
    print::{Printer, occurred_at},
    stream::{Message, OpenError, Stream},
};
use crate::{options::TailOptions, signal::Interrupts};

/// The delay before the first reconnect.
const MIN_RECONNECT_DELAY: Duration = Duration::from_millis(500);
/// The maximum delay before a reconnect. The delay doubles after each failed attempt.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(8);

pub(crate) async fn run(options: TailOptions) -> Result<(), Box<dyn Error>> {
    let interrupts = Interrupts::listen()?;
    tokio::select! {
        ended = follow(&options) => ended,
        () = interrupts.received() => Ok(()),
    }
}

/// The position up to which the stream has been printed.
#[derive(Debug, Default)]
struct StreamPosition {
    /// The sequence number of the last printed event. If this is `None`, the stream starts with the
    /// next event that arrives.
    after: Option<u64>,
    /// The inspector instance that assigned the number in `after`.
    instance: Option<String>,
    /// Whether a write error was printed and still persists.
    not_written: bool,
}

/// Follows the stream until an error that a reconnect cannot fix.
async fn follow(options: &TailOptions) -> Result<(), Box<dyn Error>> {
    let mut printer = Printer::stdout(options.json);
    let mut position = StreamPosition {
        after: options.all.then_some(0),
        ..StreamPosition::default()
    };
    let mut failures = 0;
    loop {
        match Stream::open(options, position.after).await {
            Ok(mut stream) => {
                failures = 0;
                while let Some(message) = stream.next().await {
                    if !handle(&message, &mut position, &mut printer)? {
                        break;
                    }
                }
            }
            Err(OpenError::Unavailable(error)) => {
                if failures == 0 {
                    eprintln!("waiting for an inspector at {}: {error}", options.url());
                }
                failures += 1;
            }
            Err(OpenError::Refused(error)) => {
                return Err(format!("{}: {error}", options.url()).into());
            }
        }
        tokio::time::sleep(reconnect_delay(failures)).await;
    }
}

/// Returns the delay before a reconnect after this number of failed attempts.
fn reconnect_delay(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (MIN_RECONNECT_DELAY * (1 << doublings)).min(MAX_RECONNECT_DELAY)
}

/// Handles a message. Returns `false` if the stream must be opened again.
fn handle(
    message: &Message,
    position: &mut StreamPosition,
    printer: &mut Printer,
) -> io::Result<bool> {
    match message.event.as_str() {
        "events" => {
            let Some(Value::Array(events)) = message.data.get("events") else {
                return Ok(true);
            };
            let seq = |event: &Value| event.get("seq").and_then(Value::as_u64);
            position.after = events.iter().filter_map(seq).max().or(position.after);
            // The events of a message arrived at nearly the same time.
            let mut events: Vec<_> = events.iter().collect();
            events.sort_by_cached_key(|event| (occurred_at(event), seq(event)));
            for event in events {
                printer.event(event)?;
            }
        }
        "gap" => printer.notice("some events were evicted before they could be shown")?,
        "reset" => printer.notice("all events were deleted")?,
        "state" => {
            let not_written = message
                .data
                .get("notWritten")
                .filter(|error| !error.is_null());
            if position.not_written != not_written.is_some() {
                position.not_written = not_written.is_some();
                printer.not_written(not_written)?;
            }
            let instance = message.data.get("instance").and_then(Value::as_str);
            let is_other_instance =
                position.instance.is_some() && position.instance.as_deref() != instance;
            position.instance = instance.map(str::to_owned);
            let last = message.data.get("lastSeq").and_then(Value::as_u64);
            if is_other_instance {
                // The new instance numbers its events from 1.
                position.after = Some(0);
                return Ok(false);
            }
            position.after = position.after.or(last);
        }
        _ => {}
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_a_maximum() {
        let delays = [0, 1, 2, 3, 5, 6, u32::MAX].map(|it| reconnect_delay(it).as_millis());
        assert_eq!(delays, [500, 500, 1_000, 2_000, 8_000, 8_000, 8_000]);
    }
}
