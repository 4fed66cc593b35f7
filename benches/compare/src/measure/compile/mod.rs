//! Measures clean builds, binary sizes, and builds of 500 annotated functions.

mod application;
mod binary_size;
mod cargo;
mod clean_build;
mod functions;
mod generated;
mod libraries;

use crate::options::Options;
use crate::results::Results;

pub(super) fn measure(options: &Options, results: &mut Results) {
    clean_build::measure(options, results);
    application::measure(options, results);
    binary_size::measure(options, results);
    functions::measure(options, results);
}
