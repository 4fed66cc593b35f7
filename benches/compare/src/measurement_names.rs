//! The names of the measurements.

pub(crate) const BURST: &str = "call burst";
pub(crate) const REPLY: &str = "call reply";
pub(crate) const THREADS: &str = "call 2 threads";
pub(crate) const IDLE: &str = "call idle";
pub(crate) const IDLE_COLD: &str = "call idle sleeping";
pub(crate) const SLOW: &str = "call slow server";
pub(crate) const DOWN: &str = "call server down";
pub(crate) const ALLOCATIONS: &str = "allocations";
pub(crate) const ALLOCATIONS_REPLY: &str = "allocations reply";
pub(crate) const THROUGHPUT: &str = "throughput";
pub(crate) const GZIP: &str = "throughput gzip";
pub(crate) const THROUGHPUT_SLOW: &str = "throughput slow server";
pub(crate) const MEMORY_BURST: &str = "memory";
pub(crate) const SCOPE: &str = "poll scope";
pub(crate) const STREAM: &str = "poll stream item";

pub(crate) const SHUTDOWN: &str = "shutdown without response";
pub(crate) const SYSCALLS: &str = "system calls idle";
pub(crate) const CLEAN: &str = "compile clean build";
pub(crate) const APPLICATION: &str = "compile application";
pub(crate) const FUNCTIONS: &str = "compile 500 functions";
pub(crate) const SIZE: &str = "compile size";
/// The numbers of events after which a program exits without a flush.
pub(crate) const EXITS: [u64; 3] = [100, 1_000, 9_000];

pub(crate) fn exit_name(calls: u64) -> String {
    format!("exit {calls}")
}
