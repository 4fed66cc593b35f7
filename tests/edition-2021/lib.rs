//! Compiles some of the tests in `../tests` in edition 2021, because the macros must also work in
//! older editions.
