//! Unit tests of the encoded form of a turn context.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::sampling::SampleRate;
use crate::event::turn_context::error::TurnContextError;
use crate::event::turn_context::fields::ContextFields;
use crate::event::turn_context::turn_context::TurnContext;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;

fn minimal() -> ContextFields {
    ContextFields {
        conversation_id: ConversationId::new("c-1").unwrap(),
        user: User::known("123").unwrap(),
        message_id: MessageId::new("m-1").unwrap(),
        reply_id: None,
        content: Content::Full,
        consent: None,
        is_sampled: true,
        sample_rate: SampleRate::ALL,
        expires_at: None,
    }
}

fn complete() -> ContextFields {
    ContextFields {
        conversation_id: ConversationId::new("größe, \"1\"").unwrap(),
        user: User::both("123", "visitor").unwrap(),
        message_id: MessageId::new("m-1").unwrap(),
        reply_id: Some(MessageId::new("r-1").unwrap()),
        content: Content::Hidden,
        consent: Some(Consent::new().category("Analytics", false)),
        is_sampled: false,
        sample_rate: SampleRate::new(0.25).unwrap(),
        expires_at: Some(1_800_000_000),
    }
}

fn context(fields: ContextFields) -> TurnContext {
    TurnContext::new(fields, None)
}

