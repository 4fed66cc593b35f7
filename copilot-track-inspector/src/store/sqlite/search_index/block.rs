//! Blocks: the searchable fields of consecutive events.
//!
//! A block consists of these parts: a mark, the number of events, the number of strings, the
//! lengths of the next three parts, the length of each string, the strings, and the events. An
//! event consists of its sequence number and the time at which it happened, both compared with the
//! previous event, the key of its conversation, its figure, and the number of the string in each
//! field. 0 means that the event does not have the field. A figure consists of its kind, or 0 if
//! there is none, and its value.

use std::collections::HashMap;

use super::{signature::signature, varint};
use crate::{
    event::model::Event,
    search::{
        figure::{Figure, FigureKind},
        needle::fold,
    },
    verdict::findings::Verdict,
};

/// The maximum number of events in a block.
pub(super) const MAX_EVENTS: u64 = 512;
/// The size of the strings at which a block is complete, in bytes.
const MAX_STRING_BYTES: usize = 128 * 1024;
/// The byte after each string, so that no text is found across two strings by accident.
const SEPARATOR: char = '\u{1f}';
/// The start of the findings of an event with a problem.
pub(super) const PROBLEM: &str = " problem ";
/// The first number of a block, by which damaged blocks are detected.
const MARK: u64 = 0xb10c;
/// The numbers of the kinds of figures.
const ANSWER: u64 = 1;
const RATING: u64 = 2;
const OUTCOME: u64 = 3;
/// The number of fields of an event.
pub(super) const FIELDS: usize = 11;

/// The index of a field.
pub(super) mod field {
    pub(in super::super) const NAME: usize = 0;
    pub(in super::super) const KIND: usize = 1;
    pub(in super::super) const USER: usize = 2;
    pub(in super::super) const ANONYMOUS: usize = 3;
    pub(in super::super) const LIBRARY: usize = 4;
    pub(in super::super) const FINDINGS: usize = 5;
    pub(in super::super) const CONVERSATION: usize = 6;
    pub(in super::super) const LABELS: usize = 7;
    pub(in super::super) const TEXT: usize = 8;
    pub(in super::super) const MESSAGE: usize = 9;
    pub(in super::super) const ENVELOPE: usize = 10;
}

/// A block that is being built.
#[derive(Debug, Default)]
pub(super) struct BlockBuilder {
    count: u64,
    previous_seq: u64,
    last_at: i64,
    previous_at: i64,
    strings: String,
    lengths: Vec<u8>,
    string_count: u64,
    /// The numbers of the strings that are likely to occur again.
    numbers: HashMap<String, u64>,
    events: Vec<u8>,
}

/// A complete block. It contains the stored events from `first_seq` to `last_seq`.
pub(super) struct EncodedBlock {
    pub(super) first_seq: u64,
    pub(super) last_seq: u64,
    /// The last time at which an event of the block happened.
    pub(super) last_at: i64,
    pub(super) signature: Vec<u8>,
    pub(super) records: Vec<u8>,
}

impl BlockBuilder {
    pub(super) fn is_full(&self) -> bool {
        self.count >= MAX_EVENTS || self.strings.len() >= MAX_STRING_BYTES
    }

    /// Adds an event that arrived after the previous one.
    pub(super) fn push(&mut self, event: &Event, conversation: i64) {
        let at = event.occurred_at.0;
        self.last_at = if self.count == 0 {
            at
        } else {
            self.last_at.max(at)
        };
        self.count += 1;
        varint::write(
            &mut self.events,
            event.seq.saturating_sub(self.previous_seq),
        );
        self.previous_seq = event.seq;
        varint::write_signed(&mut self.events, at.wrapping_sub(self.previous_at));
        self.previous_at = at;
        varint::write_signed(&mut self.events, conversation);
        self.write_figure(Figure::of(event));
        let findings = findings_text(&event.verdict);
        let repeated: [Option<&str>; 8] = [
            event.name.as_deref(),
            Some(&event.kind),
            event.user_id.as_deref(),
            event.anonymous_id.as_deref(),
            event.delivery.library(),
            findings.as_deref(),
            event.conversation_id.as_deref(),
            event.labels.as_deref(),
        ];
        for text in repeated {
            let number = text.map_or(0, |text| self.repeated(text));
            varint::write(&mut self.events, number);
        }
        let unique = [
            event.text(),
            event.message_id.as_deref(),
            event.envelope_id.as_deref(),
        ];
        for text in unique {
            let number = text.map_or(0, |text| self.add(&fold(text)));
            varint::write(&mut self.events, number);
        }
    }

    fn write_figure(&mut self, figure: Option<Figure>) {
        let Some(figure) = figure else {
            varint::write(&mut self.events, 0);
            return;
        };
        let kind = match figure.kind {
            FigureKind::AnswerMs => ANSWER,
            FigureKind::Rating => RATING,
            FigureKind::Outcome => OUTCOME,
        };
        varint::write(&mut self.events, kind);
        varint::write_signed(&mut self.events, figure.value);
    }

