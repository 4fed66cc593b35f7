//! Writes events as lines of JSON.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::delivery::batch::Batch;
use crate::util::caught_drop::CaughtDrop;
use crate::util::panics;

/// A writer of JSON lines. If a write fails in the middle of a line, the next write starts with the
/// rest of that line.
pub(crate) struct JsonLinesWriter(Arc<Mutex<WriterState>>);

struct WriterState {
    writer: CaughtDrop<Box<dyn Write + Send>>,
    /// The rest of a partially written line.
    partial_line: Vec<u8>,
}

/// The lines of a batch. A second attempt continues where the first one stopped.
#[derive(Debug)]
pub(crate) struct PendingLines {
    text: Vec<u8>,
    written: AtomicUsize,
}

impl PendingLines {
    pub(crate) fn new(batch: &Batch) -> Arc<Self> {
        let mut text = Vec::with_capacity(batch.body().len());
        for event in batch.events() {
            text.extend_from_slice(event);
            text.push(b'\n');
        }
        Arc::new(Self {
            text,
            written: AtomicUsize::new(0),
        })
    }

    /// Returns the bytes that have not been written yet.
    fn rest(&self) -> &[u8] {
        let written = self.written.load(Ordering::Relaxed);
        self.text.get(written..).unwrap_or_default()
    }

    fn advance(&self, bytes: usize) {
        self.written.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns the rest of a partially written line, or an empty slice if there is none.
    fn partial_line(&self) -> &[u8] {
        let rest = self.rest();
        let written = self.text.len() - rest.len();
        if matches!(self.text.get(..written), None | Some([] | [.., b'\n'])) {
            return &[];
        }
        let line = rest.iter().position(|&byte| byte == b'\n');
        rest.get(..line.map_or(rest.len(), |end| end + 1))
            .unwrap_or_default()
    }
}

impl JsonLinesWriter {
    pub(crate) fn new(writer: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(WriterState {
            writer: CaughtDrop::new(writer),
            partial_line: Vec::new(),
        })))
    }

    /// Writes the rest of a batch on a thread that may block, because the writer can be a pipe with
    /// a slow reader. Returns `None` if the writer panics.
    pub(crate) async fn write(&self, lines: &Arc<PendingLines>) -> Option<io::Result<()>> {
        let mut state = Arc::clone(&self.0).lock_owned().await;
        let lines = Arc::clone(lines);
        let written = spawn_blocking(move || state.write(&lines)).await;
        written.unwrap_or_else(|cancelled| Some(Err(io::Error::other(cancelled))))
    }
}

impl WriterState {
    /// Writes the rest of a batch. Returns `None` if the writer panics.
    fn write(&mut self, lines: &PendingLines) -> Option<io::Result<()>> {
        let Self {
            writer,
            partial_line,
        } = self;
        let writer = writer.get_mut()?;
        while !partial_line.is_empty() {
            match panics::catch(|| write_some(writer, partial_line))? {
                Ok(written) => drop(partial_line.drain(..written)),
                Err(error) => return Some(Err(error)),
            }
        }
        while !lines.rest().is_empty() {
            match panics::catch(|| write_some(writer, lines.rest())) {
                Some(Ok(written)) => lines.advance(written),
                failed => {
                    *partial_line = lines.partial_line().to_vec();
                    lines.advance(partial_line.len());
                    return failed.map(|result| result.map(drop));
                }
            }
        }
        panics::catch(|| writer.flush())
    }
}

/// Writes some of the bytes and returns how many were written.
fn write_some(writer: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match writer.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            // A writer can claim to have written more than it was given.
            Ok(written) => return Ok(written.min(bytes.len())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
