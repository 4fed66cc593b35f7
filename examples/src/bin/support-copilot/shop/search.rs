//! Finds products by name. Incomplete names, plurals, synonyms, and typos also match.

use std::collections::{BTreeSet, HashMap};

use super::product::Product;

/// Words of product names that are also common in other sentences. They match only together with
/// another word of the name.
const WEAK_WORDS: &[&str] = &[
    "cook", "deluxe", "down", "hand", "mini", "multi", "over", "person", "pour", "rain", "repair",
    "set", "super", "two", "water",
];

/// Words that resemble a word of a product name but are not typos.
const NOT_TYPOS: &[&str] = &["store", "stock", "stuck", "package", "hope"];

const SYNONYMS: &[(&str, &[&str])] = &[
    ("axe", &["hatchet"]),
    ("backpack", &["daypack", "trekking"]),
    ("coat", &["jacket"]),
    ("cup", &["mug"]),
    ("flashlight", &["headlamp", "lantern"]),
    ("flask", &["bottle"]),
    ("hat", &["beanie"]),
    ("knives", &["knife"]),
    ("lamp", &["lantern", "headlamp"]),
    ("mattress", &["mat"]),
    ("multitool", &["multi", "tool"]),
    ("pad", &["mat"]),
    ("pan", &["skillet"]),
    ("raincoat", &["jacket"]),
    ("rucksack", &["daypack", "trekking"]),
    ("thermos", &["bottle"]),
    ("throw", &["blanket"]),
    ("torch", &["headlamp", "lantern"]),
];

/// Splits a string into lowercase words, without punctuation and plural endings.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut word = word.to_lowercase();
            if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
                word.pop();
            }
            word
        })
        .collect()
}

/// The words of all product names.
#[derive(Debug)]
pub(super) struct Index {
    /// The words of each name, in the order of the catalog.
    names: Vec<Vec<String>>,
    /// The number of names that contain each word.
    name_counts: HashMap<String, u32>,
}

/// The result of [`Index::find`].
#[derive(Debug)]
pub(crate) struct SearchResult<'a> {
    /// The best matches. All of them match equally well.
    pub(crate) products: Vec<&'a Product>,
    /// The words of the matching names that the message contains.
    pub(crate) named: BTreeSet<&'a str>,
}

/// How well a product matches a message.
struct Match<'a> {
    product: &'a Product,
    score: f64,
    in_full: bool,
    hits: Vec<&'a str>,
}

impl Index {
    pub(super) fn of(products: &[Product]) -> Self {
        let names: Vec<_> = products
            .iter()
            .map(|product| words(&product.name))
            .collect();
        let mut name_counts = HashMap::new();
        for word in names.iter().flatten() {
            *name_counts.entry(word.clone()).or_default() += 1;
        }
        Self { names, name_counts }
    }

    /// Returns the products whose names match the message best.
    pub(super) fn find<'a>(
        &'a self,
        products: &'a [Product],
        message: &[String],
    ) -> SearchResult<'a> {
        let message_words: BTreeSet<&str> = message
            .iter()
            .flat_map(|word| self.meanings(word))
            .collect();
        let mut matches: Vec<Match<'_>> = products
            .iter()
            .zip(&self.names)
            .filter_map(|(product, name)| {
                let hits = name.iter().map(String::as_str);
                let hits: Vec<&str> = hits.filter(|word| message_words.contains(word)).collect();
                hits.iter()
                    .any(|word| !WEAK_WORDS.contains(word))
                    .then(|| Match {
                        product,
                        score: hits.iter().map(|word| self.weight(word)).sum(),
                        in_full: hits.len() == name.len(),
                        hits,
                    })
            })
            .collect();
        let best = matches
            .iter()
            .map(|candidate| candidate.score)
            .fold(0.0, f64::max);
        // Allow for rounding errors, because the weights are added in different orders.
        matches.retain(|candidate| best - candidate.score < 1e-9);
        // A complete name wins over longer names that start with it.
        if matches.iter().any(|candidate| candidate.in_full) {
            matches.retain(|candidate| candidate.in_full);
        }
        SearchResult {
            products: matches.iter().map(|candidate| candidate.product).collect(),
            named: matches
                .into_iter()
                .flat_map(|candidate| candidate.hits)
                .collect(),
        }
    }

    /// Returns the weight of a word. Rare words, such as "widget", have a higher weight than common
    /// words, such as "larch".
    fn weight(&self, word: &str) -> f64 {
        let names = self.name_counts.get(word).copied().unwrap_or(1);
        1.0 + 1.0 / f64::from(names)
    }

    /// Returns the words of product names that a customer's word may mean.
    fn meanings(&self, word: &str) -> Vec<&str> {
        let known = |word| {
            self.name_counts
                .get_key_value(word)
                .map(|(known, _)| &**known)
        };
        if let Some(known) = known(word) {
            return vec![known];
        }
        if let Some((_, words)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == word) {
            return words.iter().filter_map(|word| known(word)).collect();
        }
        if word.len() < 5 || NOT_TYPOS.contains(&word) {
            return Vec::new();
        }
        // A word with five to seven letters may have one typo, and a longer word two. The first
        // letter must be correct.
        let max_typos = if word.len() < 8 { 1 } else { 2 };
        self.name_counts
            .keys()
            .filter(|known| known.len() >= 5 && known.chars().next() == word.chars().next())
            .map(|known| (strsim::osa_distance(known, word), known.as_str()))
            .filter(|(distance, _)| *distance <= max_typos)
            .min()
            .map(|(_, known)| known)
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::Shop;

    fn found(message: &str) -> Vec<String> {
        let shop = Shop::open().unwrap();
        let found = shop.catalog().find(&words(message));
        found
            .products
            .iter()
            .map(|product| product.name.clone())
            .collect()
    }

    #[test]
    fn a_name_finds_its_product() {
        for (message, name) in [
            ("Is the Super Widget in stock?", "Super Widget"),
            ("super widget deluxe please", "Super Widget Deluxe"),
            ("how much are tarn lanterns", "Tarn Lantern"),
            ("a larch tent for two", "Larch Two-Person Tent"),
            ("the LARCH   lantren!!", "Larch Lantern"),
            ("a multitool by cinder", "Cinder Multi-Tool"),
            ("the heron hand grinder", "Heron Hand Grinder"),
        ] {
            assert_eq!(found(message), [name], "{message}");
        }
    }

    #[test]
    fn a_kind_of_product_finds_all_of_that_kind() {
        let lanterns = found("do you have any lanterns?");
        assert!(lanterns.len() > 5, "{lanterns:?}");
        assert!(lanterns.iter().all(|name| name.contains("Lantern")));
        let packs = found("I need a rucksack");
        assert!(packs.iter().any(|name| name.contains("Daypack")));
        assert!(packs.iter().any(|name| name.contains("Trekking Pack")));
    }

    #[test]
    fn ordinary_words_find_nothing() {
        for message in [
            "",
            "order two of them",
            "did the price go down?",
            "can you give me a hand later, at your store",
            "where is my package",
            "日本語 🦀 ünïcödé",
        ] {
            assert!(found(message).is_empty(), "{message}: {:?}", found(message));
        }
    }
}
