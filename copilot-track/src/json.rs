//! Texts as JSON.

/// Appends a text as a JSON string.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    if is_plain(text) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Serialising a `str` into memory cannot fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Whether nothing in it has to be escaped. Looks at all of it, without a branch for each byte: so the
/// compiler makes it look at many at a time.
fn is_plain(text: &str) -> bool {
    let special = |byte: u8| matches!(byte, 0..0x20 | b'"' | b'\\');
    let (blocks, rest) = text.as_bytes().as_chunks::<16>();
    let block = |bytes: &[u8; 16]| {
        bytes
            .iter()
            .fold(false, |found, byte| found | special(*byte))
    };
    !blocks.iter().any(block)
        && !rest
            .iter()
            .fold(false, |found, byte| found | special(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_writes_what_serde_json_does(text in "([ -~]{0,40}|.{0,40}|[\"\\\\\u{0}-\u{1f}\u{7f}é😀a]{0,20}){0,3}") {
            let mut out = Vec::new();
            string(&text, &mut out);
            prop_assert_eq!(out, serde_json::to_vec(&text).unwrap());
        }
    }

    #[test]
    fn every_byte_is_looked_at() {
        for special in ["\"", "\\", "\n", "\0", "\u{1f}"] {
            for before in 0..40 {
                let text = "x".repeat(before) + special + "tail";
                assert!(!is_plain(&text), "{text:?}");
            }
        }
        assert!(is_plain("é \u{7f}"));
    }
}
