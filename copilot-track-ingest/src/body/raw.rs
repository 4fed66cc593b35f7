//! Stores a body as it arrived, and decompresses it.

use std::io::Read;

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::error::BodyError;
use crate::limits::Limits;

/// A body as it arrived, before decompression.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RawBody {
    pub(super) bytes: Bytes,
    pub(super) received_bytes: usize,
}

impl RawBody {
    /// Returns the bytes that were kept: the whole body, or its beginning if it is too large.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the number of bytes that were received, including discarded ones.
    #[must_use]
    pub fn received_bytes(&self) -> usize {
        self.received_bytes
    }

    /// Decompresses the body. `encoding` is the value of the `Content-Encoding` header, if there is
    /// one: `gzip`, `x-gzip`, `deflate` (with or without a zlib header), or `identity`.
    ///
    /// # Errors
    ///
    /// Returns [`BodyError::TooLarge`] if the body is larger than `max_body_bytes` before or after
    /// decompression, [`BodyError::InvalidEncoding`] if it cannot be decompressed, and
    /// [`BodyError::UnsupportedEncoding`] for any other encoding.
    pub fn decode(&self, encoding: Option<&str>, limits: &Limits) -> Result<Bytes, BodyError> {
        let max_bytes = limits.max_body_bytes;
        if self.bytes.len() > max_bytes {
            return Err(BodyError::TooLarge { max_bytes });
        }
        let bytes = &*self.bytes;
        let encoding = encoding.unwrap_or_default().trim().to_ascii_lowercase();
        match encoding.as_str() {
            "" | "identity" => Ok(self.bytes.clone()),
            "gzip" | "x-gzip" => inflate(MultiGzDecoder::new(bytes), "gzip", max_bytes),
            // RFC 9110 specifies the zlib format, but some clients send a raw deflate stream.
            "deflate" => match inflate(ZlibDecoder::new(bytes), "deflate", max_bytes) {
                Err(BodyError::InvalidEncoding { .. }) => {
                    inflate(DeflateDecoder::new(bytes), "deflate", max_bytes)
                }
                result => result,
            },
            _ => Err(BodyError::UnsupportedEncoding { encoding }),
        }
    }
}

impl From<Bytes> for RawBody {
    fn from(bytes: Bytes) -> Self {
        Self {
            received_bytes: bytes.len(),
            bytes,
        }
    }
}

fn inflate(
    decoder: impl Read,
    encoding: &'static str,
    max_bytes: usize,
) -> Result<Bytes, BodyError> {
    let mut output = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    decoder
        .take(limit.saturating_add(1))
        .read_to_end(&mut output)
        .map_err(|_| BodyError::InvalidEncoding { encoding })?;
    if output.len() > max_bytes {
        return Err(BodyError::TooLarge { max_bytes });
    }
    Ok(output.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;
    use crate::limits::MAX_BODY_BYTES;

    fn gzip(bytes: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    fn decode(bytes: &Bytes, encoding: Option<&str>) -> Result<Bytes, BodyError> {
        RawBody::from(bytes.clone()).decode(encoding, &Limits::default())
    }

    #[test]
    fn all_encodings_decode_to_the_same_bytes() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"{}").unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"{}").unwrap();
        for (bytes, encoding) in [
            (Bytes::from("{}"), None),
            (Bytes::from("{}"), Some("identity")),
            (gzip(b"{}"), Some(" GZIP")),
            (zlib.finish().unwrap().into(), Some("deflate")),
            (raw.finish().unwrap().into(), Some("deflate")),
        ] {
            assert_eq!(decode(&bytes, encoding).unwrap(), "{}", "{encoding:?}");
        }
    }

    #[test]
    fn decompression_stops_at_the_limit() {
        let too_large = BodyError::TooLarge {
            max_bytes: MAX_BODY_BYTES,
        };
        let bomb = gzip(&vec![b' '; 8 * 1024 * 1024]);
        assert!(bomb.len() < MAX_BODY_BYTES, "{}", bomb.len());
        assert_eq!(decode(&bomb, Some("gzip")), Err(too_large.clone()));
        let largest = gzip(&vec![b' '; MAX_BODY_BYTES]);
        assert_eq!(
            decode(&largest, Some("gzip")).unwrap().len(),
            MAX_BODY_BYTES
        );
        let plain = Bytes::from(vec![b' '; MAX_BODY_BYTES + 1]);
        assert_eq!(decode(&plain, None), Err(too_large));
    }

    #[test]
    fn a_wrong_encoding_is_reported() {
        let invalid = |encoding| Err(BodyError::InvalidEncoding { encoding });
        let text = Bytes::from("{}");
        assert_eq!(decode(&text, Some("gzip")), invalid("gzip"));
        assert_eq!(decode(&text, Some("deflate")), invalid("deflate"));
        let truncated = gzip(b"{\"batch\":[]}").slice(..12);
        assert_eq!(decode(&truncated, Some("gzip")), invalid("gzip"));
        assert!(matches!(
            decode(&text, Some("br")),
            Err(BodyError::UnsupportedEncoding { .. })
        ));
    }
}
