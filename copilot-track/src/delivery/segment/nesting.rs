//! Messages that are nested too deeply.
//!
//! Most functions that process a `Value` are recursive, and so is the code that drops it. A message
//! is therefore checked before anything else, and a message that is nested too deeply is taken
//! apart without recursion.

use segment::Message;
use segment::message::BatchMessage;
use serde_json::{Map, Value};

use crate::util::json::MAX_DEPTH;
use crate::util::json::tree::{drop_values, is_deeper};

/// The message is nested too deeply. It was dropped.
#[derive(Debug, thiserror::Error)]
#[error("it is nested too deeply: an event can have at most {MAX_DEPTH} levels")]
pub(crate) struct TooDeep;

/// A message whose values can be checked and taken out.
pub(crate) trait Nested: Sized {
    /// Calls `visit` for each value in the message until a call returns `true`. Returns whether any
    /// call returned `true`.
    fn any_value(&mut self, visit: &mut dyn FnMut(&mut Value) -> bool) -> bool;

    /// Returns the message unless it is nested too deeply.
    fn check_depth(mut self) -> Result<Self, TooDeep> {
        // The fields of a message are on the second level.
        if !self.any_value(&mut |value| is_deeper(value, MAX_DEPTH - 1)) {
            return Ok(self);
        }
        self.any_value(&mut |value| {
            drop_values([value.take()]);
            false
        });
        Err(TooDeep)
    }
}

fn any_in_map(map: &mut Map<String, Value>, visit: &mut dyn FnMut(&mut Value) -> bool) -> bool {
    map.values_mut().any(visit)
}

macro_rules! any_value {
    ($visit:ident, $message:ident $(, $body:ident)?) => {
        $($visit(&mut $message.$body) ||)?
        $message.context.as_mut().is_some_and(&mut *$visit)
            || $message.integrations.as_mut().is_some_and(&mut *$visit)
            || any_in_map(&mut $message.extra, $visit)
    };
}

impl Nested for BatchMessage {
    fn any_value(&mut self, visit: &mut dyn FnMut(&mut Value) -> bool) -> bool {
        match self {
            Self::Identify(message) => any_value!(visit, message, traits),
            Self::Track(message) => any_value!(visit, message, properties),
            Self::Page(message) => any_value!(visit, message, properties),
            Self::Screen(message) => any_value!(visit, message, properties),
            Self::Group(message) => any_value!(visit, message, traits),
            Self::Alias(message) => any_value!(visit, message),
        }
    }
}

impl Nested for Message {
    fn any_value(&mut self, visit: &mut dyn FnMut(&mut Value) -> bool) -> bool {
        match self {
            Self::Identify(message) => any_value!(visit, message, traits),
            Self::Track(message) => any_value!(visit, message, properties),
            Self::Page(message) => any_value!(visit, message, properties),
            Self::Screen(message) => any_value!(visit, message, properties),
            Self::Group(message) => any_value!(visit, message, traits),
            Self::Alias(message) => any_value!(visit, message),
            Self::Batch(message) => {
                let mut messages = message.batch.iter_mut();
                messages.any(|message| message.any_value(visit)) || any_value!(visit, message)
            }
        }
    }
}
