//! The scopes of `tracked_message` and `tracked_conversation`.

use std::sync::Arc;

use super::draft::Draft;
use super::site::{Chosen, Site};
use crate::scope::{self, Frame, InTurn};

/// A function that works on a message of the customer.
#[derive(Debug)]
pub struct InMessage(Option<Arc<Frame>>);

/// A function that is a whole conversation.
#[derive(Debug)]
pub struct Session(Option<Arc<Frame>>);

impl Site {
    /// Sends the customer's message, and begins the turn on it.
    pub fn message(&self, chosen: Chosen, message: impl FnOnce() -> Draft) -> InMessage {
        InMessage(self.frame(chosen).map(|frame| {
            if !frame.is_recording() {
                return frame;
            }
            let turn = frame.conversation().turn_with(message().into_event());
            Arc::clone(turn.frame())
        }))
    }

    /// Starts the conversation, unless it has started.
    pub fn conversation(&self, chosen: Chosen) -> Session {
        let frame = self.frame(chosen);
        if let Some(frame) = &frame {
            frame.conversation().start();
        }
        Session(frame)
    }
}

impl Session {
    /// The function has ended; after a failure the conversation can be taken up again.
    pub fn finish(self, failure: Option<&'static str>) {
        if let (Some(frame), None) = (self.0, failure) {
            frame.conversation().end();
        }
    }
}

macro_rules! scope {
    ($($guard:ident)*) => {$(
        impl $guard {
            /// Calls a body in the scope.
            pub fn call<T>(&self, body: impl FnOnce() -> T) -> T {
                let _entered = self.0.clone().map(scope::enter);
                body()
            }

            /// Polls a body in the scope.
            pub fn run<F: Future>(&self, body: F) -> InTurn<F> {
                InTurn::new(body, self.0.clone())
            }
        }
    )*};
}

scope!(InMessage Session);
