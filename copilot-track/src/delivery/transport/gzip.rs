//! Compresses request bodies.

use std::io::{self, Write as _};

use flate2::write::GzEncoder;

use crate::delivery::endpoint::Endpoint;

/// Smaller bodies are not compressed by default.
const MIN_BYTES: usize = 1_024;

/// Which request bodies are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Never,
    /// Those of at least `MIN_BYTES`.
    Large,
    Always,
}

impl Compression {
    pub(crate) fn default_for(endpoint: &Endpoint) -> Self {
        if endpoint.is_loopback() {
            Self::Never
        } else {
            Self::Large
        }
    }

    /// Returns whether a body of `bytes` bytes is compressed.
    pub(super) fn applies_to(self, bytes: usize) -> bool {
        match self {
            Self::Never => false,
            Self::Large => bytes >= MIN_BYTES,
            Self::Always => true,
        }
    }
}

/// Compresses a body into one gzip member.
pub(super) fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let compressed = Vec::with_capacity(body.len() / 4);
    // This is the fastest level. Bodies are small, and CPU time matters more than bandwidth.
    let mut encoder = GzEncoder::new(compressed, flate2::Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn any_body_is_restored() {
        let mut noise = 1_u32;
        let mut random = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        };
        for length in (0..40).chain([1_023, 32_768, 65_536, 475_000, 3_000_001]) {
            let random: Vec<u8> = (0..length).map(|_| random()).collect();
            let text = "{\"event\":\"Message Sent\"},".repeat(length / 25 + 1);
            for body in [&random[..], &text.as_bytes()[..length]] {
                let mut restored = Vec::new();
                let compressed = gzip(body).unwrap();
                // The decoder checks the frame, the checksum, and the length.
                let mut decoder = flate2::read::GzDecoder::new(&compressed[..]);
                decoder.read_to_end(&mut restored).unwrap();
                assert!(restored == body, "{length}");
                // Random data grows when it is compressed, by an amount that depends on the
                // compression backend.
                assert!(
                    compressed.len() < body.len() + body.len() / 8 + 64,
                    "{length}"
                );
            }
        }
    }
}
