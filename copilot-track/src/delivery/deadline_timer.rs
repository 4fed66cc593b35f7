//! Wakes async callers at their deadlines.
//!
//! A flush must return by its deadline on any executor, even if the delivery thread is blocked in
//! the application's code or in the file system. Neither the delivery thread's runtime nor the
//! caller's executor can guarantee that. The timer therefore has its own thread, which exists only
//! while a caller waits.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use crate::util::panics;

/// A timer for any number of callers.
#[derive(Debug, Default)]
pub(crate) struct DeadlineTimer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when the thread must look at the alarms again.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The callers that wait, in the order of their deadlines.
    alarms: BTreeMap<AlarmKey, Waker>,
    next_id: u64,
    has_thread: bool,
}

type AlarmKey = (Instant, u64);

/// A deadline of one caller. Dropping it removes the deadline from the timer.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: Arc<Shared>,
    key: AlarmKey,
}

impl DeadlineTimer {
    /// Creates an alarm for a deadline. The alarm does nothing until it is polled.
    pub(crate) fn alarm(&self, deadline: Instant) -> Alarm {
        let mut state = self.0.lock();
        state.next_id += 1;
        Alarm {
            timer: Arc::clone(&self.0),
            key: (deadline, state.next_id),
        }
    }
}

impl Alarm {
    /// Returns whether the deadline has passed. If not, arranges for the task to be woken at the
    /// deadline.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.key.0 <= Instant::now() {
            return Poll::Ready(());
        }
        // Wakers belong to the caller's executor, so they are not cloned or dropped under the lock.
        let waker = context.waker().clone();
        let mut state = self.timer.lock();
        let earlier = state.alarms.insert(self.key, waker);
        if !state.has_thread {
            // If no thread can be started, the next poll tries again. The delivery thread wakes the
            // task, too, unless it is blocked.
            state.has_thread = self.start_thread().is_ok();
        } else if state.alarms.keys().next() == Some(&self.key) {
            self.timer.changed.notify_one();
        }
        drop(state);
        drop(earlier);
        Poll::Pending
    }

    fn start_thread(&self) -> io::Result<()> {
        let timer = Arc::clone(&self.timer);
        thread::Builder::new()
            .name("copilot-track-deadlines".to_owned())
            .spawn(move || timer.run())?;
        Ok(())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let mut state = self.timer.lock();
        let waker = state.alarms.remove(&self.key);
        if waker.is_some() && state.alarms.is_empty() {
            // The thread ends.
            self.timer.changed.notify_one();
        }
        drop(state);
        drop(waker);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes callers at their deadlines until no caller waits.
    fn run(&self) {
        let mut state = self.lock();
        while let Some(next) = state.alarms.first_entry() {
            let left = next.key().0.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let waker = next.remove();
                drop(state);
                panics::catch(|| waker.wake());
                state = self.lock();
            } else {
                let waited = self.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state.has_thread = false;
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::sync::mpsc;
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    /// A waker that sends its name, and panics if the name is empty.
    struct Named(&'static str, mpsc::Sender<&'static str>);

    impl Wake for Named {
        fn wake(self: Arc<Self>) {
            let _ = self.1.send(self.0);
            assert!(!self.0.is_empty(), "a waker that panics");
        }
    }

    fn poll(alarm: &mut Alarm, name: &'static str, woken: &mpsc::Sender<&'static str>) -> bool {
        let waker = Waker::from(Arc::new(Named(name, woken.clone())));
        alarm.poll(&Context::from_waker(&waker)).is_ready()
    }

    /// Waits until the timer's thread has ended.
    fn wait_for_end(timer: &DeadlineTimer) {
        while timer.0.lock().has_thread {
            thread::yield_now();
        }
    }

    #[test]
    fn callers_are_woken_in_the_order_of_their_deadlines_even_if_a_waker_panics() {
        let timer = DeadlineTimer::default();
        let (woken, names) = mpsc::channel();
        let now = Instant::now();
        let after = |ms| timer.alarm(now + Duration::from_millis(ms));
        let mut alarms = [(after(90), "last"), (after(60), ""), (after(30), "first")];
        let mut never = timer.alarm(now + LONG);
        assert!(!poll(&mut never, "never", &woken));
        for (alarm, name) in &mut alarms {
            assert!(!poll(alarm, name, &woken));
        }
        let order: Vec<_> = names.iter().take(3).collect();
        assert_eq!(order, ["first", "", "last"]);
        assert!(now.elapsed() >= Duration::from_millis(90));
        for (alarm, name) in &mut alarms {
            assert!(poll(alarm, name, &woken));
        }
        drop(never);
        wait_for_end(&timer);
        assert!(names.try_recv().is_err());
    }

    #[test]
    fn a_dropped_alarm_leaves_no_thread_and_no_waker() {
        let timer = DeadlineTimer::default();
        let (woken, names) = mpsc::channel();
        for _ in 0..3 {
            let mut alarm = timer.alarm(Instant::now() + LONG);
            // Polling again replaces the waker.
            assert!(!poll(&mut alarm, "a", &woken) && !poll(&mut alarm, "b", &woken));
            assert_eq!(timer.0.lock().alarms.len(), 1);
            drop(alarm);
            wait_for_end(&timer);
        }
        drop(woken);
        // Every waker has been dropped.
        assert!(names.recv().is_err());
    }

    #[test]
    fn an_alarm_whose_deadline_has_passed_starts_no_thread() {
        let timer = DeadlineTimer::default();
        let (woken, _names) = mpsc::channel();
        let mut alarm = timer.alarm(Instant::now());
        assert!(poll(&mut alarm, "a", &woken));
        assert!(!timer.0.lock().has_thread);
    }
}
