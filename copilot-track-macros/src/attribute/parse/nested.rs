//! The arguments that have arguments.

use crate::{
    error::Errors,
    meta::list::{self, Arg, ArgValue},
};

pub(super) fn parse_list(
    arg: &Arg,
    name: &str,
    example: &str,
    errors: &mut Errors,
) -> Option<Vec<Arg>> {
    match &arg.value {
        ArgValue::List(tokens) => {
            let args = list::parse(tokens.clone(), name, errors);
            if args.is_empty() && tokens.is_empty() {
                errors.error_at(
                    arg.span(),
                    format!("`{}` names nothing: write `{example}`", arg.name()),
                );
            }
            Some(args)
        }
        ArgValue::Invalid => None,
        ArgValue::Flag | ArgValue::Expr(_) => {
            errors.error_at(
                arg.span(),
                format!("`{}` takes a list: write `{example}`", arg.name()),
            );
            None
        }
    }
}
