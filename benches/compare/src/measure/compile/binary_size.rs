//! Measures the size of stripped programs.

use std::collections::BTreeMap;
use std::process::Command;

use crate::measurement_names::SIZE;
use crate::options::Options;
use crate::results::Results;
use crate::workspace::{program, scratch};

pub(super) fn measure(options: &Options, results: &mut Results) {
    if options.includes(SIZE) {
        let plain = stripped("peer-plain");
        for (name, package) in [
            ("copilot-track", "peer-copilot-track"),
            ("segment", "peer-segment"),
            ("posthog-rs", "peer-posthog"),
            ("rudderanalytics", "peer-rudder"),
            ("tracing", "peer-tracing"),
            ("fastrace", "peer-fastrace"),
        ] {
            let outcome = plain.clone().and_then(|plain| {
                let size = stripped(package)?;
                Ok(BTreeMap::from([
                    ("bytes".to_owned(), size),
                    ("beyond_plain".to_owned(), size - plain),
                ]))
            });
            results.add(SIZE, name, outcome);
        }
    }
}

fn stripped(package: &str) -> Result<f64, String> {
    let file = scratch("stripped")?.join(package);
    let status = Command::new("strip")
        .arg("-o")
        .arg(&file)
        .arg(program(package))
        .status()
        .map_err(|error| format!("cannot run `strip`: {error}"))?;
    if !status.success() {
        return Err("`strip` failed".to_owned());
    }
    let size = std::fs::metadata(&file).map_err(|error| error.to_string())?;
    Ok(size.len() as f64)
}
