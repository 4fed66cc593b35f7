//! Finds renamed rules and fields among the removed and the added ones.

/// Removes the pairs that `is_rename` accepts from `removed` and `added`, and returns them. An item
/// with several possible partners is not paired, because the new name is then a guess.
pub(super) fn pairs<T: Copy>(
    removed: &mut Vec<T>,
    added: &mut Vec<T>,
    is_rename: impl Fn(T, T) -> bool,
) -> Vec<(T, T)> {
    // Plans with very many changes are compared without a search for renames.
    if removed.len().saturating_mul(added.len()) > 100_000 {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    removed.retain(|&old| {
        let mut partners = added.iter().filter(|&&new| is_rename(old, new));
        let (Some(&new), None) = (partners.next(), partners.next()) else {
            return true;
        };
        pairs.push((old, new));
        let position = added.iter().position(|&other| is_rename(old, other));
        if let Some(position) = position {
            added.remove(position);
        }
        false
    });
    pairs
}
