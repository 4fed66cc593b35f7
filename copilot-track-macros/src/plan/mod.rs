//! `plan!`: lists the events of a tracking plan.
//!
//! `copilot_track::plan!` passes its path to the library, a semicolon, and its arguments, so that
//! errors point at the arguments.

mod expand;
mod items;
#[cfg(test)]
mod tests;

pub(crate) use self::expand::expand;
