//! Encodes envelopes as JSON, usually directly into a batch.

use std::sync::Arc;

use segment::message::BatchMessage;
use uuid::Uuid;

use crate::delivery::encode::cached_fragments::CachedFragments;
use crate::delivery::encode::error::EncodeError;
use crate::delivery::encode::hook::BeforeSend;
use crate::delivery::encode::truncate;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::delivery::segment::context::ContextPolicy;
use crate::delivery::segment::defaults::Defaults;
use crate::delivery::segment::library::CONTEXT;
use crate::delivery::segment::message::{self, ParsedMessage};
use crate::delivery::segment::numbers::OriginalNumbers;
use crate::delivery::segment::write_message::{self, PolicyScope, WriteOptions};
use crate::event::event_settings::Settings;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::properties::content_names::ContentNames;
use crate::event::properties::writer::{Properties, TextSpan};
use crate::event::sampling::SampleRate;
use crate::event::spec::FeedbackSubmitted;
use crate::event::track_event::Payload;
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::{Content, Policy};
use crate::privacy::masking::masker::Masker;
use crate::util::json::string;
use crate::util::panics;
use crate::util::random::UuidGenerator;
use crate::util::timestamps::TimestampFormatter;

/// The maximum size of an event's JSON in bytes, including the envelope. Segment's limit is 32 KB.
/// The margin leaves room for fields that Segment adds.
pub(crate) const MAX_EVENT_BYTES: usize = 32_000;

/// An encoder that writes envelopes as JSON.
#[derive(Debug)]
pub(crate) struct Encoder {
    content: Content,
    masker: Arc<Masker>,
    sample_rate: SampleRate,
    defaults: Defaults,
    before_send: Option<BeforeSend>,
    /// Whether to also return each event as a message of the `segment` crate.
    as_messages: bool,
    ids: UuidGenerator,
    timestamps: TimestampFormatter,
    fragments: CachedFragments,
    /// The strings in the current event that can be truncated. This is a field so that its memory
    /// is reused.
    texts: Vec<TextSpan>,
    /// The names of the latest event's properties that the content policy applies to.
    pub(crate) content_properties: ContentNames,
}

/// An encoded event.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// Whether a string was truncated.
    pub(crate) truncated: bool,
    /// The content policy that was applied.
    pub(crate) content: Content,
    /// The event as a message, if the encoder returns messages.
    pub(crate) message: Option<BatchMessage>,
}

impl Encoder {
    pub(crate) fn new(
        content: Content,
        masker: Arc<Masker>,
        sample_rate: SampleRate,
        defaults: Defaults,
        before_send: Option<BeforeSend>,
        as_messages: bool,
    ) -> Self {
        Self {
            content,
            masker,
            sample_rate,
            defaults,
            before_send,
            as_messages,
            ids: UuidGenerator::new(),
            timestamps: TimestampFormatter::default(),
            fragments: CachedFragments::default(),
            texts: Vec::new(),
            content_properties: ContentNames::default(),
        }
    }

