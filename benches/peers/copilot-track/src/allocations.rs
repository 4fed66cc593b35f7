//! Linking `allocation_counter` replaces the allocator by one that counts.

use std::process::ExitCode;

mod peer;

fn main() -> ExitCode {
    harness::main::<peer::Subject>(Some(|work| allocation_counter::measure(work).count_total))
}
