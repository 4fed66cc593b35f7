//! Serializes an event, in full or in brief.

use std::sync::Arc;

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

use super::{
    json_text::{push_number, push_string},
    model::{DeliveryRequest, Event},
};
use crate::{text::truncated, timestamp::Timestamp, verdict::findings::Verdict};

/// The maximum length of a message text in a list, in bytes.
const MAX_TEXT_BYTES: usize = 4096;
/// The JSON of a verdict without findings.
const OK_VERDICT: &str = r#"{"status":"ok","findings":[]}"#;

/// An event with its raw call.
pub(crate) struct FullEvent<'a>(pub(crate) &'a Event);

/// An event that contains, instead of its raw call, only the part that is shown in lists.
pub(crate) struct BriefEvent<'a>(pub(crate) &'a Event);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FullJson<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_context: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_integrations: Option<&'a RawValue>,
    raw: &'a RawValue,
}

impl Serialize for FullEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0.raw).map_err(S::Error::custom)?;
        let request = &self.0.delivery.request;
        FullJson {
            event: self.0,
            batch_context: raw_value(request.batch_context.as_ref()),
            batch_integrations: raw_value(request.batch_integrations.as_ref()),
            raw,
        }
        .serialize(serializer)
    }
}

impl Serialize for BriefEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = String::new();
        BriefWriter::default().push(&mut json, self.0);
        let json = RawValue::from_string(json).map_err(S::Error::custom)?;
        json.serialize(serializer)
    }
}

