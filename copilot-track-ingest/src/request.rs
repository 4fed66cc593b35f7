//! A request, its calls, and the members that apply to all calls.

use http::HeaderMap;
use serde_json::value::RawValue;

use crate::{
    batch::{self, ParsedBatch, ReadCalls},
    call::Call,
    endpoint::Endpoint,
    json::{numbers, object::RawObject, surrogates::replace_lone_surrogates, value::JsonValue},
    write_key::WriteKey,
};

/// A request to the tracking API, split into its calls. `C` is a [`Call`], or what was read from a
/// call.
#[derive(Clone, Debug)]
pub struct TrackingRequest<C> {
    write_key: Option<WriteKey>,
    sent_at: Option<String>,
    context: Option<String>,
    integrations: Option<String>,
    duplicate_key: Option<String>,
    calls: Vec<C>,
}

/// An error from [`TrackingRequest::parse`] or [`TrackingRequest::parse_with`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The body is not UTF-8.
    #[error("the body is not UTF-8: invalid byte at offset {offset}")]
    NotUtf8 {
        /// The offset of the first invalid byte, in bytes.
        offset: usize,
    },
    /// The body is not a JSON object.
    #[error("the body is not a JSON object: {0}")]
    NotAnObject(serde_json::Error),
    /// The body of a batch has no `batch` array.
    #[error("the body must contain `batch`, an array of calls")]
    NoBatch,
}

impl<'a> TrackingRequest<Call<'a>> {
    /// Parses the decompressed body of a request, and finds the write key in the body or the
    /// headers.
    ///
    /// A call that cannot be parsed is not an error; [`Call::parse`] returns its error. A request
    /// to [`Endpoint::Metrics`] has no calls, regardless of its body.
    ///
    /// # Errors
    ///
    /// Returns an error if the body is not a JSON object in UTF-8. For [`Endpoint::Batch`], also
    /// returns an error if the body has no `batch` array.
    pub fn parse(
        endpoint: Endpoint,
        headers: &HeaderMap,
        body: &'a [u8],
    ) -> Result<Self, ParseError> {
        Self::parse_with(endpoint, headers, body, |_, call| call)
    }
}