    /// Appends the envelope's JSON to `out`. If encoding fails, `out` is unchanged.
    pub(crate) fn encode(
        &mut self,
        context: EventContextRef<'_>,
        envelope: &Envelope,
        out: &mut Vec<u8>,
    ) -> Result<Encoded, EncodeError> {
        let start = out.len();
        let result = self.try_encode(context, envelope, out, start);
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    fn try_encode(
        &mut self,
        context: EventContextRef<'_>,
        envelope: &Envelope,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Result<Encoded, EncodeError> {
        self.texts.clear();
        self.content_properties.clear();
        let context_policy = ContextPolicy {
            content: Policy {
                content: self.content,
                masker: &self.masker,
            },
            client_ip: self.defaults.client_ip,
        };
        self.fragments
            .set_context(context, context_policy)
            .map_err(EncodeError::invalid)?;
        let policy = self.content.max(self.fragments.content());
        // The application's code runs here. A panic must not end the delivery thread.
        panics::catch(|| self.write(envelope, policy, out)).unwrap_or_else(|| {
            Err(EncodeError::invalid(
                "a panic occurred while it was encoded",
            ))
        })?;
        let mut truncated = self.fit(out, start)?;
        if let Some(hook) = &self.before_send {
            let ParsedMessage { message, numbers } =
                hook.call(out.get(start..).unwrap_or_default())?;
            out.truncate(start);
            let options = WriteOptions {
                numbers: &numbers,
                // This id is not used, because the hook's message has the event's own id.
                id: EnvelopeId::from_uuid(Uuid::nil()),
                at: envelope.timestamp,
                // The policy was applied before the hook.
                policy: Policy {
                    content: Content::Full,
                    masker: &self.masker,
                },
                scope: PolicyScope::MessageBody,
                // The message already contains them.
                defaults: None,
            };
            write_message::write(&message, options, out, &mut self.content_properties)
                .map_err(BeforeSend::invalid)?;
            // The hook may have moved or changed the strings.
            self.texts.clear();
            truncated |= self.fit(out, start)?;
        }
        let mut message = None;
        if self.as_messages {
            message = out.get(start..).and_then(message::parse_exact);
            if message.is_none() {
                return Err(EncodeError::not_a_message());
            }
        }
        Ok(Encoded {
            truncated,
            content: policy,
            message,
        })
    }

    /// Truncates strings if the event is too large. Returns whether the event was too large.
    fn fit(&mut self, out: &mut Vec<u8>, start: usize) -> Result<bool, EncodeError> {
        let size = out.len() - start;
        if size <= MAX_EVENT_BYTES {
            return Ok(false);
        }
        if self.texts.is_empty() {
            // The positions of the strings are known only for Track calls that no hook has
            // processed.
            truncate::find_texts(out, start, &mut self.texts);
        }
        truncate::fit(out, start + MAX_EVENT_BYTES, &mut self.texts);
        if out.len() - start > MAX_EVENT_BYTES {
            return Err(EncodeError {
                reason: DropReason::TooLarge,
                is_too_deep: false,
                message: format!(
                    "it has {size} bytes; truncating its strings cannot reduce it to {MAX_EVENT_BYTES} bytes"
                ),
            });
        }
        Ok(true)
    }

    fn write(
        &mut self,
        envelope: &Envelope,
        content: Content,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let policy = Policy {
            content,
            masker: &self.masker,
        };
        let mut draw = || EnvelopeId::from_uuid(self.ids.uuid());
        let id = envelope.id.as_deref().copied().unwrap_or_else(&mut draw);
        let kind: &[u8] = match &envelope.call {
            ApiCall::Track { .. } => br#"{"type":"track","messageId":""#,
            ApiCall::Identify(_) => br#"{"type":"identify","messageId":""#,
            ApiCall::Group(..) => br#"{"type":"group","messageId":""#,
            ApiCall::Alias(_) => br#"{"type":"alias","messageId":""#,
            ApiCall::SegmentMessage(message) => {
                let options = WriteOptions {
                    numbers: &OriginalNumbers::default(),
                    id,
                    at: envelope.timestamp,
                    policy,
                    scope: PolicyScope::MessageBody,
                    defaults: Some(&self.defaults),
                };
                write_message::write(message, options, out, &mut self.content_properties)?;
                return Ok(());
            }
            ApiCall::DeadLetter(letter) => {
                write_message::write_letter(letter, policy, out, &mut self.content_properties)?;
                return Ok(());
            }
        };
        out.extend_from_slice(kind);
        out.extend_from_slice(id.encode(&mut [0; 36]).as_bytes());
        out.extend_from_slice(br#"","timestamp":""#);
        self.timestamps.write(envelope.timestamp, out)?;
        out.push(b'"');
        out.extend_from_slice(&self.fragments.user);
        let mut rate = None;
        let mut trace_id = None;
        let mut integrations = None;
        match &envelope.call {
            ApiCall::Track { payload, settings } => {
                let settings = settings.as_deref().unwrap_or(Settings::NONE);
                if let Some(error) = &settings.error {
                    let error = if policy.is_full() {
                        error
                    } else {
                        "a property is invalid"
                    };
                    return Err(EncodeError::invalid(error));
                }
                trace_id = settings.trace_id.as_deref();
                integrations = settings.integrations.as_deref();
                let name = payload.name();
                let is_spec = matches!(payload, Payload::Spec(_));
                if !is_spec && name.trim().is_empty() {
                    return Err(EncodeError::invalid("its name is empty"));
                }
                out.extend_from_slice(br#","event":"#);
                string(&name, out);
                out.extend_from_slice(br#","properties":"#);
                let mut properties = Properties::begin(
                    out,
                    &mut self.texts,
                    settings,
                    self.fragments.ids(),
                    policy,
                    &mut self.content_properties,
                    is_spec,
                );
                payload.write_properties(&mut properties);
                properties.end()?;
                // Feedback and events outside conversations are never sampled out.
                if self.fragments.is_in_conversation() && name != FeedbackSubmitted::NAME {
                    let given = self.fragments.sample_rate();
                    rate = given.unwrap_or(self.sample_rate).below_one();
                }
            }
            ApiCall::Identify(traits) => write_traits(traits, policy, out)?,
            ApiCall::Group(id, traits) => {
                out.extend_from_slice(br#","groupId":"#);
                string(id, out);
                write_traits(traits, policy, out)?;
            }
            ApiCall::Alias(previous_id) => {
                out.extend_from_slice(br#","previousId":"#);
                string(previous_id, out);
            }
            // These kinds of calls were already encoded above.
            ApiCall::SegmentMessage(_) | ApiCall::DeadLetter(_) => {}
        }
        self.write_context(trace_id, rate, out)?;
        if let Some(integrations) = self.defaults.integrations(integrations) {
            out.extend_from_slice(br#","integrations":"#);
            out.extend_from_slice(integrations.to_string().as_bytes());
        }
        out.push(b'}');
        Ok(())
    }

    /// Writes the context of an event. `rate` is the sample rate, if it is less than 1.
    fn write_context(
        &self,
        trace_id: Option<&str>,
        rate: Option<f64>,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        out.extend_from_slice(CONTEXT.as_bytes());
        out.extend_from_slice(&self.fragments.context);
        if let Some(trace_id) = trace_id
            && !self.fragments.has_trace_id()
        {
            out.extend_from_slice(br#","traceId":"#);
            string(trace_id, out);
        }
        if let Some(rate) = rate {
            out.extend_from_slice(br#","sampling":{"rate":"#);
            serde_json::to_writer(&mut *out, &rate).map_err(|error| error.to_string())?;
            out.push(b'}');
        }
        out.extend_from_slice(&self.fragments.consent);
        out.push(b'}');
        Ok(())
    }
}

fn write_traits(
    traits: &Result<Box<str>, Box<str>>,
    policy: Policy<'_>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let traits = traits.as_ref().map_err(|error| {
        // The error comes from the application's type and may quote a value.
        if policy.is_full() {
            error.to_string()
        } else {
            "its traits cannot be serialized".to_owned()
        }
    })?;
    out.extend_from_slice(br#","traits":"#);
    out.extend_from_slice(traits.as_bytes());
    Ok(())
}

#[cfg(any(fuzzing, test))]
impl Encoder {
    /// Creates an encoder with a content policy, and with the default settings otherwise.
    pub(crate) fn with_content(content: Content) -> Self {
        Self::new(
            content,
            Arc::default(),
            SampleRate::ALL,
            Defaults::default(),
            None,
            false,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::delivery::envelope::Identity;
    use crate::event::custom::CustomEvent;
    use crate::event::track_event::TrackEvent as _;
    use crate::event::user::User;

    fn envelope(text_bytes: usize) -> Envelope {
        let event = CustomEvent::new("Note Taken").unwrap();
        let event = event.property("text", "x".repeat(text_bytes)).into_event();
        Envelope {
            id: None,
            timestamp: SystemTime::now(),
            call: ApiCall::Track {
                payload: event.payload,
                settings: event.settings,
            },
        }
    }

    #[test]
    fn the_size_limit_applies_to_each_event() {
        let mut encoder = Encoder::with_content(Content::Full);
        let identity = Arc::new(Identity::new(User::known("123").unwrap(), None));
        let context = EventContextRef::of(&identity);
        // Earlier events of the batch.
        let mut out = vec![b' '; MAX_EVENT_BYTES];
        for (text_bytes, is_truncated) in [(20_000, false), (40_000, true), (30_000, false)] {
            let start = out.len();
            let event = encoder.encode(context, &envelope(text_bytes), &mut out);
            assert_eq!(event.unwrap().truncated, is_truncated, "{text_bytes}");
            let bytes = out.len() - start;
            let expected = text_bytes.min(MAX_EVENT_BYTES - 1_000)..=MAX_EVENT_BYTES;
            assert!(expected.contains(&bytes), "{bytes}");
        }
    }

    #[test]
    fn an_error_in_traits_is_quoted_only_if_content_is_sent() {
        let encode = |content, traits: Result<&str, &str>| {
            let mut encoder = Encoder::with_content(content);
            let identity = Arc::new(Identity::new(User::known("123").unwrap(), None));
            let envelope = Envelope {
                id: None,
                timestamp: SystemTime::now(),
                call: ApiCall::Identify(traits.map(Into::into).map_err(Into::into)),
            };
            let mut out = Vec::new();
            let context = EventContextRef::of(&identity);
            let result = encoder.encode(context, &envelope, &mut out);
            result.map(|_| String::from_utf8(out).unwrap())
        };
        let json = encode(Content::Full, Ok(r#"{"plan":"pro"}"#)).unwrap();
        assert!(json.contains(r#","traits":{"plan":"pro"}"#), "{json}");
        let error = "the plan \"pro\" is unknown";
        let quoted = |content| {
            let result = encode(content, Err(error)).map_err(|error| format!("{error:?}"));
            result.unwrap_err().contains("pro")
        };
        assert!(quoted(Content::Full));
        assert!(!quoted(Content::Hidden));
    }
}
