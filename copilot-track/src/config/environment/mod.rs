//! Configuration through environment variables.

mod from_env;
mod value;
mod variables;

pub(super) use from_env::content;
