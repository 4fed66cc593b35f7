//! Detects calls that come from inside the library.
//!
//! Application code runs on the delivery thread: hooks, transports, `Serialize` implementations,
//! drops, and the subscriber that receives the log records of this library and of the HTTP client.
//! If such code tracked an event for each event or log record that it receives, delivery would
//! never end. If it waited for the delivery thread, it would wait for itself.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::util::panics;

thread_local! {
    // Neither cell has a destructor, so both can be used until the thread has ended.
    /// Whether the library called the current code. If so, this code must not track events.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The tracker whose delivery thread this is.
    static DELIVERY_THREAD: Cell<Option<DeliveryId>> = const { Cell::new(None) };
}

/// Identifies the delivery thread of a tracker, together with the threads on which the delivery
/// thread runs blocking calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeliveryId(NonZeroU64);

impl DeliveryId {
    /// Returns an id that no other tracker in this process has.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MAX))
    }

    /// Marks the current thread, until it ends, as one that delivers events.
    pub(crate) fn mark_current_thread(self) {
        DELIVERY_THREAD.set(Some(self));
        INSIDE.set(true);
    }

    /// Returns whether the current thread delivers events of this tracker.
    pub(crate) fn is_current_thread(self) -> bool {
        DELIVERY_THREAD.get() == Some(self)
    }
}

/// Returns whether the library called the current code. This is true on the delivery thread of any
/// tracker, and in a subscriber that is handling a log record from this library.
#[inline]
pub(crate) fn is_inside() -> bool {
    INSIDE.get()
}

/// Calls `log`, which writes a log record. Events that a subscriber tracks for this record are
/// dropped. Otherwise, a dropped event could cause a log record, and that record could cause
/// another event. A panic of the subscriber is caught.
pub(crate) fn log(log: impl FnOnce()) {
    let _ = call(log);
}

/// Calls code of the application. Events that it tracks are dropped, because the caller may be
/// tracking an event itself. Returns `None` if the code panics.
pub(crate) fn call<T>(code: impl FnOnce() -> T) -> Option<T> {
    struct Restore(bool);

    impl Drop for Restore {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }

    let _restore = Restore(INSIDE.replace(true));
    panics::catch(code)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_is_inside_while_it_logs_even_if_the_subscriber_panics() {
        assert!(!is_inside());
        log(|| {
            assert!(is_inside());
            log(|| {});
            assert!(is_inside());
        });
        log(|| panic!("a subscriber that panics"));
        assert!(!is_inside());
    }

    #[test]
    fn a_delivery_thread_is_that_of_one_tracker() {
        let (one, other) = (DeliveryId::new(), DeliveryId::new());
        assert!(!one.is_current_thread());
        let check = move || {
            one.mark_current_thread();
            log(|| {});
            is_inside() && one.is_current_thread() && !other.is_current_thread()
        };
        assert!(thread::spawn(check).join().unwrap());
        assert!(!is_inside());
    }
}
