//! Instance ids. An instance id identifies a series of sequence numbers.

/// Returns a random instance id.
pub(super) fn random_instance_id() -> String {
    let random = std::hash::RandomState::new();
    format!("{:016x}", std::hash::BuildHasher::hash_one(&random, 0))
}
