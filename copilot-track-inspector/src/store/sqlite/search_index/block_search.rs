//! Compares the events of a block with the conditions of a query. The result is the same as that
//! of comparing the events themselves.

use memchr::memmem::Finder;

use super::{
    block::{Block, BlockEvent, PROBLEM, field},
    signature::can_contain,
};
use crate::search::{
    figure::FigureKind,
    number_range::NumberRange,
    validate::{Condition, Search},
};

/// The fields of free text.
const TEXT_FIELDS: &[usize] = &[
    field::TEXT,
    field::NAME,
    field::CONVERSATION,
    field::MESSAGE,
    field::ENVELOPE,
    field::USER,
    field::ANONYMOUS,
    field::LABELS,
];

/// A query, prepared for blocks.
pub(super) struct BlockSearch {
    conditions: Vec<BlockCondition>,
}

enum BlockCondition {
    /// A text occurs in one of these fields. The type of the call must be the whole text.
    Contains(Box<Finder<'static>>, &'static [usize]),
    /// There are no findings.
    NoFindings,
    /// The event has a figure of this kind in this range.
    Figure(FigureKind, NumberRange),
    Since(i64),
}

/// How a string and a text are related.
#[derive(Clone, Copy, Default)]
struct Relation {
    contains: bool,
    equals: bool,
}

impl BlockSearch {
    pub(super) fn new(search: &Search) -> Self {
        let contains = |text: &str, fields| {
            let finder = Finder::new(text.as_bytes()).into_owned();
            BlockCondition::Contains(Box::new(finder), fields)
        };
        let conditions = search.conditions().iter().map(|condition| match condition {
            Condition::Text(needle) => contains(needle.folded(), TEXT_FIELDS),
            Condition::Event(needle) => contains(needle.folded(), &[field::NAME, field::KIND]),
            Condition::User(needle) => contains(needle.folded(), &[field::USER, field::ANONYMOUS]),
            Condition::Library(needle) => contains(needle.folded(), &[field::LIBRARY]),
            Condition::NoFindings => BlockCondition::NoFindings,
            Condition::Problem => contains(PROBLEM, &[field::FINDINGS]),
            Condition::Severity(severity) => {
                contains(&format!(" {}:", severity.as_str()), &[field::FINDINGS])
            }
            Condition::Code(code) => contains(&format!(":{} ", code.name()), &[field::FINDINGS]),
            Condition::Figure(kind, range) => BlockCondition::Figure(*kind, range.clone()),
            Condition::Since(time) => BlockCondition::Since(time.0),
        });
        Self {
            conditions: conditions.collect(),
        }
    }

    /// Returns the earliest time at which a matching event can have happened.
    pub(super) fn since(&self) -> i64 {
        let times = self.conditions.iter().map(|condition| match condition {
            BlockCondition::Since(time) => *time,
            _ => i64::MIN,
        });
        times.max().unwrap_or(i64::MIN)
    }

    /// Returns whether a block with this signature can have matching events.
    pub(super) fn can_match(&self, signature: &[u8]) -> bool {
        self.conditions.iter().all(|condition| match condition {
            BlockCondition::Contains(finder, _) => {
                std::str::from_utf8(finder.needle()).is_ok_and(|it| can_contain(signature, it))
            }
            _ => true,
        })
    }

    /// Calls `found` with the number and the conversation's key of each matching event. Returns
    /// `None` if the block is damaged.
    pub(super) fn each_match(
        &self,
        block: &Block<'_>,
        mut found: impl FnMut(u64, i64),
    ) -> Option<()> {
        let mut relations = Vec::new();
        for condition in &self.conditions {
            let BlockCondition::Contains(finder, _) = condition else {
                relations.push(Vec::new());
                continue;
            };
            if finder.find(block.strings).is_none() {
                return Some(());
            }
            relations.push(relation_of_each_string(block, finder)?);
        }
        let mut bytes = block.events;
        let mut event = BlockEvent::default();
        for _ in 0..block.count {
            event = block.next_event(&mut bytes, &event)?;
            let mut conditions = self.conditions.iter().zip(&relations);
            if conditions.all(|(condition, relations)| condition.is_met_by(&event, relations)) {
                found(event.seq, event.conversation);
            }
        }
        bytes.is_empty().then_some(())
    }
}

impl BlockCondition {
    fn is_met_by(&self, event: &BlockEvent, relations: &[Relation]) -> bool {
        let relation = |field: usize| {
            let number = event.fields.get(field)?;
            relations.get(*number)
        };
        match self {
            Self::Contains(_, fields) => fields.iter().any(|field| {
                relation(*field).is_some_and(|relation| match *field {
                    field::KIND => relation.equals,
                    _ => relation.contains,
                })
            }),
            Self::NoFindings => event.fields.get(field::FINDINGS) == Some(&0),
            Self::Figure(kind, range) => event
                .figure
                .is_some_and(|figure| figure.kind == *kind && range.contains(&figure.value)),
            Self::Since(time) => event.at >= *time,
        }
    }
}

/// Returns the relation of each string to a text. The string with the number 0 contains nothing.
fn relation_of_each_string(block: &Block<'_>, finder: &Finder<'_>) -> Option<Vec<Relation>> {
    let mut relations = vec![Relation::default(); block.string_count + 1];
    let length = finder.needle().len();
    let next_from = |from: usize| Some(from + finder.find(block.strings.get(from..)?)?);
    let mut next = next_from(0);
    block.each_string(|number, start, end| {
        // An occurrence that begins in an earlier string ends in this one.
        while next.is_some_and(|at| at < start) {
            next = next.and_then(|at| next_from(at + 1));
        }
        let Some(at) = next else {
            return false;
        };
        if at + length <= end
            && let Some(relation) = relations.get_mut(number)
        {
            relation.contains = true;
            relation.equals = end - start == length;
            next = next_from(end);
        }
        true
    })?;
    Some(relations)
}
