//! What a thread does with an instrumented function.

/// What a thread of the application does with the instrumented function: a loop of calls.
pub trait Workload {
    type Output;
    /// Runs the loop. `call` calls the function once; its argument is the number of the call.
    fn run(self, call: impl FnMut(u64)) -> Self::Output;
}