fn payload(token: &str) -> Value {
    let payload = token.strip_prefix("v1.").unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn token(payload: &Value) -> String {
    format!("v1.{}", URL_SAFE_NO_PAD.encode(payload.to_string()))
}

fn parse(payload: &Value) -> Result<TurnContext, TurnContextError> {
    token(payload).parse()
}

fn smallest_payload() -> Value {
    json!({ "conversationId": "c", "userId": "u", "messageId": "m" })
}

#[test]
fn the_payload_has_the_documented_members() {
    let token = context(minimal()).encode().unwrap();
    assert_eq!(
        payload(&token),
        json!({ "conversationId": "c-1", "userId": "123", "messageId": "m-1", "content": "full" })
    );
    let token = context(complete()).encode().unwrap();
    assert_eq!(
        payload(&token),
        json!({
            "conversationId": "größe, \"1\"", "userId": "123", "anonymousId": "visitor",
            "messageId": "m-1", "replyId": "r-1", "content": "hidden",
            "consent": { "categoryPreferences": { "Analytics": false } },
            "sampled": false, "sampleRate": 0.25, "expiresAt": 1_800_000_000,
        })
    );
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    assert!(token.bytes().all(is_plain), "{token}");
}

#[test]
fn only_a_consent_that_was_given_is_returned() {
    assert_eq!(context(minimal()).consent(), None);
    let consent = complete().consent;
    assert!(consent.is_some());
    assert_eq!(context(complete()).consent(), consent.as_ref());
}

#[test]
fn a_context_survives_a_carrier_and_serde() {
    for fields in [minimal(), complete()] {
        let sent = context(fields);
        let mut headers = HashMap::new();
        sent.inject(&mut headers);
        let received = TurnContext::extract(&headers).unwrap().unwrap();
        assert_eq!(received, sent);
        assert_eq!(
            received.encode().unwrap(),
            headers[TurnContext::KEY],
            "a context that is forwarded does not change"
        );
        let json = serde_json::to_value(&sent).unwrap();
        assert_eq!(json, json!(headers[TurnContext::KEY]));
        assert_eq!(serde_json::from_value::<TurnContext>(json).unwrap(), sent);
    }
    assert!(TurnContext::extract(&HashMap::new()).unwrap().is_none());
}

#[test]
fn padding_whitespace_and_unknown_members_are_accepted() {
    let mut payload = smallest_payload();
    payload["later"] = json!({ "version": 2 });
    let token = format!(" v1.{}\r\n", URL_SAFE.encode(payload.to_string()));
    assert_eq!(
        token
            .parse::<TurnContext>()
            .unwrap()
            .conversation_id()
            .as_str(),
        "c"
    );
}

#[test]
fn an_unknown_content_policy_hides_the_content() {
    let mut payload = smallest_payload();
    assert_eq!(parse(&payload).unwrap().content(), Content::Full);
    payload["content"] = json!("redacted");
    assert_eq!(parse(&payload).unwrap().content(), Content::Hidden);
}

#[test]
fn invalid_contexts_are_typed_errors() {
    let malformed = |text: &str| {
        let error = text.parse::<TurnContext>().unwrap_err();
        assert!(
            matches!(error, TurnContextError::Malformed { .. }),
            "{text}: {error:?}"
        );
    };
    for text in [
        "",
        "v1",
        "x.y",
        "v.e30",
        "v1.",
        "v1.?",
        "v1.e30.?",
        "v1.e30",
        "V1.e30",
        "grün.e30",
    ] {
        malformed(text);
    }
    for text in ["v2.e30", "v10.anything at all"] {
        let error = text.parse::<TurnContext>().unwrap_err();
        assert_eq!(error, TurnContextError::UnsupportedVersion, "{text}");
    }
    malformed(&format!("v1.{}", URL_SAFE_NO_PAD.encode("[".repeat(2_000))));
    for (member, value) in [
        ("messageId", json!(null)),
        ("consent", json!("no")),
        ("sampled", json!("no")),
        ("sampleRate", json!(2)),
        ("expiresAt", json!(-1)),
    ] {
        let mut payload = smallest_payload();
        payload[member] = value;
        malformed(&token(&payload));
    }
    for member in [
        "conversationId",
        "userId",
        "anonymousId",
        "messageId",
        "replyId",
    ] {
        let mut payload = smallest_payload();
        for id in ["", " ", &"x".repeat(101)] {
            payload[member] = json!(id);
            let error = parse(&payload).unwrap_err();
            assert!(
                matches!(error, TurnContextError::InvalidId(_)),
                "{member}: {error:?}"
            );
        }
    }
    let no_user = json!({ "conversationId": "c", "messageId": "m" });
    let error = parse(&no_user).unwrap_err();
    assert_eq!(error, ParseIdError::Empty { what: "user id" }.into());
}

#[test]
fn a_context_has_at_most_4096_bytes() {
    let too_long = "v1.".to_owned() + &"A".repeat(4_094);
    let error = too_long.parse::<TurnContext>().unwrap_err();
    assert_eq!(error, TurnContextError::TooLong { bytes: 4_097 });

    let mut fields = minimal();
    fields.consent = Some((0..400).fold(Consent::new(), |consent, n| {
        consent.category(format!("category {n}"), true)
    }));
    let context = context(fields);
    assert!(matches!(
        context.encode(),
        Err(TurnContextError::TooLong { .. })
    ));
    // The carrier may have been used for another turn.
    let mut headers = HashMap::from([("Copilot-Track".to_owned(), "v1.e30".to_owned())]);
    context.inject(&mut headers);
    assert!(headers.is_empty());
    assert!(serde_json::to_string(&context).is_err());

    // The longest ids fit.
    let id = "𝄞".repeat(100);
    let mut fields = complete();
    fields.conversation_id = ConversationId::new(&id).unwrap();
    fields.user = User::both(&id, &id).unwrap();
    fields.message_id = MessageId::new(&id).unwrap();
    fields.reply_id = Some(MessageId::new(&id).unwrap());
    assert!(TurnContext::new(fields, None).encode().is_ok());
}

#[test]
fn baggage_contains_only_ids() {
    assert_eq!(
        context(minimal()).baggage(),
        "copilot-track.conversation-id=c-1"
    );
    assert_eq!(
        context(complete()).baggage(),
        "copilot-track.conversation-id=gr%C3%B6%C3%9Fe%2C%20%221%22,copilot-track.reply-id=r-1"
    );
}

#[test]
fn debug_output_does_not_contain_the_user() {
    let debug = format!("{:?}", context(complete()));
    assert!(debug.contains("r-1") && !debug.contains("123"), "{debug}");
}

#[cfg(feature = "signed-context")]
mod signed {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::event::turn_context::Signer;

    fn signer(keys: &[u8]) -> Signer {
        let keys: Vec<_> = keys.iter().map(|byte| vec![*byte; 32]).collect();
        Signer::new(&keys, Duration::from_secs(60)).unwrap()
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn received(signer: Signer) -> TurnContext {
        let mut fields = minimal();
        fields.expires_at = signer.expires_at(now());
        let token = TurnContext::new(fields, Some(Arc::new(signer))).encode();
        token.unwrap().parse().unwrap()
    }

    #[test]
    fn any_key_of_the_receiver_verifies() {
        let context = received(signer(b"a"));
        for keys in [&b"a"[..], b"ab", b"ba"] {
            assert_eq!(context.verify(Some(&signer(keys)), now()), Ok(()));
        }
        let error = context.verify(Some(&signer(b"b")), now());
        assert_eq!(error, Err(TurnContextError::InvalidSignature));
    }

    #[test]
    fn unsigned_and_changed_contexts_are_rejected() {
        let keys = signer(b"a");
        let unsigned: TurnContext = token(&smallest_payload()).parse().unwrap();
        assert_eq!(
            unsigned.verify(Some(&keys), now()),
            Err(TurnContextError::Unsigned)
        );
        assert_eq!(unsigned.verify(None, now()), Ok(()));

        let signed = received(signer(b"a")).encode().unwrap();
        let (unsigned, signature) = signed.rsplit_once('.').unwrap();
        let mut payload = payload(unsigned);
        payload["userId"] = json!("456");
        for changed in [
            format!("{}.{signature}", token(&payload)),
            format!("{unsigned}."),
            format!("{unsigned}.{}", &signature[..8]),
            format!("{unsigned}.AAAA{signature}"),
        ] {
            let changed: TurnContext = changed.parse().unwrap();
            let error = changed.verify(Some(&keys), now());
            assert_eq!(error, Err(TurnContextError::InvalidSignature));
        }
    }

    #[test]
    fn a_context_expires() {
        let keys = signer(b"a");
        let context = received(signer(b"a"));
        let almost = now() + Duration::from_secs(59);
        assert_eq!(context.verify(Some(&keys), almost), Ok(()));
        let later = now() + Duration::from_secs(60);
        assert_eq!(
            context.verify(Some(&keys), later),
            Err(TurnContextError::Expired)
        );
        assert_eq!(context.verify(None, later), Err(TurnContextError::Expired));
    }

    #[test]
    fn short_keys_are_rejected() {
        let lifetime = Duration::from_secs(60);
        assert!(Signer::new(&[vec![0; 31]], lifetime).is_none());
        assert!(Signer::new(&[vec![0; 32], vec![]], lifetime).is_none());
        assert!(Signer::new(&[], lifetime).is_none());
        assert!(!format!("{:?}", signer(b"a")).contains("97"));
    }
}
