//! An envelope becomes JSON, once, at the end of the batch that it will be sent in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::complete;
use super::hook::BeforeSend;
use super::message;
use super::refusal::Refusal;
use super::truncate;
use crate::content::{Content, Policy};
use crate::envelope::{Call, Envelope, Identity};
use crate::event::TrackEvent as _;
use crate::ledger::DropReason;
use crate::privacy::Masker;
use crate::properties::{Properties, TextSpan};
use crate::sampling::SampleRate;
use crate::spec::FEEDBACK_SUBMITTED;

/// The most bytes of one event's JSON, envelope included. Segment's limit is 32 KB; the margin is
/// for what it adds.
pub(crate) const MAX_EVENT_BYTES: usize = 32_000;

/// On every event, as Segment asks of libraries.
pub(crate) const LIBRARY: &str = concat!(
    r#"{"name":"copilot-track","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}"#
);

/// Turns envelopes into JSON.
#[derive(Debug)]
pub(crate) struct Encoder {
    content: Content,
    masker: Arc<Masker>,
    sample_rate: SampleRate,
    before_send: Option<BeforeSend>,
    /// Whether the transport takes the `segment` crate's messages in place of JSON.
    as_messages: bool,
    /// Kept to reuse its memory.
    texts: Vec<TextSpan>,
    /// The latest event's properties that hold what was said, a line each.
    pub(crate) said: String,
}

/// What was made of an envelope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoded {
    /// A text of it was cut.
    pub(crate) cut: bool,
    /// The content policy that was applied to it.
    pub(crate) content: Content,
}

impl Encoder {
    pub(crate) fn new(
        content: Content,
        masker: Arc<Masker>,
        sample_rate: SampleRate,
        before_send: Option<BeforeSend>,
        as_messages: bool,
    ) -> Self {
        Self {
            content,
            masker,
            sample_rate,
            before_send,
            as_messages,
            texts: Vec::new(),
            said: String::new(),
        }
    }

