use std::process::ExitCode;

mod peer;

fn main() -> ExitCode {
    harness::main::<peer::Subject>(None)
}
