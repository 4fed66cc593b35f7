use crate::{
    assistant::{
        memory::Memory,
        plan::{Claim, Question},
    },
    shop::{Catalog, CustomerId, Money, OrderId, Product, Sku, search},
};

/// The maximum number of words that are read from a message.
const MAX_WORDS: usize = 200;

/// A message, split into words.
pub(super) struct Message<'a> {
    /// The words as typed, without surrounding punctuation. Email addresses, numbers, and amounts
    /// are read from these words.
    raw: Vec<&'a str>,
    /// The words in lowercase, without plural endings.
    words: Vec<String>,
}

impl<'a> Message<'a> {
    pub(super) fn read(message: &'a str) -> Self {
        Self {
            raw: message
                .split_whitespace()
                .take(MAX_WORDS)
                .map(|word| {
                    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '$' && c != '#')
                })
                .filter(|word| !word.is_empty())
                .collect(),
            words: search::words(message).into_iter().take(MAX_WORDS).collect(),
        }
    }

    pub(super) fn contains_any(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    pub(super) fn identity_claim(&self) -> Option<Claim> {
        self.raw.iter().find_map(|word| {
            let email = word
                .split_once('@')
                .filter(|(name, host)| !name.is_empty() && host.contains('.'));
            match email {
                Some(_) => Some(Claim::Email(word.to_lowercase())),
                None => CustomerId::parse(word).map(Claim::Number),
            }
        })
    }

    pub(super) fn order_id(&self) -> Option<OrderId> {
        self.raw.iter().find_map(|word| {
            // A number without a prefix is an order number only if the message mentions an order.
            let bare = word.bytes().all(|byte| byte.is_ascii_digit());
            (!bare || self.contains_any(&["order", "package", "parcel"]))
                .then(|| OrderId::parse(word))
                .flatten()
        })
    }

    /// Returns `true` for "where is my package?" and "has my order shipped?", but not for "order
    /// two of them".
    pub(super) fn is_about_own_order(&self) -> bool {
        let own_order =
            self.contains_any(&["my", "our"]) && self.contains_any(&["order", "delivery"]);
        let parcel = self.contains_any(&["package", "parcel"]);
        let progress =
            self.contains_any(&["where", "track", "statu", "arrive", "arrived", "shipped"]);
        own_order || parcel || (progress && self.contains_any(&["order"]))
    }

    pub(super) fn question(&self) -> Option<Question> {
        let number = self.number();
        if self.contains_any(&["history", "trend", "chart", "graph", "plot", "year"]) {
            Some(Question::PriceHistory)
        } else if self.contains_any(&["order", "buy", "purchase", "take", "reserve"])
            || (number.is_some() && self.contains_any(&["want", "like", "need", "give", "send"]))
        {
            Some(Question::Order {
                quantity: number.unwrap_or(1),
            })
        } else if self.contains_any(&["stock", "available", "availability", "inventory"]) {
            Some(Question::Stock)
        } else if self.contains_any(&["price", "cost", "much", "expensive"]) {
            Some(Question::Price)
        } else if self.contains_any(&["have", "left", "many"]) {
            Some(Question::Stock)
        } else if self.contains_any(&[
            "about", "describe", "detail", "tell", "weigh", "weight", "made",
        ]) {
            Some(Question::Description)
        } else {
            None
        }
    }

    /// Returns `true` for messages such as "do you have any lanterns?", which ask for products and
    /// not for the number in stock.
    pub(super) fn is_browsing(&self) -> bool {
        self.contains_any(&[
            "any",
            "show",
            "looking",
            "recommend",
            "suggest",
            "sell",
            "which",
            "what",
        ])
    }

    /// Returns the first number in the message. A number before "person" does not count, because it
    /// is part of a product name ("two-person tent").
    fn number(&self) -> Option<u32> {
        const NAMES: [&str; 13] = [
            "zero", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve",
        ];
        (0..self.words.len()).find_map(|at| {
            let word = self.words[at].as_str();
            if self.words.get(at + 1).is_some_and(|next| next == "person") {
                return None;
            }
            if word.bytes().all(|byte| byte.is_ascii_digit()) {
                return Some(word.parse().unwrap_or(u32::MAX));
            }
            match word {
                "couple" | "pair" => Some(2),
                "dozen" => Some(12),
                // "One" is missing, because it is rarely a number ("this one"), and the default
                // quantity is 1 anyway.
                _ => (0..)
                    .zip(NAMES)
                    .find(|(_, name)| *name == word)
                    .map(|(n, _)| n),
            }
        })
    }

    /// Returns the price limit in messages such as "under $40".
    pub(super) fn budget(&self) -> Option<Money> {
        self.raw.windows(2).find_map(|pair| {
            let limit = ["under", "below", "than", "to", "within", "max"];
            limit
                .contains(&pair[0].to_lowercase().as_str())
                .then(|| pair[1].trim_start_matches('$').parse().ok())
                .flatten()
        })
    }

    /// Returns the products that the message names by number, name, or department.
    pub(super) fn products<'s>(&self, catalog: &'s Catalog) -> Vec<&'s Product> {
        if let Some(product) = self.raw.iter().find_map(|word| catalog.by_number(word)) {
            return vec![product];
        }
        let found = catalog.find(&self.words);
        let department = |product: &&Product| {
            let words = search::words(&product.category);
            self.words.iter().any(|word| words.contains(word))
                && found
                    .named
                    .iter()
                    .all(|named| words.iter().any(|word| word == named))
        };
        let departments: Vec<_> = catalog.products().iter().filter(department).collect();
        if departments.len() > found.products.len() {
            departments
        } else {
            found.products
        }
    }

    /// Returns the product that the message chooses from the products that were shown, as in "the
    /// second one", "the cheapest", or "the harbor one".
    pub(super) fn choice(
        &self,
        products: &[&Product],
        memory: &Memory,
        catalog: &Catalog,
    ) -> Option<Sku> {
        let shown = &memory.choices;
        let named: Vec<_> = products
            .iter()
            .filter(|product| shown.contains(&product.sku))
            .collect();
        if let [one] = named[..] {
            return Some(one.sku.clone());
        }
        if !products.is_empty() {
            return None;
        }
        if self.contains_any(&["cheapest"]) {
            let price = |sku: &&Sku| catalog.get(sku).map(|product| product.price);
            return shown.iter().min_by_key(price).cloned();
        }
        let ordinal = |word: &String| match word.as_str() {
            "first" => Some(0),
            "second" => Some(1),
            "third" => Some(2),
            "fourth" => Some(3),
            "fifth" => Some(4),
            "last" => shown.len().checked_sub(1),
            _ => None,
        };
        let place = match &self.words[..] {
            // A single digit answers "which one?".
            [only] if only.len() == 1 => only.parse::<usize>().ok()?.checked_sub(1),
            words => words.iter().find_map(ordinal),
        };
        shown.get(place?).cloned()
    }
}
