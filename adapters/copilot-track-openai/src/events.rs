//! The events of a streamed response.

/// The maximum size of an event that is read, in bytes. The usage is in a small event.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// Splits a stream of server-sent events into lines and finds their data.
#[derive(Debug, Default)]
pub(crate) struct EventLines {
    line: Vec<u8>,
    /// Whether the current line is too long. It is skipped.
    is_too_long: bool,
}

impl EventLines {
    /// Adds bytes of the stream. Calls `found` with the data of each line that is complete.
    pub(crate) fn push(&mut self, bytes: &[u8], mut found: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.extend(&rest[..end]);
            if !self.is_too_long
                && let Some(data) = data(&self.line)
            {
                found(data);
            }
            self.line.clear();
            self.is_too_long = false;
            rest = &rest[end + 1..];
        }
        self.extend(rest);
    }

    fn extend(&mut self, bytes: &[u8]) {
        if self.line.len() + bytes.len() > MAX_EVENT_BYTES {
            self.is_too_long = true;
            self.line.clear();
        } else if !self.is_too_long {
            self.line.extend_from_slice(bytes);
        }
    }
}

/// Returns the data of a line.
fn data(line: &[u8]) -> Option<&[u8]> {
    let data = line.strip_prefix(b"data:")?.trim_ascii_start();
    data.starts_with(b"{").then_some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = EventLines::default();
        let mut found = Vec::new();
        for chunk in chunks {
            lines.push(chunk, |data| {
                found.push(String::from_utf8_lossy(data).into_owned());
            });
        }
        found
    }

    #[test]
    fn events_can_be_split_anywhere() {
        let stream =
            b"event: a\ndata: {\"a\":1}\r\n\r\n: ping\n\ndata:{\"b\":2}\n\ndata: [DONE]\n\n";
        let expected = ["{\"a\":1}", "{\"b\":2}"];
        assert_eq!(found(&[stream]), expected);
        for split in 0..stream.len() {
            assert_eq!(found(&[&stream[..split], &stream[split..]]), expected);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let long = vec![b'x'; MAX_EVENT_BYTES];
        let chunks: [&[u8]; 4] = [b"data: {", &long, b"}\n", b"data: {}\n"];
        assert_eq!(found(&chunks), ["{}"]);
    }
}
