//! Detection of forks.
//!
//! A forked process has a copy of the memory and only one thread. It has no delivery thread, and a
//! lock that another thread held during the fork is never released. Before waiting for a lock or
//! waking the delivery thread, the queue therefore checks whether this process is a fork.

/// The id of the process in which the delivery thread was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessId(u32);

impl ProcessId {
    /// Returns the current process's id.
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    /// Whether the current process is another one, i.e. a fork. Costs a system call.
    pub(crate) fn is_fork(self) -> bool {
        std::process::id() != self.0
    }
}
