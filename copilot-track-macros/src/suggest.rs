//! "Did you mean" suggestions and lists of alternatives for error messages.

/// Returns the candidate that is closest to `typed`, if one is close enough.
pub(crate) fn closest_match<'a>(typed: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    candidates
        .iter()
        .map(|candidate| (edit_distance(&typed, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Formats words as `` `a`, `b`, and `c` ``, with `conjunction` before the last word.
pub(crate) fn quoted_list(words: &[&str], conjunction: &str) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} {conjunction} {second}"),
        [init @ .., last] => format!("{}, {conjunction} {last}", init.join(", ")),
    }
}

/// Returns the Damerau–Levenshtein distance: the number of insertions, deletions, replacements, and
/// swaps of adjacent characters that turn one word into the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut before_last = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i; to.len() + 1];
        for j in 1..=to.len() {
            let replaced = last[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_the_closest_key() {
        let keys = ["type", "action", "sub_type", "conversation"];
        assert_eq!(closest_match("tpye", &keys), Some("type"));
        assert_eq!(closest_match("subtype", &keys), Some("sub_type"));
        assert_eq!(closest_match("conversaton", &keys), Some("conversation"));
        assert_eq!(closest_match("color", &keys), None);
    }
}
