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

/// Implements [`Nested`] for an enum of messages. The two enums of the `segment` crate have the
/// same kinds of messages, and one of them has another kind.
macro_rules! impl_nested {
    ($enum:ident, $visit:ident $(, $pattern:pat => $value:expr)?) => {
        impl Nested for $enum {
            fn any_value(&mut self, $visit: &mut dyn FnMut(&mut Value) -> bool) -> bool {
                match self {
                    Self::Identify(message) => any_value!($visit, message, traits),
                    Self::Track(message) => any_value!($visit, message, properties),
                    Self::Page(message) => any_value!($visit, message, properties),
                    Self::Screen(message) => any_value!($visit, message, properties),
                    Self::Group(message) => any_value!($visit, message, traits),
                    Self::Alias(message) => any_value!($visit, message),
                    $($pattern => $value,)?
                }
            }
        }
    };
}

impl_nested!(BatchMessage, visit);
impl_nested!(Message, visit, Self::Batch(message) => {
    let mut messages = message.batch.iter_mut();
    messages.any(|message| message.any_value(visit)) || any_value!(visit, message)
});

#[cfg(test)]
mod tests {
    use segment::message::{Alias, Batch, Group, Identify, Page, Screen, Track};
    use serde_json::json;

    use super::*;

    /// Returns a message of each kind whose fields contain values, and the number of these values.
    macro_rules! messages {
        ($enum:ident) => {{
            let (context, integrations) = (Some(json!("c")), Some(json!("i")));
            let extra = Map::from_iter([("e".to_owned(), json!("e"))]);
            macro_rules! message {
                ($kind:ident $body:ident) => {
                    $enum::$kind($kind {
                        $body: json!("b"),
                        context: context.clone(),
                        integrations: integrations.clone(),
                        extra: extra.clone(),
                        ..$kind::default()
                    })
                };
            }
            let alias = $enum::Alias(Alias {
                context: context.clone(),
                integrations: integrations.clone(),
                extra: extra.clone(),
                ..Alias::default()
            });
            [
                (message!(Identify traits), "bcie"),
                (message!(Track properties), "bcie"),
                (message!(Page properties), "bcie"),
                (message!(Screen properties), "bcie"),
                (message!(Group traits), "bcie"),
                (alias, "cie"),
            ]
        }};
    }

    /// Returns the values that are visited until the value `last`.
    fn visited(message: &mut impl Nested, last: &str) -> (String, bool) {
        let mut visited = String::new();
        let found = message.any_value(&mut |value| {
            visited += value.as_str().unwrap();
            value == last
        });
        (visited, found)
    }

    #[test]
    fn every_value_is_visited_until_a_call_returns_true() {
        let mut batch_messages = messages!(BatchMessage);
        let mut all = String::new();
        for (message, values) in &mut batch_messages {
            all += values;
            assert_eq!(visited(message, "?"), ((*values).to_owned(), false));
        }
        let mut messages = Vec::from(messages!(Message));
        all += "xyz";
        let batch = Batch {
            batch: batch_messages
                .into_iter()
                .map(|(message, _)| message)
                .collect(),
            context: Some(json!("x")),
            integrations: Some(json!("y")),
            extra: Map::from_iter([("z".to_owned(), json!("z"))]),
        };
        messages.push((Message::Batch(batch), &all));
        for (mut message, values) in messages {
            assert_eq!(visited(&mut message, "?"), (values.to_owned(), false));
            for (index, last) in values.char_indices() {
                let until = values.find(last).unwrap().min(index);
                let expected = (values[..=until].to_owned(), true);
                assert_eq!(visited(&mut message, &last.to_string()), expected);
            }
        }
    }

    #[test]
    fn the_deepest_value_that_is_allowed_is_allowed() {
        let nested = |levels: usize| (1..levels).fold(json!([]), |inner, _| json!([inner]));
        let message = |levels| {
            BatchMessage::Track(Track {
                properties: nested(levels),
                ..Track::default()
            })
        };
        assert!(message(MAX_DEPTH - 1).check_depth().is_ok());
        assert!(message(MAX_DEPTH).check_depth().is_err());
    }
}