/// Replaces each line break in valid JSON by a space. Line breaks occur only between tokens, for
/// example in a call that was sent with indentation.
pub(crate) fn join_lines(json: &mut [u8]) {
    for byte in json {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

fn raw_value(json: Option<&String>) -> Option<&RawValue> {
    serde_json::from_str(json?).ok()
}

/// Writes events in brief, as JSON. The live stream contains each event that arrives, so this does
/// not use a serializer.
#[derive(Default)]
pub(crate) struct BriefWriter {
    /// The last request and the beginning of its JSON, which its events share.
    request: Option<(Arc<DeliveryRequest>, String)>,
}

impl BriefWriter {
    /// Appends an event.
    pub(crate) fn push(&mut self, json: &mut String, event: &Event) {
        json.push_str("{\"seq\":");
        push_number(json, event.seq);
        push_time(json, "receivedAt", event.received_at);
        push_time(json, "occurredAt", event.occurred_at);
        push_flag(json, "late", event.late);
        if let Some(answer_ms) = event.answer_ms {
            push_key(json, "answerMs");
            push_number(json, answer_ms);
        }
        push_text(json, "type", Some(&event.kind));
        push_text(json, "event", event.name.as_deref());
        push_text(json, "conversationId", event.conversation_id.as_deref());
        push_flag(json, "conversationInferred", event.conversation_inferred);
        push_text(json, "messageId", event.message_id.as_deref());
        push_text(json, "envelopeId", event.envelope_id.as_deref());
        push_text(json, "userId", event.user_id.as_deref());
        push_text(json, "anonymousId", event.anonymous_id.as_deref());
        push_text(json, "timestamp", event.timestamp.as_deref());
        push_key(json, "sizeBytes");
        push_number(json, event.size_bytes as u64);
        push_key(json, "verdict");
        push_verdict(json, &event.verdict);
        push_key(json, "delivery");
        self.push_delivery(json, event);
        let text = event.text();
        push_text(
            json,
            "text",
            text.map(|text| truncated(text, MAX_TEXT_BYTES)),
        );
        if let Some(text) = text {
            push_key(json, "textBytes");
            push_number(json, text.len() as u64);
        }
        let brief = event.brief();
        if let Some(properties) = &brief.properties {
            push_key(json, "properties");
            json.push_str(properties);
        }
        push_flag(json, "cut", brief.truncated);
        push_text(json, "name", brief.name.as_deref());
        push_text(json, "groupId", brief.group_id.as_deref());
        push_text(json, "previousId", brief.previous_id.as_deref());
        json.push('}');
    }

    fn push_delivery(&mut self, json: &mut String, event: &Event) {
        let delivery = &event.delivery;
        json.push_str(self.request_json(&delivery.request));
        push_key(json, "index");
        push_number(json, delivery.index as u64);
        push_text(json, "library", delivery.library.as_deref());
        json.push('}');
    }

    /// Returns the JSON of a request without its closing brace.
    fn request_json(&mut self, request: &Arc<DeliveryRequest>) -> &str {
        let is_last = |(last, _): &(Arc<DeliveryRequest>, String)| Arc::ptr_eq(last, request);
        if !self.request.as_ref().is_some_and(is_last) {
            // A request is a struct of strings and numbers, so this cannot fail.
            let mut json = serde_json::to_string(&**request).unwrap_or_default();
            json.pop();
            self.request = Some((Arc::clone(request), json));
        }
        self.request.as_ref().map_or("{", |(_, json)| json)
    }
}

/// Appends a comma and the key of a further member.
fn push_key(json: &mut String, key: &str) {
    json.push_str(",\"");
    json.push_str(key);
    json.push_str("\":");
}

fn push_text(json: &mut String, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        push_key(json, key);
        push_string(json, text);
    }
}

/// Appends a member that is left out if it is `false`.
fn push_flag(json: &mut String, key: &str, flag: bool) {
    if flag {
        push_key(json, key);
        json.push_str("true");
    }
}

fn push_time(json: &mut String, key: &str, time: Timestamp) {
    push_key(json, key);
    json.push('"');
    time.with_iso8601(|text| json.push_str(text));
    json.push('"');
}

fn push_verdict(json: &mut String, verdict: &Verdict) {
    if *verdict == Verdict::default() {
        json.push_str(OK_VERDICT);
    } else {
        // A verdict is a struct of strings and numbers, so this cannot fail.
        json.push_str(&serde_json::to_string(verdict).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;
    use crate::{
        event::fields::event_from_raw,
        verdict::{code::FindingCode, findings::Severity},
    };

    fn members(event: &impl Serialize) -> Map<String, Value> {
        match serde_json::to_value(event).unwrap() {
            Value::Object(members) => members,
            other => panic!("{other}"),
        }
    }

    fn event(kind: &str, raw: &str, request: &Arc<DeliveryRequest>) -> Event {
        event_from_raw(kind.into(), raw.into(), Timestamp(1), request)
    }

    fn requests() -> [Arc<DeliveryRequest>; 2] {
        let full = DeliveryRequest {
            number: 7,
            path: "/v1/\"batch\"".to_owned(),
            encoding: Some("gzip".to_owned()),
            sent_at: Some("now".to_owned()),
            skew_ms: Some(-3),
            write_key: Some("key…".to_owned()),
            ..DeliveryRequest::default()
        };
        [Arc::default(), Arc::new(full)]
    }

    #[test]
    fn an_event_in_brief_has_the_members_of_a_full_event() {
        let [plain, full] = requests();
        let mut minimal = event("identify", "{}", &plain);
        minimal.verdict = Verdict::default();
        let raw = r#"{"event":"Message \"Sent\"","messageId":"e","userId":"u\n","anonymousId":"a","timestamp":"t","properties":{"conversationId":"c","messageId":"m"}}"#;
        let mut maximal = event("track", raw, &full);
        maximal.late = true;
        maximal.answer_ms = Some(u64::MAX);
        maximal.conversation_inferred = true;
        maximal.delivery.index = 3;
        maximal.delivery.library = Some("a \"library\"".into());
        let code = FindingCode::MissingProperty;
        maximal.verdict.add(Severity::Note, code, "path", "message");
        for event in [minimal, maximal] {
            let mut expected = members(&FullEvent(&event));
            expected.remove("raw");
            assert_eq!(members(&BriefEvent(&event)), expected);
        }
    }

    #[test]
    fn an_event_in_brief_has_the_part_of_its_call_that_lists_show() {
        let [plain, _] = requests();
        let long = "é".repeat(MAX_TEXT_BYTES);
        let raw = format!(
            r#"{{"event":"Message Sent","properties":{{"message_body":"{long}","role":"r","list":"{long}"}}}}"#
        );
        let brief = members(&BriefEvent(&event("track", &raw, &plain)));
        assert_eq!(brief["text"], "é".repeat(MAX_TEXT_BYTES / 2));
        assert_eq!(brief["textBytes"], 2 * MAX_TEXT_BYTES);
        assert_eq!(brief["properties"]["role"], "r");
        assert_eq!(brief["cut"], true);
        for (kind, raw, key) in [
            ("page", r#"{"name":"n"}"#, "name"),
            ("group", r#"{"groupId":"n"}"#, "groupId"),
            ("alias", r#"{"previousId":"n"}"#, "previousId"),
        ] {
            let brief = members(&BriefEvent(&event(kind, raw, &plain)));
            assert_eq!(brief[key], "n");
            assert_eq!(brief.get("text"), None);
        }
    }

    #[test]
    fn events_of_different_requests_do_not_share_a_request() {
        let [plain, full] = requests();
        let mut writer = BriefWriter::default();
        for (request, number) in [(&plain, 0), (&full, 7), (&full, 7), (&plain, 0)] {
            let mut json = String::new();
            writer.push(&mut json, &event("track", "{}", request));
            let json: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["delivery"]["request"], number);
        }
    }
}
