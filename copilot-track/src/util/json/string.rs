//! Writes strings as JSON. Checks eight bytes at a time for characters that must be escaped.

/// Appends a string as JSON.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing a `str` to memory cannot fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Returns whether no characters need to be escaped. Checks eight bytes at a time.
pub(super) fn is_plain(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| found | special(*word));
    // `last` holds the last eight bytes of the text, some of which may already have been checked.
    // Shorter text is padded with spaces.
    let last = text.last_chunk().copied().unwrap_or_else(|| {
        let mut last = [b' '; 8];
        for (place, byte) in last.iter_mut().zip(rest) {
            *place = *byte;
        }
        last
    });
    found | special(last) == 0
}

/// Returns a number other than zero if one of the bytes is a quote, a backslash, or a control
/// character.
fn special(bytes: [u8; 8]) -> u64 {
    let word = u64::from_ne_bytes(bytes);
    // Each closure sets the highest bit of the least significant byte that matches, and possibly of
    // other bytes.
    let below = |word: u64, byte: u8| word.wrapping_sub(each(byte)) & !word;
    let is = |byte: u8| below(word ^ each(byte), 1);
    (below(word, b' ') | is(b'"') | is(b'\\')) & each(0x80)
}

/// Returns a word that consists of the same byte eight times.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}
