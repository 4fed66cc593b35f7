//! Markdown tables.

use std::fmt::Write as _;

use crate::results::{Results, Stat, number};

/// A column: its heading, the measurement and the figure that it shows, and a factor by which the
/// figure is multiplied.
pub(super) struct Column {
    heading: &'static str,
    measurement: String,
    name: &'static str,
    factor: f64,
}

pub(super) fn column(heading: &'static str, measurement: &str, name: &'static str) -> Column {
    scaled(heading, measurement, name, 1.0)
}

pub(super) fn scaled(
    heading: &'static str,
    measurement: &str,
    name: &'static str,
    factor: f64,
) -> Column {
    Column {
        heading,
        measurement: measurement.to_owned(),
        name,
        factor,
    }
}

fn spread(stat: Stat, factor: f64) -> String {
    let (median, min, max) = (
        number(stat.median * factor),
        number(stat.min * factor),
        number(stat.max * factor),
    );
    if min == max {
        median
    } else {
        format!("{median} ({min}–{max})")
    }
}

/// Returns the formatted figure or, if the measurement failed, the reason for the failure.
fn cell(results: &Results, subject: &str, column: &Column) -> Option<String> {
    if let Some(stat) = results.stat_by_name(&column.measurement, subject, column.name) {
        return Some(spread(stat, column.factor));
    }
    results
        .failure(&column.measurement, subject)
        .map(|why| why.replace('|', "/"))
}

pub(super) fn table(
    results: &Results,
    first: &str,
    subjects: &[&str],
    columns: &[Column],
) -> String {
    let mut text = format!("| {first} |");
    for column in columns {
        let _ = write!(text, " {} |", column.heading);
    }
    text.push_str("\n| --- |");
    text.push_str(&" --- |".repeat(columns.len()));
    text.push('\n');
    for subject in subjects {
        let cells: Vec<_> = columns
            .iter()
            .map(|column| cell(results, subject, column))
            .collect();
        if cells.iter().all(Option::is_none) {
            continue;
        }
        let _ = write!(text, "| {subject} |");
        for cell in cells {
            let _ = write!(text, " {} |", cell.unwrap_or_default());
        }
        text.push('\n');
    }
    text
}
