//! Compression: a gzip frame (RFC 1952) around `miniz_oxide`'s deflate.
//!
//! The frame is a constant and a checksum, and takes no crate of its own.

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};

/// Deflate, no flags, no time, the fastest level, from no known system.
const HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 255];
/// As fast as it goes: bodies are small and the network is not the bottleneck.
const LEVEL: i32 = 1;
/// The whole window, without zlib's own frame.
const RAW: i32 = -15;

/// The body as one gzip member, or none if the compressor refuses.
pub(super) fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len() / 4 + HEADER.len());
    out.extend_from_slice(&HEADER);
    let flags = create_comp_flags_from_zip_params(LEVEL, RAW, 0);
    let mut compressor = CompressorOxide::new(flags);
    let (status, _) = compress_to_output(&mut compressor, body, TDEFLFlush::Finish, |bytes| {
        out.extend_from_slice(bytes);
        true
    });
    out.extend_from_slice(&crc32(body).to_le_bytes());
    // The length counts modulo 2³².
    let [low @ .., _, _, _, _] = (body.len() as u64).to_le_bytes();
    out.extend_from_slice(&low);
    (status == TDEFLStatus::Done).then_some(out)
}

/// The checksum of each byte alone, and of each with 1 to 7 zero bytes behind it.
static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    /// The polynomial of IEEE 802.3, its lowest bit first.
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let mut tables = [[0; 256]; 8];
    let (mut byte, mut start) = (0, 0_u32);
    while byte < 256 {
        let (mut sum, mut table) = (start, 0);
        while table < 8 {
            let mut bit = 0;
            while bit < 8 {
                sum = (sum >> 1) ^ ((sum & 1) * POLYNOMIAL);
                bit += 1;
            }
            tables[table][byte] = sum;
            table += 1;
        }
        (byte, start) = (byte + 1, start + 1);
    }
    tables
}

/// The CRC-32 of gzip, eight bytes at a time.
fn crc32(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(u32::MAX, |sum, word| {
        let mut word = *word;
        for (byte, so_far) in word.iter_mut().zip(sum.to_le_bytes()) {
            *byte ^= so_far;
        }
        let tables = TABLES.iter().rev();
        let adds = tables
            .zip(word)
            .map(|(table, byte)| table[usize::from(byte)]);
        adds.fold(0, |sum, add| sum ^ add)
    });
    !rest.iter().fold(sum, |sum, byte| {
        let [low, ..] = sum.to_le_bytes();
        (sum >> 8) ^ TABLES[0][usize::from(low ^ byte)]
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(&[0; 32]), 0x190A_55AD);
    }

    #[test]
    fn any_body_comes_back() {
        let mut noise = 1_u32;
        let mut random = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        };
        for length in (0..40).chain([1_023, 32_768, 65_536, 475_000, 3_000_001]) {
            let random: Vec<u8> = (0..length).map(|_| random()).collect();
            let text = "{\"event\":\"Message Sent\"},".repeat(length / 25 + 1);
            for body in [&random[..], &text.as_bytes()[..length]] {
                let mut back = Vec::new();
                let compressed = gzip(body).unwrap();
                // Checks the frame, the checksum and the length, too.
                let mut decoder = flate2::read::GzDecoder::new(&compressed[..]);
                decoder.read_to_end(&mut back).unwrap();
                assert!(back == body, "{length}");
                assert!(compressed.len() < body.len() + body.len() / 100 + 64);
            }
        }
    }
}
