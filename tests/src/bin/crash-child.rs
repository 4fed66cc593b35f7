//! A program that is killed; see [`Victim`].

use std::error::Error;

use copilot_track_tests::Victim;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    Victim::run(&arguments)
}
