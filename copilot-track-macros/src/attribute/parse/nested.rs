//! The arguments that have arguments.

use crate::{
    error::Errors,
    meta::list::{self, Arg, Value},
};

pub(super) fn inner(arg: &Arg, name: &str, example: &str, errors: &mut Errors) -> Option<Vec<Arg>> {
    match &arg.value {
        Value::List(tokens) => {
            let args = list::parse(tokens.clone(), name, errors);
            if args.is_empty() && tokens.is_empty() {
                errors.at(
                    arg.span(),
                    format!("`{}` names nothing: write `{example}`", arg.name()),
                );
            }
            Some(args)
        }
        Value::Broken => None,
        Value::Flag | Value::Expr(_) => {
            errors.at(
                arg.span(),
                format!("`{}` takes a list: write `{example}`", arg.name()),
            );
            None
        }
    }
}
