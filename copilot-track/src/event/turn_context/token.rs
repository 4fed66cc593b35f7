//! The encoded form of a turn context.
//!
//! A token has the form `v1.PAYLOAD` or, if it is signed, `v1.PAYLOAD.SIGNATURE`. Both parts are in
//! base64url. The payload is a JSON object, and the signature is an HMAC-SHA256 of everything
//! before the last dot.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::event::turn_context::error::{MAX_TOKEN_BYTES, TurnContextError};

const VERSION: &str = "v1";

/// Base64url without padding. Padding is accepted, because the standard libraries of some languages
/// always write it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The parts of a token.
#[derive(Debug)]
pub(super) struct TokenParts<'a> {
    /// The decoded payload.
    pub(super) payload: Vec<u8>,
    pub(super) signature: Option<TokenSignature<'a>>,
}

/// A signature and the part of the token that it signs.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "signed-context"),
    expect(dead_code, reason = "nothing is verified")
)]
pub(super) struct TokenSignature<'a> {
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

/// Returns an unsigned token.
pub(super) fn encode(payload: &[u8]) -> String {
    let mut token = format!("{VERSION}.");
    BASE64.encode_string(payload, &mut token);
    token
}

/// Appends a signature to an unsigned token.
#[cfg(feature = "signed-context")]
pub(super) fn append_signature(token: &mut String, signature: &[u8]) {
    token.push('.');
    BASE64.encode_string(signature, token);
}

/// Returns an error if a token is too long.
pub(super) fn check_length(token: &str) -> Result<(), TurnContextError> {
    let bytes = token.len();
    if bytes > MAX_TOKEN_BYTES {
        return Err(TurnContextError::TooLong { bytes });
    }
    Ok(())
}

/// Splits and decodes a token.
pub(super) fn decode(token: &str) -> Result<TokenParts<'_>, TurnContextError> {
    check_length(token)?;
    let malformed = |reason| TurnContextError::Malformed { reason };
    let (version, parts) = token
        .split_once('.')
        .ok_or_else(|| malformed("it does not begin with a version and a dot"))?;
    if version != VERSION {
        let digits = version.strip_prefix('v').unwrap_or_default();
        let is_version = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if is_version {
            TurnContextError::UnsupportedVersion
        } else {
            malformed("it does not begin with a version")
        });
    }
    let (payload, signature) = match parts.split_once('.') {
        Some((payload, signature)) => (payload, Some(signature)),
        None => (parts, None),
    };
    let signature = match signature {
        Some(signature) => Some(TokenSignature {
            signed: token
                .get(..version.len() + 1 + payload.len())
                .unwrap_or_default(),
            signature: BASE64
                .decode(signature)
                .map_err(|_| malformed("its signature is not in base64url"))?,
        }),
        None => None,
    };
    Ok(TokenParts {
        payload: BASE64
            .decode(payload)
            .map_err(|_| malformed("its payload is not in base64url"))?,
        signature,
    })
}
