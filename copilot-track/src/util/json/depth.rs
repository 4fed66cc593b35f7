//! The limit on nesting.

use std::io;

use serde_json::ser::Formatter;

/// The maximum depth of an event. The event's own object is the first level.
///
/// The body of a request adds two levels. `serde_json` and other parsers read at most 127 levels by
/// default, so a deeper event would make the whole batch unreadable for them.
pub(crate) const MAX_DEPTH: usize = 125;

/// Writes compact JSON. A container that is nested too deeply is an error.
pub(super) struct DepthLimit<'a> {
    remaining: usize,
    /// Whether the JSON contains a container or a `RawValue`.
    needs_check: &'a mut bool,
}

impl<'a> DepthLimit<'a> {
    /// Creates the limit for a value that is inside `level` containers. `needs_check` is set if the
    /// JSON must be checked, because it contains a container or a `RawValue`.
    pub(super) fn new(level: usize, needs_check: &'a mut bool) -> Self {
        Self {
            remaining: MAX_DEPTH.saturating_sub(level),
            needs_check,
        }
    }

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
