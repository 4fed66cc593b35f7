//! Compiles some of the tests in `../tests` in edition 2021, because users of older editions call
//! the same macros.
