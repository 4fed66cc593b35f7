//! Splits a batch into its calls, and parses and reads each call at the same time.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    call::Call,
    json::{
        object::RawObject,
        value::{JsonValue, Key},
    },
    limits::MAX_BATCH_CALLS,
    write_key::WriteKey,
};

/// A batch whose calls are read. `C` is what was read from a call.
pub(crate) struct ParsedBatch<'a, C> {
    /// The members of the body, perhaps without `batch`.
    pub(crate) members: RawObject<'a>,
    pub(crate) calls: ReadCalls<C>,
}

/// What was read from the calls of a batch.
pub(crate) struct ReadCalls<C> {
    pub(crate) results: Vec<C>,
    /// The write key in the first call.
    pub(crate) first_write_key: Option<WriteKey>,
}

impl<C> ReadCalls<C> {
    pub(crate) fn new() -> Self {
        Self {
            results: Vec::new(),
            first_write_key: None,
        }
    }

    /// Reads the next call.
    pub(crate) fn push<'a>(&mut self, call: Call<'a>, read: &mut impl FnMut(usize, Call<'a>) -> C) {
        if self.results.is_empty() {
            self.first_write_key = call.write_key();
        }
        self.results.push(read(self.results.len(), call));
    }
}

/// Splits a batch, and parses and reads its calls, so that the body is read only once.
///
/// Returns `None` if the body is not a valid batch, or if it is valid but unusual: if a call cannot
/// be parsed or has lone surrogates, or if the body has several members named `batch`. The caller
/// then splits the body in another way, which reports errors.
pub(crate) fn parse<'a, C>(
    body: &'a str,
    read: &mut impl FnMut(usize, Call<'a>) -> C,
) -> Option<ParsedBatch<'a, C>> {
    let mut reader = Reader { body, at: 0 };
    let mut members = RawObject::default();
    let mut calls = None;
    reader.expect(b'{')?;
    loop {
        let Key(key) = reader.value()?;
        reader.expect(b':')?;
        if key == "batch" {
            if calls.replace(reader.calls(read)?).is_some() {
                return None;
            }
        } else {
            members.push(key, reader.value()?);
        }
        match reader.next_byte()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    reader.skip_whitespace();
    (reader.at == body.len()).then_some(ParsedBatch {
        members,
        calls: calls?,
    })
}

/// A position in the body.
struct Reader<'a> {
    body: &'a str,
    /// The position in bytes.
    at: usize,
}

impl<'a> Reader<'a> {
    fn skip_whitespace(&mut self) {
        let rest = self.body.as_bytes().get(self.at..).unwrap_or_default();
        let is_whitespace = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        self.at += rest.iter().take_while(is_whitespace).count();
    }

    /// Reads the next byte that is not whitespace.
    fn next_byte(&mut self) -> Option<u8> {
        self.skip_whitespace();
        let byte = *self.body.as_bytes().get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next_byte()? == byte).then_some(())
    }

    /// Reads a JSON value.
    fn value<T: Deserialize<'a>>(&mut self) -> Option<T> {
        let rest = self.body.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value)
    }

    /// Parses and reads the calls in the array `batch`. Calls that Segment does not accept, because
    /// the batch has too many, are not parsed.
    fn calls<C>(&mut self, read: &mut impl FnMut(usize, Call<'a>) -> C) -> Option<ReadCalls<C>> {
        let mut calls = ReadCalls::new();
        self.expect(b'[')?;
        self.skip_whitespace();
        if self.body.as_bytes().get(self.at) == Some(&b']') {
            self.at += 1;
            return Some(calls);
        }
        loop {
            self.skip_whitespace();
            if calls.results.len() < MAX_BATCH_CALLS {
                let start = self.at;
                let call = self.value::<JsonValue<'a>>()?;
                let call = Call::parsed(self.body.get(start..self.at)?, call);
                calls.push(call, read);
            } else {
                calls.push(Call::new(self.value::<&RawValue>()?.get()), read);
            }
            match self.next_byte()? {
                b',' => {}
                b']' => return Some(calls),
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(body: &str) -> Option<Vec<&str>> {
        let batch = parse(body, &mut |_, call| call)?;
        let json = |call: &Call<'_>| {
            let start = body.find(call.json()).unwrap();
            &body[start..start + call.json().len()]
        };
        Some(batch.calls.results.iter().map(json).collect())
    }

    #[test]
    fn calls_keep_their_json() {
        let body = " {\"sentAt\" : \"now\" ,\"\\u0062atch\":[ {\"a\":[1,{}]} ,\n{ \"b\" : 1.50 }, 5,{} ] , \"n\":1e400}\r\n";
        assert_eq!(
            calls(body).unwrap(),
            [r#"{"a":[1,{}]}"#, r#"{ "b" : 1.50 }"#, "5", "{}"]
        );
        let batch = parse(body, &mut |_, call| call).unwrap();
        let names: Vec<_> = batch.members.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["sentAt", "n"]);
        assert_eq!(calls(r#"{"batch":[]}"#).unwrap(), [""; 0]);
    }

    #[test]
    fn invalid_and_unusual_bodies_are_left_to_the_caller() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"a":1}"#,
            r#"{"batch":5}"#,
            r#"{"batch":[]"#,
            r#"{"batch":[1,]}"#,
            r#"{"batch":[,]}"#,
            r#"{"batch":[1 2]}"#,
            r#"{"batch":[],}"#,
            r#"{"batch":[]}}"#,
            r#"{"batch":[]} x"#,
            r#"{"batch" []}"#,
            "{5:[]}",
            r#"{"batch":[],"batch":[1]}"#,
            r#"{"batch":[],"a":tru}"#,
            r#"{"batch":[],"a":1x}"#,
            r#"{"batch":[{"a":1e400}]}"#,
            r#"{"batch":[{"a":"\ud83d"}]}"#,
        ] {
            assert_eq!(calls(body), None, "{body}");
        }
        let deep = format!("{{\"batch\":[{}{}]}}", "[".repeat(200), "]".repeat(200));
        assert_eq!(calls(&deep), None);
    }

    #[test]
    fn calls_beyond_the_maximum_are_not_parsed() {
        let body = format!("{{\"batch\":[{}{{}}]}}", "{},".repeat(MAX_BATCH_CALLS));
        let batch = parse(&body, &mut |_, call| call).unwrap();
        let calls = batch.calls.results;
        assert_eq!(calls.len(), MAX_BATCH_CALLS + 1);
        assert!(calls.first().unwrap().is_parsed());
        assert!(!calls.last().unwrap().is_parsed());
    }
}
