//! Which process this is.
//!
//! A fork copies memory and the one thread that calls it. The delivery thread stays behind, and a
//! lock that another thread held at that moment is never released. So where a lock is not free at
//! once, and before anything waits or wakes, it is asked whether this is still the process that has
//! the thread.

/// The process in which a delivery thread was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessId(u32);

impl ProcessId {
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    /// Whether this is a fork of it. Costs a system call.
    pub(crate) fn is_fork(self) -> bool {
        std::process::id() != self.0
    }
}
