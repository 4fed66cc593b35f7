//! A program that is killed; see [`CrashChild`].

use std::error::Error;

use copilot_track_tests::CrashChild;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    CrashChild::run(&arguments)
}
