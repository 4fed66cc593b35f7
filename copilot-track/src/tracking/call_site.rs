//! The place of an annotation.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::conversation::current::{self as scope, Here};
use crate::conversation::scope::Frame;
use crate::ledger::out_of_scope;

/// One annotated function, and where it stands in the source.
pub struct Site {
    function: &'static str,
    location: &'static Location<'static>,
    warned: AtomicBool,
}

/// The conversation that an attribute names, if it names one.
pub struct Chosen(pub(crate) Option<Arc<Frame>>);

/// The attribute names no conversation: the ambient one is meant.
pub const AMBIENT: Chosen = Chosen(None);

impl Site {
    /// The place at which the macro stands.
    #[must_use]
    #[track_caller]
    pub const fn new(function: &'static str) -> Self {
        Self {
            function,
            location: Location::caller(),
            warned: AtomicBool::new(false),
        }
    }

    /// Whether there is an ambient conversation that records. Its absence is counted, and told
    /// once.
    #[inline]
    #[must_use]
    pub fn is_called(&self) -> bool {
        match scope::here() {
            Here::Turn => true,
            Here::Disabled => false,
            Here::Nothing => {
                self.outside();
                false
            }
        }
    }

    /// The attribute names no conversation.
    #[inline]
    #[must_use]
    pub fn ambient(&self) -> Chosen {
        AMBIENT
    }

    /// A value that the function's body still needs.
    #[inline]
    pub fn cloned<T: Clone>(&self, value: &T) -> T {
        value.clone()
    }

    /// A call in a conversation that is named, if it records.
    #[must_use]
    pub fn call_in(&self, chosen: Chosen) -> Option<Call> {
        let frame = self.frame(chosen)?;
        frame.is_recording().then(|| Call(frame))
    }

    /// The frame that a call runs in. Its absence is counted, and told once.
    pub(super) fn frame(&self, chosen: Chosen) -> Option<Arc<Frame>> {
        let frame = chosen.0.or_else(scope::current);
        if frame.is_none() {
            self.outside();
        }
        frame
    }

    fn outside(&self) {
        out_of_scope::count();
        if !self.warned.load(Ordering::Relaxed) {
            self.warn();
        }
    }

    #[cold]
    fn warn(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                function = self.function,
                location = %self.location,
                "called outside any conversation, so it is not tracked: run it in a turn, carry the turn along with \
                 `in_current_turn()`, or write `conversation = …` in its attribute (told once for each function)"
            );
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.function, self.location)
    }
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Chosen").field(&self.0.is_some()).finish()
    }
}

/// A call that is tracked.
#[derive(Debug)]
pub struct Call(pub(super) Arc<Frame>);
