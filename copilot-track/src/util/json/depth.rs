//! The limit on nesting.

use std::io;

use serde_json::ser::Formatter;

/// The maximum depth of an event. The event's own object is the first level.
///
/// The body of a request adds two levels. `serde_json` and other parsers read at most 127 levels by
/// default, so a deeper event would make the whole batch unreadable for them.
pub(crate) const MAX_DEPTH: usize = 125;

/// Writes compact JSON. A container that is nested too deeply is an error.
pub struct DepthLimit<'a> {
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

/// A serializer that writes JSON and limits its depth.
pub(crate) type PlainSerializer<'a> =
    &'a mut serde_json::Serializer<&'a mut Vec<u8>, DepthLimit<'a>>;

/// Returns the JSON that `serialize` writes for a value that is inside `level` containers.
pub(crate) fn with_plain_serializer(
    level: usize,
    serialize: impl FnOnce(PlainSerializer<'_>) -> Result<(), serde_json::Error>,
) -> Result<String, serde_json::Error> {
    let (mut out, mut needs_check) = (Vec::new(), false);
    let limit = DepthLimit::new(level, &mut needs_check);
    serialize(&mut serde_json::Serializer::with_formatter(&mut out, limit))?;
    // `serde_json` writes only UTF-8.
    Ok(String::from_utf8(out).unwrap_or_default())
}
