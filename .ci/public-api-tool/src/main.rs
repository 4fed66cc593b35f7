//! Prints the public API that a rustdoc JSON file describes, an item a line.
//!
//! `public-api-tool FILE.json`. Implementations of auto traits and blanket implementations are left
//! out, since they follow from the other items.

use std::process::ExitCode;

use public_api::Builder;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: public-api-tool FILE.json");
        return ExitCode::from(2);
    };
    let api = Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build();
    match api {
        Ok(api) => {
            print!("{api}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
