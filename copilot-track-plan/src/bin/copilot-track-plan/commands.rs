//! The commands except `check`.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use copilot_track_plan::{Effect, GenerateOptions, Plan, Sources, UseKind};

use crate::options::{DiffOptions, ExportOptions, Format, RustOptions, ScanOptions};
use crate::output::write;

/// The suffix of the output of `updates`.
const JSON: &str = "json";

pub(crate) fn export(options: &ExportOptions) -> Result<(), Box<dyn Error>> {
    let plan = Plan::read(&options.plan)?;
    write_plan(&plan, options.format, options.output.as_deref())
}

fn write_plan(plan: &Plan, format: Format, output: Option<&Path>) -> Result<(), Box<dyn Error>> {
    if matches!(format, Format::Rules | Format::Updates) {
        for issue in plan.segment_issues() {
            eprintln!("warning: {issue}");
        }
    }
    match format {
        Format::Rules => write(output, &plan.to_json_text()),
        Format::Typewriter => write(output, &plan.to_typewriter()),
        Format::Markdown => write(output, &plan.to_markdown()),
        Format::Updates => write_updates(plan, output),
    }
}

/// Writes one file for each update: `plan-1.json` and so on.
fn write_updates(plan: &Plan, output: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let updates = plan.to_updates();
    let Some(output) = output else {
        return match updates.as_slice() {
            [update] => write(None, update),
            _ => Err(format!(
                "the plan needs {} updates; write them to files with `--output update.json`",
                updates.len()
            )
            .into()),
        };
    };
    for (index, update) in updates.iter().enumerate() {
        let file = numbered(output, index + 1);
        write(Some(&file), update)?;
        eprintln!("wrote {}", file.display());
    }
    Ok(())
}

fn numbered(file: &Path, number: usize) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file
        .extension()
        .map_or(JSON.into(), |extension| extension.to_string_lossy());
    file.with_file_name(format!("{stem}-{number}.{extension}"))
}

/// Prints the changes. Returns whether none of them is breaking.
pub(crate) fn diff(options: &DiffOptions) -> Result<bool, Box<dyn Error>> {
    let (old, new) = (Plan::read(&options.old)?, Plan::read(&options.new)?);
    let changes = copilot_track_plan::diff(&old, &new);
    let mut out = io::stdout().lock();
    for (effect, title) in [
        (Effect::Breaking, "Breaking"),
        (Effect::Compatible, "Compatible"),
        (Effect::Documentation, "Documentation"),
    ] {
        let mut changes = changes
            .iter()
            .filter(|change| change.effect == effect)
            .peekable();
        if changes.peek().is_some() {
            writeln!(out, "{title}:")?;
        }
        for change in changes {
            writeln!(out, "  {change}")?;
        }
    }
    if changes.is_empty() {
        writeln!(out, "The plans have the same meaning.")?;
    }
    Ok(changes
        .iter()
        .all(|change| change.effect != Effect::Breaking))
}

pub(crate) fn rust(options: &RustOptions) -> Result<(), Box<dyn Error>> {
    let plan = Plan::read(&options.plan)?;
    let mut generate = GenerateOptions::default();
    generate.schemars = options.schemars;
    let rust = copilot_track_plan::generate(&plan, &generate);
    for note in &rust.notes {
        eprintln!("note: {note}");
    }
    write(options.output.as_deref(), &rust.code)
}

pub(crate) fn scan(options: &ScanOptions) -> Result<(), Box<dyn Error>> {
    let mut sources = Sources::default();
    for folder in &options.folders {
        sources = sources.with(copilot_track_plan::scan(folder)?);
    }
    for used in sources.uses() {
        let kind = match used.kind() {
            UseKind::Derive => "derive",
            UseKind::Attribute => "attribute",
            UseKind::CustomEvent => "custom event",
            UseKind::SpecEvent => "call",
            _ => "use",
        };
        let (location, event) = (used.location(), used.event().unwrap_or("an unknown event"));
        eprintln!("{location}: {event} ({kind}, `{}`)", used.item());
    }
    for problem in sources.problems() {
        eprintln!("warning: {problem}");
    }
    write_plan(&sources.plan(), options.format, options.output.as_deref())
}
