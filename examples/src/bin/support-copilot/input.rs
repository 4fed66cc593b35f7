//! Where the customer's lines come from: a person, a pipe, or the built-in conversation.

use std::{
    io::{self, BufRead, Read as _},
    thread,
};

use tokio::sync::mpsc;

/// The most bytes of a line that are read; the rest of it is skipped.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// What `--demo` plays: every kind of event of the spec, and a purchase.
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

/// The lines of standard input. It is read on a thread of its own, because a read from a terminal
/// cannot be cancelled and would keep the runtime from ending.
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

pub(crate) fn demo() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(DEMO.len());
    for line in DEMO {
        // There is room for all of them, and the receiver is at hand.
        let _ = sender.try_send((*line).to_owned());
    }
    lines
}

/// A line without its end, whatever its bytes and however long it is; `None` at the end.
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
    fn any_bytes_are_lines() {
        assert_eq!(lines(b"one\r\n\n  two "), ["one", "", "two"]);
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"\xff\xfe ok\n"), ["\u{fffd}\u{fffd} ok"]);
    }

    #[test]
    fn a_huge_line_is_cut_and_the_next_one_is_whole() {
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
