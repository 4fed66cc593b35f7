//! Reads dead-letter files, including damaged ones.

use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::message;
use crate::privacy::content::Content;
use crate::util::timestamps::parse_timestamp;

/// The maximum length of a line, in bytes. A longer line is damaged, because an event has at most
/// 32,000 bytes.
const MAX_LINE_BYTES: usize = 1024 * 1024;

/// A line of a dead-letter file.
#[derive(Debug)]
pub(crate) enum Line {
    DeadLetter(Box<DeadLetter>),
    Blank,
    /// A line that is not a dead letter, or part of a line that is too long.
    Damaged {
        bytes: Vec<u8>,
        /// Whether `bytes` includes the end of the line.
        ends: bool,
    },
}

/// A position in a dead-letter file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// The number of bytes before the position.
    pub(crate) offset: u64,
    /// Whether the position is within a line that is too long.
    pub(crate) in_long_line: bool,
}

impl Position {
    /// Returns the position of the first byte of a line.
    pub(crate) fn of_line(offset: u64) -> Self {
        Self {
            offset,
            in_long_line: false,
        }
    }
}

/// A reader of dead-letter files that keeps only one line in memory.
#[derive(Debug)]
pub(crate) struct DeadLetterReader<R> {
    reader: BufReader<R>,
    /// Whether the next bytes continue a line that is too long.
    in_long_line: bool,
    /// The position of the latest line, in bytes.
    start: u64,
    /// The position after the latest line.
    end: u64,
}

impl<R: Read> DeadLetterReader<R> {
    /// Creates a reader. The next byte of `file` is at `position`.
    pub(crate) fn at(file: R, position: Position) -> Self {
        Self {
            reader: BufReader::with_capacity(64 * 1024, file),
            in_long_line: position.in_long_line,
            start: position.offset,
            end: position.offset,
        }
    }

    /// Returns the position of the latest line, in bytes.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// Returns the position after the latest line, or after the latest part of a line.
    pub(crate) fn position(&self) -> Position {
        Position {
            offset: self.end,
            in_long_line: self.in_long_line,
        }
    }

    /// Returns the next line, or a part of it if it is too long. Returns nothing at the end of the
    /// file.
    pub(crate) fn next_bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.reader)
            .take(MAX_LINE_BYTES as u64)
            .read_until(b'\n', &mut bytes)?;
        self.start = self.end;
        self.end += bytes.len() as u64;
        Ok(bytes)
    }

    /// Returns the next line, or a part of it if it is too long. Returns `None` at the end of the
    /// file.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let bytes = self.next_bytes()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let ends = bytes.ends_with(b"\n") || bytes.len() < MAX_LINE_BYTES;
        let in_long_line = std::mem::replace(&mut self.in_long_line, !ends);
        if in_long_line || !ends {
            return Ok(Some(Line::Damaged { bytes, ends }));
        }
        if bytes.trim_ascii().is_empty() {
            return Ok(Some(Line::Blank));
        }
        Ok(Some(parse(&bytes).map_or_else(
            || Line::Damaged { bytes, ends: true },
            |letter| Line::DeadLetter(Box::new(letter)),
        )))
    }
}

/// The fields that the reader needs from a line.
#[derive(Deserialize)]
struct LineFields<'a> {
    /// Missing from files written by older versions.
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

/// Parses a line. A dead letter must have an id and a timestamp. With new ones, it would be a
/// different event.
fn parse(line: &[u8]) -> Option<DeadLetter> {
    let known: LineFields<'_> = serde_json::from_slice(line).ok()?;
    let event = known.event.get().as_bytes();
    let EventHeader { id, timestamp } = serde_json::from_slice(event).ok()?;
    crate::event::ids::parse::parse("messageId", &id).ok()?;
    parse_timestamp(&timestamp)?;
    Some(DeadLetter {
        event: message::parse_stored(event).ok()?,
        id,
        content: known.content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"type":"track","messageId":"m","timestamp":"2026-01-02T03:04:05.678Z","userId":"u","event":"E","properties":{}}"#;

    fn read(text: &[u8]) -> Vec<Result<String, usize>> {
        let mut letters = DeadLetterReader::at(text, Position::of_line(0));
        let mut lines = Vec::new();
        while let Some(line) = letters.next_line().unwrap() {
            match line {
                Line::DeadLetter(letter) => lines.push(Ok(letter.id)),
                Line::Damaged { bytes, .. } => lines.push(Err(bytes.len())),
                Line::Blank => {}
            }
        }
        lines
    }

    #[test]
    fn complete_lines_are_letters_and_others_are_damaged() {
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
    fn a_very_long_line_is_not_kept_in_memory() {
        let mut text = vec![b'x'; 3 * MAX_LINE_BYTES];
        text.extend_from_slice(format!("\n{{\"event\":{EVENT}}}").as_bytes());
        let lines = read(&text);
        assert_eq!(lines.last(), Some(&Ok("m".to_owned())));
        let damaged: Vec<_> = lines.iter().filter_map(|line| line.clone().err()).collect();
        assert!(damaged.iter().all(|&bytes| bytes <= MAX_LINE_BYTES));
        assert_eq!(damaged.iter().sum::<usize>(), 3 * MAX_LINE_BYTES + 1);
    }
}
