//! The results of a crate's tests.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::build::{Build, TestProgram};

/// The results by program and test, such as `ok` and `FAILED`.
pub(crate) type Results = BTreeMap<String, String>;

/// The results of a crate's tests without and with an attribute.
pub(crate) struct Comparison {
    pub(crate) passed_before: usize,
    pub(crate) passed_after: usize,
    pub(crate) changed: Vec<ChangedTest>,
}

/// A test whose result changed.
pub(crate) struct ChangedTest {
    pub(crate) name: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// Runs test programs and documentation tests.
pub(crate) fn run(build: &Build, programs: &[TestProgram]) -> Result<Results, String> {
    let mut results = Results::new();
    for TestProgram { name, path } in programs {
        let mut command = Command::new(path);
        command
            .current_dir(build.folder())
            .env("CARGO_MANIFEST_DIR", build.folder());
        add_results(&mut results, name, &mut command)?;
    }
    add_results(&mut results, "doc", &mut build.cargo(&["test", "--doc"]))?;
    Ok(results)
}

/// Compares the results without and with an attribute.
pub(crate) fn compare(before: &Results, after: &Results) -> Comparison {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| ChangedTest {
            name: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        });
    let passed = |results: &Results| results.values().filter(|result| *result == "ok").count();
    Comparison {
        passed_before: passed(before),
        passed_after: passed(after),
        changed: changed.collect(),
    }
}

/// Runs a test program and adds its results, and one result for the whole program.
fn add_results(results: &mut Results, name: &str, command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|why| format!("{name}: {why}"))?;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let test = line.strip_prefix("test ");
        if let Some((test, result)) = test.and_then(|test| test.rsplit_once(" ... ")) {
            results.insert(format!("{name} {test}"), result.to_owned());
        }
    }
    results.insert(name.to_owned(), output.status.to_string());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Results, add_results, compare};

    #[test]
    fn compares_results() {
        let run = |text: &str| {
            let mut results = Results::new();
            let mut command = Command::new("printf");
            add_results(&mut results, "lib", command.arg(text)).unwrap();
            results
        };
        let before = run("test a ... ok\ntest b ... ok\nnoise\n");
        let after = run("test a ... ok\ntest b ... FAILED\ntest c ... ok\n");
        let comparison = compare(&before, &after);
        let names: Vec<_> = comparison
            .changed
            .iter()
            .map(|test| test.name.as_str())
            .collect();
        assert_eq!(names, ["lib b", "lib c"]);
        assert_eq!((comparison.passed_before, comparison.passed_after), (2, 2));
        assert!(compare(&before, &before).changed.is_empty());
    }
}
