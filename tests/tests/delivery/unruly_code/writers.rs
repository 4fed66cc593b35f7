//! Writers of JSON lines, which run on threads for blocking calls.

use std::error::Error;
use std::panic::panic_any;
use std::{fmt, io};

use copilot_track_tests::{numbered_event, test_user};

use super::{Bomb, Payload, dropped_with};

/// What a writer does when it is called for the first time.
#[derive(Debug, Clone, Copy)]
enum WriterFault {
    Panic,
    /// It returns an error whose methods and destructor panic.
    Error,
}

struct UnrulyWriter {
    fault: Option<WriterFault>,
    _bomb: Bomb,
}

impl UnrulyWriter {
    fn new(fault: WriterFault) -> Self {
        Self {
            fault: Some(fault),
            _bomb: Bomb,
        }
    }
}

impl io::Write for UnrulyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.fault.take() {
            Some(WriterFault::Panic) => panic_any(Payload),
            Some(WriterFault::Error) => Err(io::Error::other(UnrulyError)),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct UnrulyError;

impl fmt::Display for UnrulyError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic_any(Payload)
    }
}

impl Error for UnrulyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic_any(Payload)
    }
}

impl Drop for UnrulyError {
    fn drop(&mut self) {
        panic_any(Payload);
    }
}

#[test]
fn panics_in_a_writer_cost_at_most_the_batch() {
    for (fault, rejected) in [(WriterFault::Panic, 1), (WriterFault::Error, 0)] {
        let dropped = dropped_with(
            |builder| builder.json_lines(UnrulyWriter::new(fault)),
            |tracker| tracker.track(&test_user(), numbered_event(0)),
        );
        assert_eq!(
            (dropped.rejected, dropped.total()),
            (rejected, rejected),
            "{fault:?}"
        );
    }
}

#[test]
fn with_a_spool_panics_in_a_writer_cost_nothing() {
    for fault in [WriterFault::Panic, WriterFault::Error] {
        let directory = tempfile::tempdir().unwrap();
        let dropped = dropped_with(
            |builder| {
                let writer = UnrulyWriter::new(fault);
                builder.json_lines(writer).spool(directory.path())
            },
            |tracker| tracker.track(&test_user(), numbered_event(0)),
        );
        assert_eq!(dropped.total(), 0, "{fault:?}");
    }
}
