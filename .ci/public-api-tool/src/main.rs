//! Prints the public API that a rustdoc JSON file describes, one item per line.
//!
//! Usage: `public-api-tool FILE.json`. Omits auto trait implementations and blanket
//! implementations, which follow from the other items. Sorts the lines by path, so their order
//! does not depend on the order of the items in the source.

use std::process::ExitCode;

use public_api::Builder;

const KEYWORDS: [&str; 14] = [
    "pub", "async", "const", "enum", "fn", "macro", "mod", "proc", "static", "struct", "trait",
    "type", "unsafe", "use",
];

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
            let mut lines: Vec<String> = api.items().map(ToString::to_string).collect();
            lines.retain(|line| !is_inherent_impl(line));
            lines.sort_by(|a, b| (sort_key(a), a).cmp(&(sort_key(b), b)));
            lines.dedup();
            for line in lines {
                println!("{line}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether a line is the head of an inherent `impl` block, whose items have their own
/// lines.
fn is_inherent_impl(line: &str) -> bool {
    line.starts_with("impl") && !line.contains(" for ")
}

/// Returns the path of an item or, for an implementation, the path of its type.
fn sort_key(line: &str) -> &str {
    if line.starts_with("impl") {
        return line.rsplit_once(" for ").map_or(line, |(_, path)| path);
    }
    let mut rest = line;
    loop {
        if rest.starts_with("#[") {
            rest = rest.split_once("] ").map_or("", |(_, after)| after);
        } else if let Some((word, after)) = rest.split_once(' ')
            && KEYWORDS.contains(&word)
        {
            rest = after;
        } else {
            return rest;
        }
    }
}
