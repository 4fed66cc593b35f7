//! An application without code: only its dependencies are measured.

fn main() {}
