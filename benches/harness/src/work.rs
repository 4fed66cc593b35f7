//! The work of an application thread.

/// The work of an application thread: a loop of calls to the instrumented function.
pub trait Workload {
    type Output;
    /// Runs the loop. `call` calls the function once. The argument of `call` is the number of the
    /// call.
    fn run(self, call: impl FnMut(u64)) -> Self::Output;
}
