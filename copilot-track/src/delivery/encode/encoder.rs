//! An envelope becomes JSON, once, at the end of the batch that it will be sent in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::delivery::encode::cached_fragments::Rendered;
use crate::delivery::encode::error::Refusal;
use crate::delivery::encode::hook::BeforeSend;
use crate::delivery::encode::truncate;
use crate::delivery::envelope::{AboutRef, Call, Envelope};
use crate::delivery::segment::library::CONTEXT;
use crate::delivery::segment::message;
use crate::delivery::segment::write_message;
use crate::event::ids::EnvelopeId;
use crate::event::properties::{Properties, TextSpan};
use crate::event::sampling::SampleRate;
use crate::event::settings::Settings;
use crate::event::spec::FEEDBACK_SUBMITTED;
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::{Content, Policy};
use crate::privacy::masking::masker::Masker;
use crate::util::json::string;
use crate::util::random::Series;
use crate::util::timestamps::Timestamps;

/// The most bytes of one event's JSON, envelope included. Segment's limit is 32 KB; the margin is
/// for what it adds.
pub(crate) const MAX_EVENT_BYTES: usize = 32_000;

/// Turns envelopes into JSON.
#[derive(Debug)]
pub(crate) struct Encoder {
    content: Content,
    masker: Arc<Masker>,
    sample_rate: SampleRate,
    before_send: Option<BeforeSend>,
    /// Whether the transport takes the `segment` crate's messages in place of JSON.
    as_messages: bool,
    ids: Series,
    timestamps: Timestamps,
    rendered: Rendered,
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
            ids: Series::new(),
            timestamps: Timestamps::default(),
            rendered: Rendered::default(),
            texts: Vec::new(),
            said: String::new(),
        }
    }

    /// Appends the envelope's JSON to `out`, which is as it was if the envelope cannot be sent.
    pub(crate) fn encode(
        &mut self,
        about: AboutRef<'_>,
        envelope: &Envelope,
        out: &mut Vec<u8>,
    ) -> Result<Encoded, Refusal> {
        let start = out.len();
        let result = self.try_encode(about, envelope, out, start);
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    fn try_encode(
        &mut self,
        about: AboutRef<'_>,
        envelope: &Envelope,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Result<Encoded, Refusal> {
        self.texts.clear();
        self.said.clear();
        self.rendered.about(about).map_err(Refusal::invalid)?;
        let content = self.content.max(self.rendered.content());
        // The events of an application run here: their panics must not end the thread.
        catch_unwind(AssertUnwindSafe(|| self.write(envelope, content, out)))
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

    fn write(
        &mut self,
        envelope: &Envelope,
        content: Content,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let policy = Policy {
            content,
            masker: &self.masker,
        };
        let mut draw = || EnvelopeId::from_uuid(self.ids.uuid());
        let id = envelope.id.as_deref().copied().unwrap_or_else(&mut draw);
        let kind: &[u8] = match &envelope.call {
            Call::Track { .. } => br#"{"type":"track","messageId":""#,
            Call::Identify(_) => br#"{"type":"identify","messageId":""#,
            Call::Message(message) => {
                let said = &mut self.said;
                return write_message::write(message, id, envelope.timestamp, policy, out, said);
            }
            Call::Letter(letter) => {
                return write_message::write_letter(letter, policy, out, &mut self.said);
            }
        };
        out.extend_from_slice(kind);
        out.extend_from_slice(id.encode(&mut [0; 36]).as_bytes());
        out.extend_from_slice(br#"","timestamp":""#);
        self.timestamps.write(envelope.timestamp, out)?;
        out.push(b'"');
        out.extend_from_slice(&self.rendered.user);
        let mut rate = None;
        match &envelope.call {
            Call::Track { payload, settings } => {
                let settings = settings.as_deref().unwrap_or(Settings::NONE);
                if let Some(error) = &settings.error {
                    let quotable = policy.is_full();
                    return Err(if quotable {
                        error
                    } else {
                        "a property of it is invalid"
                    }
                    .to_owned());
                }
                let name = payload.name();
                out.extend_from_slice(br#","event":"#);
                string(&name, out);
                out.extend_from_slice(br#","properties":"#);
                let mut properties = Properties::begin(
                    out,
                    &mut self.texts,
                    settings,
                    self.rendered.ids(),
                    policy,
                    &mut self.said,
                );
                payload.write_properties(&mut properties);
                properties.end()?;
                // Only what sampling can leave out stands for others.
                if self.rendered.is_in_conversation() && name != FEEDBACK_SUBMITTED {
                    rate = self.sample_rate.below_one();
                }
            }
            Call::Identify(traits) => {
                out.extend_from_slice(br#","traits":"#);
                let traits = traits.as_ref().map_err(|error| {
                    // The error of an application's type can quote what it was given.
                    if policy.is_full() {
                        error.to_string()
                    } else {
                        "its traits cannot be turned into JSON".to_owned()
                    }
                })?;
                out.extend_from_slice(traits.as_bytes());
            }
            // Written above.
            Call::Message(_) | Call::Letter(_) => {}
        }
        out.extend_from_slice(CONTEXT.as_bytes());
        if let Some(rate) = rate {
            out.extend_from_slice(br#","sampling":{"rate":"#);
            serde_json::to_writer(&mut *out, &rate).map_err(|error| error.to_string())?;
            out.push(b'}');
        }
        out.extend_from_slice(&self.rendered.consent);
        out.extend_from_slice(b"}}");
        Ok(())
    }
}
