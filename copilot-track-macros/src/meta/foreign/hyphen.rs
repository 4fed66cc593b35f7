//! Reports keys that contain hyphens.

use syn::{Ident, Token, ext::IdentExt, parse::ParseStream};

use crate::error::Errors;

/// Reports a name with a hyphen, such as `sub-type`.
pub(crate) fn report_hyphen(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) {
    let fork = input.fork();
    let (mut typed, mut name) = (key.to_string(), key.to_string());
    while fork.peek(Token![-]) {
        let _: Result<Token![-], _> = fork.parse();
        let Ok(part) = fork.call(Ident::parse_any) else {
            break;
        };
        typed = format!("{typed}-{part}");
        name = format!("{name}_{part}");
    }
    errors.error_at(
        key.span(),
        format!(
            "argument names contain underscores, not hyphens; write `{name}` instead of `{typed}`"
        ),
    );
}
