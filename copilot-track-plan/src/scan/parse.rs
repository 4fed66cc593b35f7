//! Parses files within limits, because the parser is recursive.

use std::fs;
use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The size of the largest file that is parsed.
const MAX_BYTES: u64 = 8 << 20;
/// The deepest nesting of brackets.
const MAX_DEPTH: usize = 128;
/// The largest number of tokens of one expression, which bounds the depth of its syntax tree.
const MAX_EXPRESSION: usize = 10_000;

/// Reads a file.
pub(super) fn read(file: &Path) -> Result<String, String> {
    let unreadable = |error| format!("cannot read the file: {error}");
    let size = fs::metadata(file).map_err(unreadable)?.len();
    if size > MAX_BYTES {
        return Err(format!("the file is larger than {} MiB", MAX_BYTES >> 20));
    }
    fs::read_to_string(file).map_err(unreadable)
}

/// Parses the text of a file. The error has the line and a message.
pub(super) fn parse(text: &str) -> Result<syn::File, (usize, String)> {
    // `syn::parse_file` does this, too.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = match text.split_once('\n') {
        Some((first, _)) if first.starts_with("#!") && !first.starts_with("#![") => {
            text.get(first.len()..).unwrap_or_default()
        }
        _ => text,
    };
    let tokens = TokenStream::from_str(text)
        .map_err(|error| (error.span().start().line, format!("cannot parse: {error}")))?;
    if let Some(line) = too_complex(&tokens) {
        let message = "an expression is too long or nested too deeply to be read".to_owned();
        return Err((line, message));
    }
    syn::parse2(tokens)
        .map_err(|error: syn::Error| (error.span().start().line, format!("cannot parse: {error}")))
}

/// Returns the line of the first token that exceeds a limit.
fn too_complex(tokens: &TokenStream) -> Option<usize> {
    let mut stack = vec![(tokens.clone().into_iter(), 0)];
    while let Some((tokens, length)) = stack.last_mut() {
        let Some(token) = tokens.next() else {
            stack.pop();
            continue;
        };
        *length += 1;
        let is_too_long = *length > MAX_EXPRESSION;
        match &token {
            TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ',') => *length = 0,
            TokenTree::Group(group) => {
                if stack.len() > MAX_DEPTH || is_too_long {
                    return Some(group.span_open().start().line);
                }
                if group.delimiter() == Delimiter::Brace && stack.len() == 1 {
                    // An item ends here.
                    if let Some((_, length)) = stack.last_mut() {
                        *length = 0;
                    }
                }
                stack.push((group.stream().into_iter(), 0));
            }
            other if is_too_long => return Some(other.span().start().line),
            _ => {}
        }
    }
    None
}