impl<C> TrackingRequest<C> {
    /// Parses the decompressed body of a request like [`parse`](TrackingRequest::parse), and keeps
    /// what `read` returns instead of the calls. The arguments of `read` are a call and its index.
    ///
    /// The parsed members of a call can then be dropped before the next call is parsed. If a batch
    /// has an invalid part or several members named `batch`, `read` may be called several times
    /// with the same call. Only the last result is then kept.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`parse`](TrackingRequest::parse).
    pub fn parse_with<'a>(
        endpoint: Endpoint,
        headers: &HeaderMap,
        body: &'a [u8],
        mut read: impl FnMut(usize, Call<'a>) -> C,
    ) -> Result<Self, ParseError> {
        if endpoint == Endpoint::Metrics {
            return Ok(Self {
                write_key: WriteKey::from_authorization(headers),
                sent_at: None,
                context: None,
                integrations: None,
                duplicate_key: None,
                calls: Vec::new(),
            });
        }
        let text = std::str::from_utf8(body).map_err(|error| ParseError::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        if endpoint == Endpoint::Batch
            && let Some(batch) = batch::parse(text, &mut read)
        {
            return Ok(Self::batch(batch, headers));
        }
        let members: RawObject<'a> = serde_json::from_str(text).map_err(ParseError::NotAnObject)?;
        if let Endpoint::Call(kind) = endpoint {
            let call = Call::new(text).with_endpoint_kind(Some(kind));
            return Ok(Self {
                calls: vec![read(0, call)],
                ..Self::new(&members, headers)
            });
        }
        let items: Vec<&'a RawValue> = members
            .get("batch")
            .and_then(|batch| serde_json::from_str(batch.get()).ok())
            .ok_or(ParseError::NoBatch)?;
        let mut calls = ReadCalls::new();
        for item in items {
            calls.push(Call::new(item.get()), &mut read);
        }
        Ok(Self::batch(ParsedBatch { members, calls }, headers))
    }

    /// Creates a request without calls from the members of its body.
    fn new(members: &RawObject<'_>, headers: &HeaderMap) -> Self {
        Self {
            write_key: members
                .get_string("writeKey")
                .and_then(WriteKey::new)
                .or_else(|| WriteKey::from_authorization(headers)),
            sent_at: members.get_string("sentAt"),
            context: None,
            integrations: None,
            duplicate_key: None,
            calls: Vec::new(),
        }
    }

    /// Creates a request from a batch.
    fn batch(batch: ParsedBatch<'_, C>, headers: &HeaderMap) -> Self {
        let members = &batch.members;
        let mut request = Self::new(members, headers);
        request.calls = batch.calls.results;
        request.context = object(members, "context");
        request.integrations = object(members, "integrations");
        request.duplicate_key = members.duplicate_key().map(str::to_owned);
        request.write_key = request.write_key.or(batch.calls.first_write_key);
        request
    }

    /// Returns the first write key among the body's `writeKey`, the user name of Basic
    /// authentication, and the `writeKey` of the batch's first call.
    #[must_use]
    pub fn write_key(&self) -> Option<&WriteKey> {
        self.write_key.as_ref()
    }

    /// Returns the body's `sentAt`, which need not be a valid time.
    #[must_use]
    pub fn sent_at(&self) -> Option<&str> {
        self.sent_at.as_deref()
    }

    /// Returns the batch's `context` as JSON, if it is an object. Each call of the batch inherits
    /// it.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// Returns the batch's `integrations` as JSON, if it is an object. Each call of the batch
    /// inherits it.
    #[must_use]
    pub fn integrations(&self) -> Option<&str> {
        self.integrations.as_deref()
    }

    /// Returns a key that occurs more than once at the top level of a batch request, if there is
    /// one. Always returns `None` for a request with a single call, because [`Call::parse`] reports
    /// the duplicate keys of the call.
    #[must_use]
    pub fn duplicate_key(&self) -> Option<&str> {
        self.duplicate_key.as_deref()
    }

    /// Returns the calls in the order in which they were sent.
    #[must_use]
    pub fn calls(&self) -> &[C] {
        &self.calls
    }

    /// Returns the calls in the order in which they were sent.
    #[must_use]
    pub fn into_calls(self) -> Vec<C> {
        self.calls
    }
}

/// Returns a member's JSON, if it is an object.
fn object(members: &RawObject<'_>, key: &str) -> Option<String> {
    let json = members.get(key)?.get();
    let json = replace_lone_surrogates(json).unwrap_or_else(|| json.to_owned());
    let is_object = matches!(numbers::parse(&json).ok()?, (JsonValue::Object(_), _));
    is_object.then_some(json)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header::AUTHORIZATION};

    use super::*;
    use crate::endpoint::CallKind;

