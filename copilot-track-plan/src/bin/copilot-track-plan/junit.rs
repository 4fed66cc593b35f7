//! `JUnit` reports, in the form that GitLab, Jenkins, and GitHub actions read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::outcome::{Found, Outcome};
use crate::output::counted;

/// Returns the report. Each event with findings is a failed test case.
pub(crate) fn report(outcome: &Outcome) -> String {
    let mut events: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for found in &outcome.found {
        let name = found.finding.event.as_str();
        let name = if name.is_empty() {
            "lines that are not calls"
        } else {
            name
        };
        events.entry(name).or_default().push(found);
    }
    let (tests, failures) = (events.len().max(1), events.len());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  \
         <testsuite name=\"tracking plan\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"
    );
    for (name, found) in &events {
        let name = escaped(name);
        let count = counted(found.len(), "finding");
        // Writing to a string does not fail.
        let _ = writeln!(
            xml,
            "    <testcase classname=\"tracking plan\" name=\"{name}\">\n      \
             <failure message=\"{count}\" type=\"tracking-plan\">"
        );
        for Found {
            file,
            line,
            finding,
        } in found
        {
            let _ = writeln!(xml, "{}", escaped(&format!("{file}:{line}: {finding}")));
        }
        xml.push_str("      </failure>\n    </testcase>\n");
    }
    if events.is_empty() {
        let count = outcome.call_count;
        let _ = writeln!(
            xml,
            "    <testcase classname=\"tracking plan\" name=\"{count} calls match the plan\"/>"
        );
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Escapes text for XML. Characters that XML does not allow become `?`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            c if c < ' ' => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    escaped
}
