//! The same program with a counting allocator. Linking `allocation_counter` replaces the default
//! allocator.

use std::process::ExitCode;

mod peer;

fn main() -> ExitCode {
    harness::main::<peer::Subject>(Some(|work| allocation_counter::measure(work).count_total))
}
