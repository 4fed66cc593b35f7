//! The printed report.

use std::collections::BTreeMap;

use crate::annotation::{Annotation, Refusal};
use crate::attributes::Attribute;
use crate::build::CompilerMessage;
use crate::package::Package;
use crate::suite::Comparison;

/// Prints one line with the figures, and then each kind of message once, with an example.
pub(crate) fn print<'a>(package: &'a Package, attribute: &Attribute, annotation: &'a Annotation) {
    let Annotation {
        refusals,
        new_warnings,
        lost_warnings,
        unattributed,
        suite,
        ..
    } = annotation;
    let no_way_out = refusals
        .iter()
        .filter(|refusal| !refusal.names_way_out())
        .count();
    print!(
        "{} · {}: {} functions, {} refused, {no_way_out} errors without a way out, {} new warnings, \
         {} lost warnings, {} other errors",
        package.name,
        attribute.name,
        package.functions(),
        annotation.refused(),
        new_warnings.len(),
        lost_warnings.len(),
        unattributed.len(),
    );
    match suite {
        Some(Comparison {
            passed_before,
            passed_after,
            changed,
        }) => println!(
            ", {passed_before} tests passed before and {passed_after} after, {} changed",
            changed.len()
        ),
        None => println!(),
    }
    let (with, without): (Vec<_>, Vec<_>) =
        refusals.iter().partition(|refusal| refusal.names_way_out());
    let error = |refusal: &'a Refusal| (Some(package.name_of(refusal.function)), &refusal.error);
    print_kinds("refused", with.into_iter().map(error));
    print_kinds("refused without a way out", without.into_iter().map(error));
    print_kinds(
        "new warning",
        new_warnings.iter().map(|warning| (None, warning)),
    );
    print_kinds(
        "lost warning",
        lost_warnings.iter().map(|warning| (None, warning)),
    );
    print_kinds(
        "other error",
        unattributed.iter().map(|error| (None, error)),
    );
    for test in suite.iter().flat_map(|suite| &suite.changed) {
        let result =
            |result: &Option<String>| result.clone().unwrap_or_else(|| "missing".to_owned());
        let (before, after) = (result(&test.before), result(&test.after));
        println!("  changed test {}: {before}, then {after}", test.name);
    }
}

/// Prints messages that differ only in names once, with their number and one function.
fn print_kinds<'a>(
    title: &str,
    messages: impl Iterator<Item = (Option<&'a str>, &'a CompilerMessage)>,
) {
    let mut kinds = BTreeMap::<String, Vec<_>>::new();
    for (function, message) in messages {
        let code = message.code.as_deref().unwrap_or("no code");
        let kind = format!("{code} {}", without_quoted(&message.message));
        kinds.entry(kind).or_default().push((function, message));
    }
    for messages in kinds.values() {
        let (function, message) = messages[0];
        let place = function.map_or_else(String::new, |name| format!(", first in `{name}`"));
        println!("  {} × {title}{place}", messages.len());
        for line in message.rendered.trim_end().lines() {
            println!("    {line}");
        }
    }
}

/// Replaces the parts of a message in backticks, which are often names of the crate.
fn without_quoted(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let parts = parts.map(|(index, part)| if index % 2 == 0 { part } else { "…" });
    parts.collect::<Vec<_>>().join("`")
}
