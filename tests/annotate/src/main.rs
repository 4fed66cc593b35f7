//! Puts an attribute on every function of a published crate, compiles the result, and reports what
//! changed: functions that the attribute refuses, and new warnings. With `--suite`, also compares
//! the results of the crate's tests.
//!
//! | file | content |
//! | --- | --- |
//! | `options.rs` | command-line options |
//! | `attributes.rs` | the attributes |
//! | `package.rs` | a copy of a crate from crates.io |
//! | `source.rs` | the source files with and without attributes |
//! | `functions.rs` | the functions in a source file |
//! | `build.rs` | runs of cargo, and the compiler's messages |
//! | `annotation.rs` | one attribute on all functions of a crate |
//! | `suite.rs` | the results of tests |
//! | `report.rs` | the printed report |

mod annotation;
mod attributes;
mod build;
mod functions;
mod options;
mod package;
mod report;
mod source;
mod suite;

use std::process::ExitCode;

use crate::annotation::annotate;
use crate::build::Build;
use crate::options::{CrateSpec, Options};
use crate::package::Package;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let mut is_clean = true;
    for spec in &options.crates {
        match run(&options, spec) {
            Ok(clean) => is_clean &= clean,
            Err(why) => {
                println!("{}: {why}", spec.name);
                is_clean = false;
            }
        }
    }
    if is_clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Annotates one crate with each attribute. Returns whether each refusal names a way out, and
/// nothing else changed.
fn run(options: &Options, spec: &CrateSpec) -> Result<bool, String> {
    let package = Package::download(options, spec)?;
    let build = Build::new(options, spec, &package.folder);
    let before = build.compile()?;
    if let Some(error) = before.errors().next() {
        return Err(format!(
            "does not compile without attributes\n{}",
            error.rendered
        ));
    }
    let mut tests_before = None;
    if options.suite {
        tests_before = Some(suite::run(&build, &before.programs)?);
    }
    let mut is_clean = true;
    for attribute in options.attributes() {
        let mut annotation = annotate(&package, &build, &before, attribute, options.position)?;
        if let Some(tests_before) = &tests_before
            && annotation.unattributed.is_empty()
        {
            let tests_after = suite::run(&build, &annotation.programs)?;
            annotation.suite = Some(suite::compare(tests_before, &tests_after));
        }
        report::print(&package, attribute, &annotation);
        is_clean &= annotation.is_clean();
    }
    package.restore()?;
    Ok(is_clean)
}
