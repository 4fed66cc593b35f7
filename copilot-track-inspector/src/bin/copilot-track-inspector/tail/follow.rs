//! Follows the live stream of an inspector, and connects again when it ends.

use std::{error::Error, io, time::Duration};

use serde_json::Value;

use super::{
    print::Printer,
    stream::{Message, Stream},
};
use crate::{options::Tail, signal::interrupted};

/// How long until another try to connect.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) async fn run(options: Tail) -> Result<(), Box<dyn Error>> {
    tokio::select! {
        ended = follow(&options) => Ok(ended?),
        () = interrupted() => Ok(()),
    }
}

/// Where we are in what the inspector has.
#[derive(Debug, Default)]
struct Place {
    /// Behind which event to go on; the next that comes, if there is none.
    after: Option<u64>,
    /// Whose count that is.
    instance: Option<String>,
    /// Whether it was said that events cannot be written.
    not_written: bool,
}

async fn follow(options: &Tail) -> io::Result<()> {
    let mut printer = Printer::stdout(options.json);
    let mut place = Place {
        after: options.all.then_some(0),
        ..Place::default()
    };
    let mut told = false;
    loop {
        match Stream::open(&options.authority, place.after, options.json).await {
            Ok(mut stream) => {
                told = false;
                while let Some(message) = stream.next().await {
                    if !take(&message, &mut place, &mut printer)? {
                        break;
                    }
                }
            }
            Err(error) if !told => {
                told = true;
                eprintln!(
                    "waiting for an inspector at http://{}: {error}",
                    options.authority
                );
            }
            Err(_) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes a message. Whether the stream is still good.
fn take(message: &Message, place: &mut Place, printer: &mut Printer) -> io::Result<bool> {
    match message.event.as_str() {
        "events" => {
            let Some(Value::Array(events)) = message.data.get("events") else {
                return Ok(true);
            };
            for event in events {
                printer.event(event)?;
                place.after = event.get("seq").and_then(Value::as_u64).or(place.after);
            }
        }
        "gap" => printer.notice("some events made room before they could be shown")?,
        "reset" => printer.notice("everything was deleted")?,
        "state" => {
            let not_written = message.data.get("notWritten").filter(|it| !it.is_null());
            if place.not_written != not_written.is_some() {
                place.not_written = not_written.is_some();
                printer.not_written(not_written)?;
            }
            let instance = message.data.get("instance").and_then(Value::as_str);
            let another = place.instance.is_some() && place.instance.as_deref() != instance;
            place.instance = instance.map(str::to_owned);
            let last = message.data.get("lastSeq").and_then(Value::as_u64);
            if another {
                // It counts from the beginning; so do we, in another stream.
                place.after = Some(0);
                return Ok(false);
            }
            place.after = place.after.or(last);
        }
        _ => {}
    }
    Ok(true)
}
