//! A message that the application made itself, as the JSON of a call: what it lacks is added.

use std::borrow::Cow;
use std::time::SystemTime;

use segment::message::BatchMessage;
use serde_json::{Map, Value};
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::dead_letters::Letter;
use super::encode::LIBRARY;
use super::timestamps::timestamp;
use crate::content::{Content, Policy};
use crate::fields::Fields;
use crate::ids::{self, EnvelopeId};
use crate::json::string;
use crate::properties::MESSAGE_BODY;

/// Appends the call to `out`. `id` and `at` are for a message that has none of its own; `said` takes
/// the name of the property that holds what was said.
pub(crate) fn write(
    message: &BatchMessage,
    id: EnvelopeId,
    at: SystemTime,
    policy: Policy<'_>,
    out: &mut Vec<u8>,
    said: &mut String,
) -> Result<(), String> {
    let fields = Fields::of(message);
    let mut call = Call { out, policy, said };
    call.out.extend_from_slice(br#"{"type":""#);
    call.out.extend_from_slice(fields.kind.as_bytes());
    call.out.extend_from_slice(br#"","messageId":"#);
    match own_id(&fields) {
        Some(own) => string(own, call.out),
        None => string(id.encode(&mut [0; 36]), call.out),
    }
    call.timestamp(&fields, at)?;
    call.user(&fields)?;
    if let Some(own) = fields.own {
        if !own.text.trim().is_empty() {
            call.key(own.name);
            string(own.text, call.out);
        } else if own.needed {
            return Err(format!("its `{}` is empty", own.name));
        }
    }
    if let Some((name, body)) = fields.body {
        match body {
            Value::Object(_) => call.field(name, body)?,
            Value::Null => {
                call.key(name);
                call.out.extend_from_slice(b"{}");
            }
            _ => return Err(format!("its `{name}` are no JSON object")),
        }
    }
    call.context(&fields)?;
    if let Some(integrations) = fields.integrations {
        call.field("integrations", integrations)?;
    }
    for (name, value) in fields.extra {
        if !is_written(name, &fields) {
            call.field(name, value)?;
        }
    }
    call.out.push(b'}');
    Ok(())
}

/// Appends a call that was made before. What it may tell was decided then: only a stricter policy
/// changes it.
pub(super) fn write_letter(
    letter: &Letter,
    policy: Policy<'_>,
    out: &mut Vec<u8>,
    said: &mut String,
) -> Result<(), String> {
    let mut message = Cow::Borrowed(&letter.message);
    if letter.content < policy.content {
        restrict(message.to_mut(), policy);
    }
    let unchanged = Policy {
        content: Content::Full,
        ..policy
    };
    // It has both, or it would be no letter.
    let (id, at) = (EnvelopeId::from_uuid(Uuid::nil()), SystemTime::UNIX_EPOCH);
    write(&message, id, at, unchanged, out, said)
}

/// Applies the policy to every property that is not known to hold anything else than what was said.
fn restrict(message: &mut BatchMessage, policy: Policy<'_>) {
    const OTHERS: [&str; 3] = ["conversationId", "messageId", "role"];
    let properties = match message {
        BatchMessage::Track(message) => &mut message.properties,
        BatchMessage::Page(message) => &mut message.properties,
        BatchMessage::Screen(message) => &mut message.properties,
        _ => return,
    };
    for (name, value) in properties.as_object_mut().into_iter().flatten() {
        if !OTHERS.contains(&name.as_str()) {
            *value = policy.apply(value.take());
        }
    }
}

/// The id that the message brings, if it can be one.
fn own_id<'a>(fields: &Fields<'a>) -> Option<&'a str> {
    let id = fields.extra.get("messageId")?.as_str()?;
    ids::parse("messageId", id).ok().map(|()| id)
}

