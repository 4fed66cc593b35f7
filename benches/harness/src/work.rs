//! What is done with an instrumented function.

/// What a thread of the application does with the instrumented function.
pub trait Workload {
    type Output;
    /// `call` calls the function once; its argument counts the calls.
    fn run(self, call: impl FnMut(u64)) -> Self::Output;
}