    /// Returns the number of a string that may have been added before.
    fn repeated(&mut self, text: &str) -> u64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.add(&fold(text));
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn add(&mut self, folded: &str) -> u64 {
        varint::write(&mut self.lengths, folded.len() as u64);
        self.strings.push_str(folded);
        self.strings.push(SEPARATOR);
        self.string_count += 1;
        self.string_count
    }

    /// Returns the block and starts a new one. `first_seq` and `last_seq` are the first and the
    /// last event that the block can contain.
    pub(super) fn take(&mut self, first_seq: u64, last_seq: u64) -> EncodedBlock {
        let block = std::mem::take(self);
        let mut records =
            Vec::with_capacity(32 + block.lengths.len() + block.strings.len() + block.events.len());
        for number in [
            MARK,
            block.count,
            block.string_count,
            block.lengths.len() as u64,
            block.strings.len() as u64,
            block.events.len() as u64,
        ] {
            varint::write(&mut records, number);
        }
        records.extend_from_slice(&block.lengths);
        records.extend_from_slice(block.strings.as_bytes());
        records.extend_from_slice(&block.events);
        EncodedBlock {
            first_seq,
            last_seq,
            last_at: block.last_at,
            signature: signature(&block.strings),
            records,
        }
    }
}

/// Returns the severities and codes of findings, such as ` problem error:missing_property `.
fn findings_text(verdict: &Verdict) -> Option<String> {
    if verdict.findings.is_empty() {
        return None;
    }
    let mut text = String::from(if verdict.is_good() { " " } else { PROBLEM });
    for finding in &verdict.findings {
        text.push_str(finding.severity.as_str());
        text.push(':');
        text.push_str(&finding.code.name());
        text.push(' ');
    }
    Some(text)
}

/// A block that is searched.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) count: u64,
    pub(super) string_count: usize,
    lengths: &'a [u8],
    pub(super) strings: &'a [u8],
    pub(super) events: &'a [u8],
}

/// An event of a block.
#[derive(Default)]
pub(super) struct BlockEvent {
    pub(super) seq: u64,
    pub(super) at: i64,
    pub(super) conversation: i64,
    pub(super) figure: Option<Figure>,
    pub(super) fields: [usize; FIELDS],
}

impl<'a> Block<'a> {
    /// Returns `None` if the block is damaged.
    pub(super) fn parse(first_seq: u64, last_seq: u64, mut bytes: &'a [u8]) -> Option<Self> {
        let mark = varint::read(&mut bytes)?;
        let count = varint::read(&mut bytes)?;
        let string_count = usize::try_from(varint::read(&mut bytes)?).ok()?;
        let lengths = usize::try_from(varint::read(&mut bytes)?).ok()?;
        let strings = usize::try_from(varint::read(&mut bytes)?).ok()?;
        let event_bytes = varint::read(&mut bytes)?;
        let (lengths, bytes) = bytes.split_at_checked(lengths)?;
        let (strings, events) = bytes.split_at_checked(strings)?;
        let is_consistent = mark == MARK
            && events.len() as u64 == event_bytes
            && count <= last_seq.checked_sub(first_seq)?.checked_add(1)?
            && string_count <= lengths.len()
            && string_count <= strings.len();
        is_consistent.then_some(Self {
            count,
            string_count,
            lengths,
            strings,
            events,
        })
    }

    /// Calls `each` with the number, the start, and the end of each string, until it returns
    /// `false`. Returns `None` if the block is damaged.
    pub(super) fn each_string(
        &self,
        mut each: impl FnMut(usize, usize, usize) -> bool,
    ) -> Option<()> {
        let mut lengths = self.lengths;
        let mut start = 0_usize;
        for number in 1..=self.string_count {
            let length = usize::try_from(varint::read(&mut lengths)?).ok()?;
            let end = start.checked_add(length)?;
            if end >= self.strings.len() {
                return None;
            }
            if !each(number, start, end) {
                return Some(());
            }
            start = end + 1;
        }
        Some(())
    }

    /// Reads the event after `previous` from `bytes`, which starts as `self.events`.
    pub(super) fn next_event(
        &self,
        bytes: &mut &[u8],
        previous: &BlockEvent,
    ) -> Option<BlockEvent> {
        let seq = previous.seq.checked_add(varint::read(bytes)?)?;
        let at = previous.at.wrapping_add(varint::read_signed(bytes)?);
        let conversation = varint::read_signed(bytes)?;
        let kind = match varint::read(bytes)? {
            0 => None,
            ANSWER => Some(FigureKind::AnswerMs),
            RATING => Some(FigureKind::Rating),
            OUTCOME => Some(FigureKind::Outcome),
            _ => return None,
        };
        let figure = match kind {
            Some(kind) => Some(Figure {
                kind,
                value: varint::read_signed(bytes)?,
            }),
            None => None,
        };
        let mut fields = [0; FIELDS];
        for number in &mut fields {
            *number = usize::try_from(varint::read(bytes)?).ok()?;
            if *number > self.string_count {
                return None;
            }
        }
        Some(BlockEvent {
            seq,
            at,
            conversation,
            figure,
            fields,
        })
    }
}
