//! Measures what a library adds to the clean build of an application.

use crate::measure::compile::clean_build::clean_build;
use crate::measure::compile::libraries::{ROUNDS, dependency};
use crate::measurement_names::APPLICATION;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::results::Results;
use crate::subjects::PLAIN_APPLICATION;
use crate::workspace::root;

/// The libraries that are added to the application.
const ADDED: [&str; 2] = ["copilot-track", "posthog-rs"];

pub(super) fn measure(options: &Options, results: &mut Results) {
    if !options.includes(APPLICATION) {
        return;
    }
    let dependencies = match dependencies() {
        Ok(text) => text,
        Err(why) => return results.add(APPLICATION, PLAIN_APPLICATION, Err(why)),
    };
    for round in 0..ROUNDS {
        eprintln!("{APPLICATION} · {PLAIN_APPLICATION}");
        let plain = clean_build("application", &dependencies);
        for name in ADDED {
            // There is a target for the figures of copilot-track, so copilot-track is built in
            // every round.
            let again = round == 0 || name == "copilot-track";
            if options.includes_subject(name) && again {
                eprintln!("{APPLICATION} · {name}");
                let text = format!("{dependencies}\n{}", dependency(name));
                let outcome = clean_build(&format!("application-{name}"), &text);
                results.add(APPLICATION, name, compared(outcome, &plain));
            }
        }
        results.add(APPLICATION, PLAIN_APPLICATION, plain);
    }
}

/// Returns the dependencies of the package `application`, as its manifest states them.
fn dependencies() -> Result<String, String> {
    let file = root().join("application/Cargo.toml");
    let manifest = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let (_, dependencies) = manifest
        .split_once("[dependencies]\n")
        .ok_or("the application has no dependencies")?;
    Ok(dependencies.to_owned())
}

/// Adds figures to an outcome: the differences between its figures and those of the plain
/// application.
fn compared(outcome: Outcome, plain: &Outcome) -> Outcome {
    let mut figures = outcome?;
    let plain = plain.as_ref().map_err(Clone::clone)?;
    for (name, added) in [
        ("crates", "added_crates"),
        ("cpu_seconds", "added_cpu_seconds"),
    ] {
        if let (Some(with), Some(without)) = (figures.get(name), plain.get(name)) {
            figures.insert(added.to_owned(), with - without);
        }
    }
    Ok(figures)
}
