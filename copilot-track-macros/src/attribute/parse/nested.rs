//! Parses arguments that contain other arguments.

use crate::{
    error::Errors,
    meta::list::{self, Arg, ArgValue},
};

/// Parses the arguments inside `key(…)`. The errors show `example` as a valid use.
pub(super) fn parse_list(
    arg: &Arg,
    names: &[&str],
    example: &str,
    errors: &mut Errors,
) -> Option<Vec<Arg>> {
    match &arg.value {
        ArgValue::List(tokens) => {
            let args = list::parse(tokens.clone(), names, errors);
            if args.is_empty() && tokens.is_empty() {
                errors.error_at(
                    arg.span(),
                    format!("`{}(…)` is empty; write `{example}`", arg.name()),
                );
            }
            Some(args)
        }
        ArgValue::Invalid => None,
        ArgValue::Flag | ArgValue::Expr(_) => {
            errors.error_at(
                arg.span(),
                format!("expected `(…)` after `{}`; write `{example}`", arg.name()),
            );
            None
        }
    }
}