    fn parse(endpoint: Endpoint, body: &str) -> TrackingRequest<Call<'_>> {
        TrackingRequest::parse(endpoint, &HeaderMap::new(), body.as_bytes()).unwrap()
    }

    #[test]
    fn a_batch_is_split_into_calls_with_unchanged_json() {
        let request = parse(
            Endpoint::Batch,
            r#"{"batch":[{ "type":"track" }, 5],"sentAt":"now","context":{"a":[ 1e400 ]},"integrations":7,"sentAt":"later"}"#,
        );
        let calls: Vec<_> = request.calls().iter().map(Call::json).collect();
        assert_eq!(calls, [r#"{ "type":"track" }"#, "5"]);
        assert_eq!(request.calls()[0].endpoint_kind(), None);
        assert_eq!(request.sent_at(), Some("later"));
        assert_eq!(request.context(), Some(r#"{"a":[ 1e400 ]}"#));
        assert_eq!(request.integrations(), None);
        assert_eq!(request.duplicate_key(), Some("sentAt"));
    }

    #[test]
    fn calls_are_read_in_order_and_again_if_the_batch_is_invalid() {
        let parse = |endpoint, body: &str| {
            let mut indexes = Vec::new();
            let read = |index, call: Call<'_>| {
                indexes.push(index);
                (index, call.json().to_owned())
            };
            let headers = HeaderMap::new();
            let request = TrackingRequest::parse_with(endpoint, &headers, body.as_bytes(), read);
            (request.map(TrackingRequest::into_calls).ok(), indexes)
        };
        let calls = Some(vec![(0, "{}".to_owned()), (1, "[]".to_owned())]);
        for (body, indexes) in [
            (r#"{"batch":[{},[]],"sentAt":"now"}"#, &[0, 1][..]),
            // The calls before the second `batch` are read first.
            (r#"{"batch":[{}],"batch":[{},[]]}"#, &[0, 0, 1, 0, 1]),
        ] {
            let read = parse(Endpoint::Batch, body);
            assert_eq!(read, (calls.clone(), indexes.to_vec()), "{body}");
        }
        assert_eq!(parse(Endpoint::Batch, r#"{"batch":[{}]"#), (None, vec![0]));
        let (calls, indexes) = parse(Endpoint::Call(CallKind::Track), "{}");
        assert_eq!((calls.unwrap(), indexes), (vec![(0, "{}".into())], vec![0]));
    }

    #[test]
    fn a_single_call_is_the_whole_body() {
        let body = r#"{"event":"E","event":"F"}"#;
        let request = parse(Endpoint::Call(CallKind::Track), body);
        let [call] = request.calls() else {
            panic!("{request:?}")
        };
        assert_eq!(call.json(), body);
        assert_eq!(call.endpoint_kind(), Some(CallKind::Track));
        assert_eq!(call.parse().unwrap().duplicate_keys(), ["event"]);
        assert_eq!(request.duplicate_key(), None);
        assert!(parse(Endpoint::Metrics, "nonsense").calls().is_empty());
    }

    #[test]
    fn a_write_key_in_the_body_takes_precedence_over_the_header_and_the_first_call() {
        let basic = HeaderMap::from_iter([(
            AUTHORIZATION,
            HeaderValue::from_static("Basic YS13cml0ZS1rZXk6"),
        )]);
        for (headers, body, expected) in [
            (&basic, r#"{"batch":[],"writeKey":"body"}"#, Some("body")),
            (&basic, r#"{"batch":[],"writeKey":""}"#, Some("a-write-key")),
            (
                &basic,
                r#"{"batch":[{"writeKey":"call"}]}"#,
                Some("a-write-key"),
            ),
            (
                &HeaderMap::new(),
                r#"{"batch":[{"writeKey":"call"}]}"#,
                Some("call"),
            ),
            (&HeaderMap::new(), r#"{"batch":[5]}"#, None),
        ] {
            let request =
                TrackingRequest::parse(Endpoint::Batch, headers, body.as_bytes()).unwrap();
            assert_eq!(
                request.write_key().map(WriteKey::as_str),
                expected,
                "{body}"
            );
        }
    }

    #[test]
    fn bodies_without_calls_are_errors() {
        let error = |body: &[u8]| {
            TrackingRequest::parse(Endpoint::Batch, &HeaderMap::new(), body).unwrap_err()
        };
        assert!(matches!(
            error(b"{\xff}"),
            ParseError::NotUtf8 { offset: 1 }
        ));
        assert!(matches!(error(b"[]"), ParseError::NotAnObject(_)));
        assert!(matches!(error(b""), ParseError::NotAnObject(_)));
        assert!(matches!(error(b"{}"), ParseError::NoBatch));
        assert!(matches!(error(b"{\"batch\":5}"), ParseError::NoBatch));
    }
}
