//! What tells one run of numbers from another.

/// A name that nobody else has.
pub(super) fn random_name() -> String {
    let random = std::hash::RandomState::new();
    format!("{:016x}", std::hash::BuildHasher::hash_one(&random, 0))
}
