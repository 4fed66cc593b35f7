//! The customer's messages, from standard input or from the built-in conversation.

use std::{
    io::{self, BufRead, Read as _},
    thread,
};

use tokio::sync::mpsc;

/// The longest line that is read, in bytes. The rest of a longer line is skipped.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// The conversation of `--demo`. It produces every event that the spec defines, and a custom event.
const DEMO: &[&str] = &[
    "Hi there!",
    "Do you have any lanterns under $40?",
    "Tell me about the harbor one",
    "Is the Super Widget in stock?",
    "Show me its price history",
    "Great, order two of them please",
    "Sure, it's priya.haddad@example.com",
    "And where is my order SO-11681?",
    "Thanks! Could I return one of the widgets later on?",
    "/rate 5",
    "That's all, goodbye!",
];

/// Returns the lines of standard input. A separate thread reads them, because a read from a
/// terminal cannot be canceled and would keep the runtime from shutting down.
pub(crate) fn stdin() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        while let Ok(Some(line)) = next_line(&mut stdin) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// Returns the lines of the built-in conversation.
pub(crate) fn demo() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(DEMO.len());
    for line in DEMO {
        // This cannot fail, because the channel has room for all lines, and the receiver exists.
        let _ = sender.try_send((*line).to_owned());
    }
    lines
}

/// Reads one line and trims whitespace. Replaces invalid UTF-8, and truncates the line to
/// [`MAX_LINE_BYTES`]. Returns `None` at the end of the input.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if reader
        .take(MAX_LINE_BYTES as u64)
        .read_until(b'\n', &mut line)?
        == 0
    {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() == MAX_LINE_BYTES {
        reader.skip_until(b'\n')?;
    }
    Ok(Some(String::from_utf8_lossy(&line).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut bytes: &[u8]) -> Vec<String> {
        std::iter::from_fn(|| next_line(&mut bytes).unwrap()).collect()
    }

    #[test]
    fn lines_of_any_bytes_are_read() {
        assert_eq!(lines(b"one\r\n\n  two "), ["one", "", "two"]);
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"\xff\xfe ok\n"), ["\u{fffd}\u{fffd} ok"]);
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_complete() {
        let mut bytes = "ü".repeat(MAX_LINE_BYTES).into_bytes();
        bytes.extend_from_slice(b"\nnext\n");
        let read = lines(&bytes);
        assert_eq!(read.len(), 2);
        assert!(read[0].len() <= MAX_LINE_BYTES + 3);
        assert_eq!(read[1], "next");
        let exact = format!("{}\nnext", "a".repeat(MAX_LINE_BYTES - 1));
        assert_eq!(lines(exact.as_bytes())[1], "next");
    }
}
