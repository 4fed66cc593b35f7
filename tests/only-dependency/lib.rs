//! This package contains only tests, in `tests/`.
