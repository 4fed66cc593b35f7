//! Detects forks.
//!
//! A forked process has a copy of its parent's memory but only one thread. It has no delivery
//! thread, and a lock that another thread held during the fork is never released. Therefore, the
//! queue checks whether this process is a fork before it waits for a lock or wakes the delivery
//! thread.

/// The id of the process that started the delivery thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessId(u32);

impl ProcessId {
    /// Returns the current process's id.
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    /// Returns whether the current process is a fork of the process with this id. This costs a
    /// system call.
    pub(crate) fn is_fork(self) -> bool {
        std::process::id() != self.0
    }
}
