//! Reads a file of dead letters, whatever has become of it.

use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::message;
use crate::privacy::content::Content;

/// No event is nearly as long.
const MAX_LINE_BYTES: usize = 1024 * 1024;

/// A line of the file.
#[derive(Debug)]
pub(crate) enum Line {
    DeadLetter(Box<DeadLetter>),
    /// What is there instead of one; of a long line a part.
    Damaged {
        bytes: Vec<u8>,
        ends: bool,
    },
}

/// The lines of a file, one in memory at a time.
#[derive(Debug)]
pub(crate) struct DeadLetterReader<R> {
    reader: BufReader<R>,
    /// In the midst of a line that is too long.
    within: bool,
}

impl<R: Read> DeadLetterReader<R> {
    pub(crate) fn new(file: R) -> Self {
        Self {
            reader: BufReader::with_capacity(64 * 1024, file),
            within: false,
        }
    }

    /// The next line that is not empty.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            (&mut self.reader)
                .take(MAX_LINE_BYTES as u64)
                .read_until(b'\n', &mut bytes)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let whole = bytes.ends_with(b"\n") || bytes.len() < MAX_LINE_BYTES;
            let within = std::mem::replace(&mut self.within, !whole);
            if within || !whole {
                return Ok(Some(Line::Damaged { bytes, ends: whole }));
            }
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(parse(&bytes).map_or_else(
                    || Line::Damaged { bytes, ends: true },
                    |letter| Line::DeadLetter(Box::new(letter)),
                )));
            }
        }
    }
}

/// What is read of a line; the rest is for people.
#[derive(Deserialize)]
struct LineFields<'a> {
    /// A file of another version may not tell.
    #[serde(default)]
    content: Content,
    #[serde(borrow)]
    event: &'a RawValue,
}

#[derive(Deserialize)]
struct EventHeader {
    #[serde(rename = "messageId")]
    id: String,
    timestamp: String,
}

/// A letter has an id and a time: with new ones it would not be the same event.
fn parse(line: &[u8]) -> Option<DeadLetter> {
    let known: LineFields<'_> = serde_json::from_slice(line).ok()?;
    let event = known.event.get().as_bytes();
    let EventHeader { id, timestamp } = serde_json::from_slice(event).ok()?;
    crate::event::ids::parse::parse("messageId", &id).ok()?;
    let well_known = &time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::parse(&timestamp, well_known).ok()?;
    Some(DeadLetter {
        message: message::parse(event)?,
        id,
        content: known.content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"type":"track","messageId":"m","timestamp":"2026-01-02T03:04:05.678Z","userId":"u","event":"E","properties":{}}"#;

    fn read(text: &[u8]) -> Vec<Result<String, usize>> {
        let mut letters = DeadLetterReader::new(text);
        let mut lines = Vec::new();
        while let Some(line) = letters.next_line().unwrap() {
            lines.push(match line {
                Line::DeadLetter(letter) => Ok(letter.id),
                Line::Damaged { bytes, .. } => Err(bytes.len()),
            });
        }
        lines
    }

    #[test]
    fn whole_lines_are_letters_and_others_are_damaged() {
        let good = format!(r#"{{"reason":"rejected","status":400,"at":"x","event":{EVENT}}}"#);
        assert_eq!(read(good.as_bytes()), [Ok("m".to_owned())]);
        let torn = &good[..good.len() - 3];
        let text = format!("{torn}\n\n  \r\n{good}\r\n{good}");
        let m = || Ok("m".to_owned());
        assert_eq!(read(text.as_bytes()), [Err(torn.len() + 1), m(), m()]);
        assert_eq!(read(b"\xff\0\n"), [Err(3)]);
        assert_eq!(read(b""), []);
        for without in [
            EVENT.replace(r#""messageId":"m","#, ""),
            EVENT.replace(r#""m""#, r#""""#),
            EVENT.replace("2026-01-02T", "some day "),
            EVENT.replace("track", "unheard of"),
            EVENT.replace(r#""userId":"u","#, ""),
            "[]".to_owned(),
        ] {
            let line = format!(r#"{{"event":{without}}}"#);
            assert_eq!(read(line.as_bytes()), [Err(line.len())], "{line}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_held_in_memory() {
        let mut text = vec![b'x'; 3 * MAX_LINE_BYTES];
        text.extend_from_slice(format!("\n{{\"event\":{EVENT}}}").as_bytes());
        let lines = read(&text);
        assert_eq!(lines.last(), Some(&Ok("m".to_owned())));
        let damaged: Vec<_> = lines.iter().filter_map(|line| line.clone().err()).collect();
        assert!(damaged.iter().all(|&bytes| bytes <= MAX_LINE_BYTES));
        assert_eq!(damaged.iter().sum::<usize>(), 3 * MAX_LINE_BYTES + 1);
    }
}
