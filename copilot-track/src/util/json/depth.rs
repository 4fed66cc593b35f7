//! The limit on nesting.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// The maximum depth of an event. The event's own object is the first level.
///
/// The body of a request adds two levels. `serde_json` and other parsers read at most 127 levels by
/// default, so a deeper event would make the whole batch unreadable for them.
pub(crate) const MAX_DEPTH: usize = 125;

/// Writes compact JSON. A container that is nested too deeply is an error.
struct DepthLimit<'a> {
    remaining: usize,
    /// Whether the JSON contains a container or a `RawValue`.
    needs_check: &'a mut bool,
}

impl DepthLimit<'_> {
    fn begin(&mut self) -> io::Result<()> {
        *self.needs_check = true;
        self.remaining = self
            .remaining
            .checked_sub(1)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(())
    }
}

impl Formatter for DepthLimit<'_> {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin()?;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.remaining += 1;
        writer.write_all(b"]")
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin()?;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.remaining += 1;
        writer.write_all(b"}")
    }

    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        *self.needs_check = true;
        writer.write_all(fragment.as_bytes())
    }
}

/// Appends a value that is inside `level` containers. Returns whether the JSON must be checked,
/// because it contains a container or a `RawValue`.
///
/// The serializer returns the error before it enters the container, so the depth of the recursion
/// is limited, too. `serde_json` classifies the error as an I/O error. No other I/O error can
/// occur, because the JSON is written to memory.
pub(super) fn write<T: Serialize + ?Sized>(
    value: &T,
    level: usize,
    out: &mut Vec<u8>,
) -> Result<bool, serde_json::Error> {
    let mut needs_check = false;
    let limit = DepthLimit {
        remaining: MAX_DEPTH.saturating_sub(level),
        needs_check: &mut needs_check,
    };
    value.serialize(&mut serde_json::Serializer::with_formatter(out, limit))?;
    Ok(needs_check)
}