/// Whether a field of this name is there already: what the message's type names comes before what
/// stands in `extra`.
fn is_written(name: &str, fields: &Fields<'_>) -> bool {
    match name {
        "type" | "messageId" | "timestamp" | "userId" | "anonymousId" | "context" => true,
        "integrations" => fields.integrations.is_some(),
        _ => {
            fields.own.is_some_and(|own| own.name == name)
                || fields.body.is_some_and(|(body, _)| body == name)
        }
    }
}

struct Call<'a> {
    out: &'a mut Vec<u8>,
    policy: Policy<'a>,
    said: &'a mut String,
}

impl Call<'_> {
    /// Writes a name behind a comma: the call's `type` is always before it.
    fn key(&mut self, name: &str) {
        self.entry(b',', name);
    }

    fn entry(&mut self, separator: u8, name: &str) {
        self.out.push(separator);
        string(name, self.out);
        self.out.push(b':');
    }

    fn value(&mut self, value: &Value) -> Result<(), String> {
        serde_json::to_writer(&mut *self.out, value).map_err(|error| error.to_string())
    }

    /// The message's own time, in UTC as the tracking API wants it, or that of the call.
    fn timestamp(&mut self, fields: &Fields<'_>, at: SystemTime) -> Result<(), String> {
        self.key("timestamp");
        let extra = || {
            let text = fields.extra.get("timestamp")?.as_str()?;
            time::OffsetDateTime::parse(text, &Rfc3339).ok()
        };
        self.out.push(b'"');
        match fields.timestamp.or_else(extra) {
            None => timestamp(at, self.out)?,
            Some(own) => {
                own.checked_to_offset(UtcOffset::UTC)
                    .and_then(|own| own.format_into(self.out, &Rfc3339).ok())
                    .ok_or("its timestamp is not in the years 0 to 9999")?;
            }
        }
        self.out.push(b'"');
        Ok(())
    }

    /// The ids that are any.
    fn user(&mut self, fields: &Fields<'_>) -> Result<(), String> {
        let (user_id, anonymous_id) = fields.ids();
        let mut found = false;
        for (name, id) in [("userId", user_id), ("anonymousId", anonymous_id)] {
            let extra = || fields.extra.get(name)?.as_str();
            let given = |id: &&str| !id.trim().is_empty();
            let Some(id) = id.filter(given).or_else(extra).filter(given) else {
                continue;
            };
            ids::parse(name, id).map_err(|error| error.to_string())?;
            self.key(name);
            string(id, self.out);
            found = true;
        }
        if found {
            Ok(())
        } else {
            Err("it has neither a userId nor an anonymousId".to_owned())
        }
    }

    /// The message's own context, with the library's name unless it has one.
    fn context(&mut self, fields: &Fields<'_>) -> Result<(), String> {
        let none = Map::new();
        let own = match fields.context.or_else(|| fields.extra.get("context")) {
            None | Some(Value::Null) => &none,
            Some(Value::Object(context)) => context,
            Some(_) => return Err("its context is no JSON object".to_owned()),
        };
        self.key("context");
        let mut separator = b'{';
        let mut has_library = false;
        for (name, value) in own {
            if name == "library" {
                if value.is_null() {
                    continue;
                }
                has_library = true;
            }
            self.entry(separator, name);
            separator = b',';
            self.value(value)?;
        }
        if !has_library {
            self.entry(separator, "library");
            self.out.extend_from_slice(LIBRARY.as_bytes());
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Writes a field; of properties, what the policy leaves.
    fn field(&mut self, name: &str, value: &Value) -> Result<(), String> {
        self.key(name);
        match value {
            Value::Object(properties) if name == "properties" => self.properties(properties),
            _ => self.value(value),
        }
    }

    fn properties(&mut self, properties: &Map<String, Value>) -> Result<(), String> {
        let mut separator = b'{';
        for (name, value) in properties {
            self.entry(separator, name);
            separator = b',';
            if name != MESSAGE_BODY {
                self.value(value)?;
                continue;
            }
            self.said.push_str(name);
            self.said.push('\n');
            if self.policy.is_full() {
                self.value(value)?;
            } else {
                self.value(&self.policy.apply(value.clone()))?;
            }
        }
        if separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use segment::message::{Alias, Group, Identify, Page, Screen, Track, User};
    use serde_json::json;

    use super::*;
    use crate::privacy::Masker;
    use crate::testing::TestTracker;
    use crate::tracker::Tracker;

    const ID: &str = "00000000-0000-4000-8000-000000000001";
    const AT: &str = "2026-01-02T03:04:05.678Z";

    fn written(message: impl Into<BatchMessage>) -> Result<Value, String> {
        let mut out = Vec::new();
        let id = EnvelopeId::from_uuid(ID.parse().unwrap());
        let at = time::OffsetDateTime::parse(AT, &Rfc3339).unwrap();
        let mut said = String::new();
        write(
            &message.into(),
            id,
            at.into(),
            Policy {
                content: Content::Full,
                masker: &Masker::default(),
            },
            &mut out,
            &mut said,
        )?;
        assert_eq!(
            said.contains("message_body"),
            out.windows(12).any(|w| w == b"message_body")
        );
        Ok(serde_json::from_slice(&out).unwrap())
    }

    fn user() -> User {
        User::UserId {
            user_id: "123".into(),
        }
    }

    fn track(properties: Value) -> Track {
        Track {
            user: user(),
            event: "Item Purchased".into(),
            properties,
            ..Default::default()
        }
    }

    fn extra(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn library() -> Value {
        json!({ "name": "copilot-track", "version": env!("CARGO_PKG_VERSION") })
    }

    #[test]
    fn what_is_missing_is_added_to_every_kind() {
        let both = || User::Both {
            user_id: "123".into(),
            anonymous_id: "a".into(),
        };
        let calls: [(BatchMessage, Value); 6] = [
            (
                track(json!({ "qty": 1 })).into(),
                json!({ "type": "track", "event": "Item Purchased", "properties": { "qty": 1 } }),
            ),
            (
                Identify {
                    user: user(),
                    traits: json!({ "plan": "pro" }),
                    ..Default::default()
                }
                .into(),
                json!({ "type": "identify", "traits": { "plan": "pro" } }),
            ),
            (
                Page {
                    user: user(),
                    name: "Home".into(),
                    ..Default::default()
                }
                .into(),
                json!({ "type": "page", "name": "Home", "properties": {} }),
            ),
            (
                Screen {
                    user: both(),
                    ..Default::default()
                }
                .into(),
                json!({ "type": "screen", "anonymousId": "a", "properties": {} }),
            ),
            (
                Group {
                    user: user(),
                    group_id: "g".into(),
                    ..Default::default()
                }
                .into(),
                json!({ "type": "group", "groupId": "g", "traits": {} }),
            ),
            (
                Alias {
                    user: user(),
                    previous_id: "old".into(),
                    ..Default::default()
                }
                .into(),
                json!({ "type": "alias", "previousId": "old" }),
            ),
        ];
        for (message, own) in calls {
            let mut expected = json!({
                "messageId": ID, "timestamp": AT, "userId": "123",
                "context": { "library": library() },
            });
            expected.as_object_mut().unwrap().extend(extra(&own));
            assert_eq!(written(message).unwrap(), expected);
        }
    }

    #[test]
    fn what_the_message_has_is_kept() {
        let call = written(Track {
            timestamp: time::OffsetDateTime::parse("2025-01-02T08:34:05.5+05:30", &Rfc3339).ok(),
            context: Some(json!({ "ip": "192.0.2.1", "library": null })),
            integrations: Some(json!({ "All": false })),
            extra: extra(&json!({
                "messageId": "order-7", "anonymousId": "a", "category": "c",
                // These stand in its fields.
                "type": "page", "event": "Other", "timestamp": "1999-01-01T00:00:00Z",
            })),
            ..track(json!({ "gift": null }))
        });
        assert_eq!(
            call.unwrap(),
            json!({
                "type": "track", "event": "Item Purchased", "messageId": "order-7",
                "timestamp": "2025-01-02T03:04:05.5Z", "userId": "123", "anonymousId": "a",
                "properties": { "gift": null }, "category": "c",
                "context": { "ip": "192.0.2.1", "library": library() },
                "integrations": { "All": false },
            })
        );
        let own = json!({ "library": { "name": "mine" } });
        let call = written(Track {
            context: Some(own.clone()),
            ..track(json!({}))
        });
        assert_eq!(call.unwrap()["context"], own);
    }

    #[test]
    fn the_spool_learns_what_was_said() {
        let body = json!({ "message_body": "Hello", "role": "customer" });
        let call = written(track(body.clone())).unwrap();
        assert_eq!(call["properties"], body);
    }

    #[test]
    fn a_message_id_that_is_none_is_replaced() {
        for id in [
            json!(""),
            json!(" "),
            json!(7),
            json!(null),
            json!("x".repeat(101)),
        ] {
            let call = written(Track {
                extra: extra(&json!({ "messageId": id })),
                ..track(json!({}))
            });
            assert_eq!(call.unwrap()["messageId"], ID, "{id}");
        }
    }

    #[test]
    fn what_cannot_be_a_call_is_refused() {
        let error = |message: BatchMessage| written(message).unwrap_err();
        let nobody = Track {
            user: User::default(),
            ..track(json!({}))
        };
        assert!(error(nobody.clone().into()).contains("neither a userId nor"));
        let named_in_extra = Track {
            extra: extra(&json!({ "userId": "123" })),
            ..nobody
        };
        assert_eq!(written(named_in_extra).unwrap()["userId"], "123");
        let long = Track {
            user: User::UserId {
                user_id: "x".repeat(101),
            },
            ..track(json!({}))
        };
        assert!(error(long.into()).contains("at most 100"));
        assert!(error(track(json!([1])).into()).contains("no JSON object"));
        let unnamed = Track {
            event: " ".into(),
            ..track(json!({}))
        };
        assert!(error(unnamed.into()).contains("`event` is empty"));
        let alias = Alias {
            user: user(),
            ..Default::default()
        };
        assert!(error(alias.into()).contains("`previousId` is empty"));
        let odd = Track {
            context: Some(json!("web")),
            ..track(json!({}))
        };
        assert!(error(odd.into()).contains("context"));
    }

    #[test]
    fn it_takes_the_path_of_every_event() {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let hook = std::sync::Arc::clone(&seen);
        let test = TestTracker::with(Tracker::builder().content(Content::Hidden).before_send(
            move |message| {
                hook.lock().unwrap().push(message.clone());
                Some(message)
            },
        ))
        .unwrap();
        let tracker = test.tracker();
        tracker.send(Track {
            extra: extra(&json!({ "messageId": "order-7" })),
            ..track(json!({ "message_body": "secret", "qty": 1 }))
        });
        tracker.send(Page {
            user: user(),
            ..Default::default()
        });
        tracker.send(Track::default());
        assert_eq!(test.names(), ["Item Purchased", "Page"]);
        let event = test.event("Item Purchased");
        event.assert_property("message_body", "[hidden: 6 characters]");
        assert_eq!(event.envelope_id(), Some("order-7"));
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 2);
        assert_eq!(Some(&seen[0]), event.message().as_ref());
        assert!(!format!("{seen:?}").contains("secret"));
        let ledger = test.ledger();
        assert_eq!((ledger.delivered, ledger.dropped.invalid), (2, 1));
    }

    #[test]
    fn texts_are_cut_to_fit() {
        let test = TestTracker::new();
        let long = "é".repeat(20_000);
        test.tracker()
            .send(track(json!({ "note": long, "qty": 1 })));
        test.tracker().send(track(json!({ "list": vec![long] })));
        let event = test.event("Item Purchased");
        let note = event.property("note").unwrap().as_str().unwrap();
        assert!(note.ends_with("[truncated: 40000 bytes in full]"), "{note}");
        assert_eq!(event.property("qty"), Some(&json!(1)));
        let ledger = test.ledger();
        assert_eq!((ledger.truncated, ledger.dropped.too_large), (1, 1));
    }
}