    /// Appends the envelope's JSON to `out`, which is as it was if the envelope cannot be sent.
    pub(crate) fn encode(
        &mut self,
        envelope: &Envelope,
        out: &mut Vec<u8>,
    ) -> Result<Encoded, Refusal> {
        let start = out.len();
        let result = self.try_encode(envelope, out, start);
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    fn try_encode(
        &mut self,
        envelope: &Envelope,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Result<Encoded, Refusal> {
        self.texts.clear();
        self.said.clear();
        // The events of an application run here: their panics must not end the thread.
        let own = envelope.identity().map(|identity| identity.content);
        let content = self.content.max(own.unwrap_or_default());
        let policy = Policy {
            content,
            masker: &self.masker,
        };
        catch_unwind(AssertUnwindSafe(|| {
            write(envelope, policy, out, &mut self.texts, &mut self.said)?;
            match envelope.identity() {
                Some(identity) => write_context(envelope, identity, self.sample_rate, out),
                None => Ok(()),
            }
        }))
        .unwrap_or_else(|_| Err("it panicked while it was turned into JSON".to_owned()))
        .map_err(Refusal::invalid)?;
        let mut cut = self.fit(out, start)?;
        if let Some(hook) = &self.before_send {
            hook.apply(out, start)?;
            // The hook's texts are found anew.
            self.texts.clear();
            cut |= self.fit(out, start)?;
        }
        if self.as_messages && out.get(start..).and_then(message::parse).is_none() {
            return Err(Refusal::invalid(
                "it cannot be a message of the `segment` crate, e.g. since it is nested too deeply",
            ));
        }
        Ok(Encoded { cut, content })
    }

    fn fit(&mut self, out: &mut Vec<u8>, start: usize) -> Result<bool, Refusal> {
        let size = out.len() - start;
        if size <= MAX_EVENT_BYTES {
            return Ok(false);
        }
        if self.texts.is_empty() {
            // Traits, messages, and what a hook returned: nobody has noted their texts.
            truncate::find_texts(out, start, &mut self.texts);
        }
        truncate::fit(out, start + MAX_EVENT_BYTES, &mut self.texts);
        if out.len() - start > MAX_EVENT_BYTES {
            return Err(Refusal {
                reason: DropReason::TooLarge,
                why: format!(
                    "it has {size} bytes, over the {MAX_EVENT_BYTES} that Segment takes, and too little of it is text that can be cut"
                ),
            });
        }
        Ok(true)
    }
}

fn write(
    envelope: &Envelope,
    policy: Policy<'_>,
    out: &mut Vec<u8>,
    texts: &mut Vec<TextSpan>,
    said: &mut String,
) -> Result<(), String> {
    let (kind, identity): (&[u8], _) = match &envelope.call {
        Call::Track { identity, .. } => (br#"{"type":"track","messageId":""#, identity),
        Call::Identify { identity, .. } => (br#"{"type":"identify","messageId":""#, identity),
        Call::Message(message) => {
            return complete::write(message, envelope.id, envelope.timestamp, policy, out, said);
        }
        Call::Letter(letter) => return complete::write_letter(letter, policy, out, said),
    };
    out.extend_from_slice(kind);
    out.extend_from_slice(envelope.id.encode(&mut [0; 36]).as_bytes());
    out.extend_from_slice(br#"","timestamp":""#);
    timestamp(envelope.timestamp, out)?;
    out.push(b'"');
    let user = &identity.user;
    if let Some(id) = user.user_id() {
        out.extend_from_slice(br#","userId":"#);
        string(id, out);
    }
    if let Some(id) = user.anonymous_id() {
        out.extend_from_slice(br#","anonymousId":"#);
        string(id, out);
    }
    match &envelope.call {
        Call::Track {
            event, message_id, ..
        } => {
            if let Some(error) = &event.error {
                let quotable = policy.is_full();
                return Err(if quotable {
                    error
                } else {
                    "a property of it is invalid"
                }
                .to_owned());
            }
            out.extend_from_slice(br#","event":"#);
            string(&event.name(), out);
            out.extend_from_slice(br#","properties":"#);
            let extras = &event.extras;
            let mut properties =
                Properties::begin(out, texts, extras, event.role.as_ref(), policy, said);
            if let Some(id) = &identity.conversation {
                properties.conversation_id(id.as_str());
            }
            if let Some(id) = message_id {
                properties.message_id(id.as_str());
            }
            event.write_properties(&mut properties);
            properties.end()?;
        }
        Call::Identify { traits, .. } => {
            out.extend_from_slice(br#","traits":"#);
            out.extend_from_slice(traits.as_ref()?.as_bytes());
        }
        // Written above.
        Call::Message(_) | Call::Letter(_) => {}
    }
    Ok(())
}

/// Writes what is said beside the event itself, and ends it.
fn write_context(
    envelope: &Envelope,
    identity: &Identity,
    sample_rate: SampleRate,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    out.extend_from_slice(br#","context":{"library":"#);
    out.extend_from_slice(LIBRARY.as_bytes());
    // Only what sampling can leave out stands for others.
    if let Some(rate) = sample_rate.below_one()
        && let Call::Track { event, .. } = &envelope.call
        && identity.conversation.is_some()
        && event.name() != FEEDBACK_SUBMITTED
    {
        out.extend_from_slice(br#","sampling":{"rate":"#);
        serde_json::to_writer(&mut *out, &rate).map_err(|error| error.to_string())?;
        out.push(b'}');
    }
    if let Some(consent) = &identity.consent {
        out.extend_from_slice(br#","consent":"#);
        serde_json::to_writer(&mut *out, consent).map_err(|error| error.to_string())?;
    }
    out.extend_from_slice(b"}}");
    Ok(())
}

pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    // Serialising a `str` into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// ISO 8601 in UTC, to the millisecond, as Segment's own libraries send it.
pub(crate) fn timestamp(at: SystemTime, out: &mut Vec<u8>) -> Result<(), String> {
    to_datetime(at)
        .and_then(|at| at.format_into(out, &Rfc3339).ok())
        .map(drop)
        .ok_or_else(|| "its timestamp is not in the years 0 to 9999".to_owned())
}

fn to_datetime(at: SystemTime) -> Option<OffsetDateTime> {
    let millis = |length: Duration| i128::try_from(length.as_millis()).ok();
    let unix = match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => millis(since)?,
        Err(before) => -millis(before.duration())?,
    };
    OffsetDateTime::from_unix_timestamp_nanos(unix.checked_mul(1_000_000)?).ok()
}

/// The moment as text, e.g. for `sentAt`.
pub(crate) fn format_timestamp(at: SystemTime) -> String {
    let mut text = Vec::new();
    // Only a clock that is thousands of years off has no such text.
    let _ = timestamp(at, &mut text);
    String::from_utf8(text).unwrap_or_default()
}
