//! Appends lines to a file that may end with an incomplete line.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

/// Appends lines. If they cannot be written completely, none is.
pub(super) fn append(file: &mut File, lines: &[u8], sync: bool) -> io::Result<()> {
    let len = file.metadata()?.len();
    let mut written = Ok(());
    if len > 0 {
        // A killed process may have left an incomplete line. New lines must not continue it.
        let mut last = [0];
        file.seek(SeekFrom::Start(len - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            written = file.write_all(b"\n");
        }
    }
    written = written.and_then(|()| file.write_all(lines));
    if sync {
        // The events are removed from the spool after this write.
        written = written.and_then(|()| file.sync_data());
    }
    if written.is_err() {
        let _ = file.set_len(len);
    }
    written
}
