//! A request's body: read within a bound and a time, and decompressed within a bound.

use std::{io::Read, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt as _;

/// The most bytes that Segment takes in a request.
pub(crate) const BATCH_LIMIT: usize = 500 * 1024;
/// What is read, and thrown away, of a body that is too large, so that its sender gets to read the
/// answer.
const DRAINED: usize = 8 * 1024 * 1024;
/// How long a body may take to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A body as it came.
#[derive(Debug)]
pub(crate) struct Wire {
    /// Its bytes; not more than one over the limit.
    pub(crate) bytes: Bytes,
    /// How many came.
    pub(crate) length: usize,
}

/// Why a body was not taken.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the connection broke before the whole body had come")]
    Broken,
    #[error("the body did not come within {} s", PATIENCE.as_secs())]
    Slow,
    #[error("the body has over {BATCH_LIMIT} bytes; Segment takes none: send smaller batches")]
    TooLarge,
    #[error("Content-Encoding says {0}, and the body is not that")]
    NotAsEncoded(&'static str),
    #[error("Content-Encoding is {0:?}; Segment reads gzip, and we deflate too")]
    UnknownEncoding(String),
}

/// Takes a body in.
pub(crate) async fn read(body: Body) -> Result<Wire, BodyError> {
    tokio::time::timeout(PATIENCE, gather(body))
        .await
        .unwrap_or(Err(BodyError::Slow))
}

async fn gather(mut body: Body) -> Result<Wire, BodyError> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Broken)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        let room = (BATCH_LIMIT + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
        if length > DRAINED {
            break;
        }
    }
    Ok(Wire {
        bytes: bytes.into(),
        length,
    })
}

/// Decompresses a body, as far as the limit goes.
pub(crate) fn decode(wire: &Bytes, encoding: Option<&str>) -> Result<Bytes, BodyError> {
    if wire.len() > BATCH_LIMIT {
        return Err(BodyError::TooLarge);
    }
    let encoding = encoding.unwrap_or_default().trim().to_ascii_lowercase();
    match encoding.as_str() {
        "" | "identity" => Ok(wire.clone()),
        "gzip" | "x-gzip" => inflate(MultiGzDecoder::new(&**wire), "gzip"),
        // RFC 9110 means zlib; some senders write the bare stream.
        "deflate" => inflate(ZlibDecoder::new(&**wire), "deflate").or_else(|error| match error {
            BodyError::TooLarge => Err(error),
            _ => inflate(DeflateDecoder::new(&**wire), "deflate"),
        }),
        _ => Err(BodyError::UnknownEncoding(encoding)),
    }
}

fn inflate(decoder: impl Read, name: &'static str) -> Result<Bytes, BodyError> {
    let mut json = Vec::new();
    decoder
        .take(BATCH_LIMIT as u64 + 1)
        .read_to_end(&mut json)
        .map_err(|_| BodyError::NotAsEncoded(name))?;
    if json.len() > BATCH_LIMIT {
        return Err(BodyError::TooLarge);
    }
    Ok(json.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    fn gzip(bytes: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn every_encoding_gives_the_same() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"{}").unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"{}").unwrap();
        for (wire, encoding) in [
            (Bytes::from("{}"), None),
            (Bytes::from("{}"), Some("identity")),
            (gzip(b"{}"), Some(" GZIP")),
            (zlib.finish().unwrap().into(), Some("deflate")),
            (raw.finish().unwrap().into(), Some("deflate")),
        ] {
            assert_eq!(decode(&wire, encoding).unwrap(), "{}", "{encoding:?}");
        }
    }

    #[test]
    fn bombs_go_off_at_the_limit() {
        let bomb = gzip(&vec![b' '; 8 * 1024 * 1024]);
        assert!(bomb.len() < BATCH_LIMIT, "{}", bomb.len());
        assert_eq!(decode(&bomb, Some("gzip")), Err(BodyError::TooLarge));
        let just = gzip(&vec![b' '; BATCH_LIMIT]);
        assert_eq!(decode(&just, Some("gzip")).unwrap().len(), BATCH_LIMIT);
    }

    #[test]
    fn what_is_not_as_encoded_is_told() {
        let text = Bytes::from("{}");
        assert_eq!(
            decode(&text, Some("gzip")),
            Err(BodyError::NotAsEncoded("gzip"))
        );
        assert_eq!(
            decode(&text, Some("deflate")),
            Err(BodyError::NotAsEncoded("deflate"))
        );
        let cut = gzip(b"{\"batch\":[]}").slice(..12);
        assert_eq!(
            decode(&cut, Some("gzip")),
            Err(BodyError::NotAsEncoded("gzip"))
        );
        assert!(matches!(
            decode(&text, Some("br")),
            Err(BodyError::UnknownEncoding(_))
        ));
    }
}
