//! The tests of `../tests` that are compiled in edition 2021 as well: users of older editions call
//! the same macros.
