//! What the copilot makes of a message: from the customer's words to a [`Plan`].
//!
//! [`decide`] is the place where a model goes. Nothing else in the program would change.

use crate::shop::{Catalogue, Customer, CustomerId, Money, OrderId, Product, Sku, search};

/// What the copilot has understood, and does next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    Greet,
    Thank,
    /// The customer says goodbye: the conversation ends after the answer.
    Goodbye,
    /// Tell at some length, word by word.
    Tell(Topic),
    /// Answer a question about one product.
    Ask(Ask, Sku),
    /// Show products to choose from, because of a question that several of them fit.
    Choose(Ask, Vec<Sku>),
    /// Show products, for someone who looks around.
    Browse {
        choices: Vec<Sku>,
        budget: Option<Money>,
    },
    /// A question about a product, and no saying which.
    WhichProduct(Ask),
    /// This order, or the customer's latest.
    OrderStatus(Option<OrderId>),
    /// Something that only a known customer can have: ask who this is, and go on after that.
    WhoAreYou(Box<Plan>),
    Identify(Claim),
    NeverMind,
    NotUnderstood,
}

/// What customers ask about a product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ask {
    Stock,
    Price,
    PriceHistory,
    Description,
    Order { quantity: u32 },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Topic {
    Product(Sku),
    Returns,
    Shipping,
    Help,
}

/// Who a customer says they are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Claim {
    Email(String),
    Number(CustomerId),
}

/// What the conversation is about: what "it" and "the second one" mean.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) customer: Option<Customer>,
    product: Option<Sku>,
    choices: Vec<Sku>,
    asked: Option<Ask>,
    waiting: Option<Plan>,
}

impl Memory {
    /// Keeps what the next message may refer to.
    pub(crate) fn note(&mut self, plan: &Plan) {
        match plan {
            Plan::Ask(_, sku) | Plan::Tell(Topic::Product(sku)) => {
                self.product = Some(sku.clone());
                self.asked = None;
            }
            Plan::Choose(ask, choices) => {
                self.choices.clone_from(choices);
                self.asked = Some(*ask);
            }
            Plan::Browse { choices, .. } => {
                self.choices.clone_from(choices);
                self.asked = None;
            }
            Plan::WhichProduct(ask) => self.asked = Some(*ask),
            Plan::WhoAreYou(then) => self.waiting = Some((**then).clone()),
            Plan::NeverMind => (self.waiting, self.asked) = (None, None),
            _ => {}
        }
    }

    /// The customer is known now: what was waiting for that.
    pub(crate) fn welcome(&mut self, customer: Customer) -> Option<Plan> {
        self.customer = Some(customer);
        self.waiting.take()
    }
}

/// How many products are shown to choose from.
const SHOWN: usize = 5;
/// Words beyond this are not read; nobody asks a shop a question that long.
const READ: usize = 200;

/// **The place where a model goes.**
///
/// A model would be given the message, the memory as its history, and the tools of
/// [`tools`](crate::tools); it would choose what to call, and word the answers of
/// [`answers`](crate::answers) itself. This shop needs no model and no network: it matches
/// intents by their words.
pub(crate) fn decide(message: &str, memory: &Memory, catalogue: &Catalogue) -> Plan {
    let said = Said::read(message);
    let plan = understand(&said, memory, catalogue);
    let private = match &plan {
        Plan::OrderStatus(_) | Plan::Ask(Ask::Order { .. }, _) => memory.customer.is_none(),
        _ => false,
    };
    if private {
        Plan::WhoAreYou(Box::new(plan))
    } else {
        plan
    }
}

fn understand(said: &Said<'_>, memory: &Memory, catalogue: &Catalogue) -> Plan {
    if let Some(claim) = said.claim() {
        return Plan::Identify(claim);
    }
    if let Some(order) = said.order_id() {
        return Plan::OrderStatus(Some(order));
    }
    if said.any(&["return", "refund", "exchange", "warranty", "guarantee"]) {
        return Plan::Tell(Topic::Returns);
    }
    if said.about_their_order() {
        return Plan::OrderStatus(None);
    }
    if let Some(plan) = about_products(said, memory, catalogue) {
        return plan;
    }
    if said.any(&["shipping", "delivery", "deliver", "postage"]) {
        Plan::Tell(Topic::Shipping)
    } else if said.any(&["bye", "goodbye", "quit", "exit"]) {
        Plan::Goodbye
    } else if said.any(&["nevermind", "never", "forget", "cancel", "no", "nope"]) {
        Plan::NeverMind
    } else if said.any(&["thank", "thanks", "thx", "cheer", "great", "perfect"]) {
        Plan::Thank
    } else if said.any(&["help", "can", "what", "human", "person", "menu"]) {
        Plan::Tell(Topic::Help)
    } else if said.any(&["hi", "hello", "hey", "morning", "afternoon", "evening"]) {
        Plan::Greet
    } else {
        Plan::NotUnderstood
    }
}

fn about_products(said: &Said<'_>, memory: &Memory, catalogue: &Catalogue) -> Option<Plan> {
    let ask = said.ask();
    let asked_before = ask.or(memory.asked).unwrap_or(Ask::Description);
    let budget = said.budget();
    let mut products = said.products(catalogue);
    let chosen = said.choice(&products, memory, catalogue);
    if let Some(sku) = chosen {
        return Some(about(asked_before, sku));
    }
    if let [product] = products[..] {
        return Some(about(asked_before, product.sku.clone()));
    }
    if products.is_empty() {
        // "How much is it?": a question that names nothing is about what was last spoken of.
        return match (ask, &memory.product) {
            (Some(ask), Some(sku)) => Some(about(ask, sku.clone())),
            (Some(ask), None) => Some(Plan::WhichProduct(ask)),
            (None, _) => None,
        };
    }
    products.sort_by_key(|product| product.price);
    if let Some(budget) = budget {
        products.retain(|product| product.price <= budget);
    }
    products.truncate(SHOWN);
    let choices = products.into_iter().map(|product| product.sku.clone());
    Some(match ask {
        Some(ask) if budget.is_none() && !said.looks_around() => {
            Plan::Choose(ask, choices.collect())
        }
        _ => Plan::Browse {
            choices: choices.collect(),
            budget,
        },
    })
}

fn about(ask: Ask, sku: Sku) -> Plan {
    match ask {
        Ask::Description => Plan::Tell(Topic::Product(sku)),
        ask => Plan::Ask(ask, sku),
    }
}

/// A message, taken apart.
struct Said<'a> {
    /// As typed, without the punctuation around them: e-mail addresses, numbers, amounts.
    raw: Vec<&'a str>,
    /// Lower case, singular.
    words: Vec<String>,
}

impl<'a> Said<'a> {
    fn read(message: &'a str) -> Self {
        Self {
            raw: message
                .split_whitespace()
                .take(READ)
                .map(|word| {
                    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '$' && c != '#')
                })
                .filter(|word| !word.is_empty())
                .collect(),
            words: search::words(message).into_iter().take(READ).collect(),
        }
    }

    fn any(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    fn claim(&self) -> Option<Claim> {
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

    fn order_id(&self) -> Option<OrderId> {
        self.raw.iter().find_map(|word| {
            // A bare number is an order's only where an order is spoken of.
            let bare = word.bytes().all(|byte| byte.is_ascii_digit());
            (!bare || self.any(&["order", "package", "parcel"]))
                .then(|| OrderId::parse(word))
                .flatten()
        })
    }

    /// "Where is my parcel?", "has my order shipped?", but not "order two of them".
    fn about_their_order(&self) -> bool {
        let theirs = self.any(&["my", "our"]) && self.any(&["order", "delivery"]);
        let parcel = self.any(&["package", "parcel"]);
        let progress = self.any(&["where", "track", "statu", "arrive", "arrived", "shipped"]);
        theirs || parcel || (progress && self.any(&["order"]))
    }

    fn ask(&self) -> Option<Ask> {
        let number = self.number();
        if self.any(&["history", "trend", "chart", "graph", "plot", "year"]) {
            Some(Ask::PriceHistory)
        } else if self.any(&["order", "buy", "purchase", "take", "reserve"])
            || (number.is_some() && self.any(&["want", "like", "need", "give", "send"]))
        {
            Some(Ask::Order {
                quantity: number.unwrap_or(1),
            })
        } else if self.any(&["stock", "available", "availability", "inventory"]) {
            Some(Ask::Stock)
        } else if self.any(&["price", "cost", "much", "expensive"]) {
            Some(Ask::Price)
        } else if self.any(&["have", "left", "many"]) {
            Some(Ask::Stock)
        } else if self.any(&[
            "about", "describe", "detail", "tell", "weigh", "weight", "made",
        ]) {
            Some(Ask::Description)
        } else {
            None
        }
    }

    /// "Do you have any lanterns?" wants to see lanterns, not a count of them.
    fn looks_around(&self) -> bool {
        self.any(&[
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

    /// How many: the first number that is no part of a name ("two-person") or an amount.
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
                // "One" is most often no number ("this one"), and the default anyway.
                _ => (0..)
                    .zip(NAMES)
                    .find(|(_, name)| *name == word)
                    .map(|(n, _)| n),
            }
        })
    }

    /// "Under $40".
    fn budget(&self) -> Option<Money> {
        self.raw.windows(2).find_map(|pair| {
            let limit = ["under", "below", "than", "to", "within", "max"];
            limit
                .contains(&pair[0].to_lowercase().as_str())
                .then(|| pair[1].trim_start_matches('$').parse().ok())
                .flatten()
        })
    }

    /// The products that the message names, by number, name, or department.
    fn products<'s>(&self, catalogue: &'s Catalogue) -> Vec<&'s Product> {
        if let Some(product) = self.raw.iter().find_map(|word| catalogue.by_number(word)) {
            return vec![product];
        }
        let found = catalogue.find(&self.words);
        let department = |product: &&Product| {
            let words = search::words(&product.category);
            self.words.iter().any(|said| words.contains(said))
                && found
                    .named
                    .iter()
                    .all(|named| words.iter().any(|word| word == named))
        };
        let departments: Vec<_> = catalogue.products().iter().filter(department).collect();
        if departments.len() > found.products.len() {
            departments
        } else {
            found.products
        }
    }

    /// One of the products that were shown: "the second one", "the cheapest", "the harbor one".
    fn choice(&self, products: &[&Product], memory: &Memory, catalogue: &Catalogue) -> Option<Sku> {
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
        if self.any(&["cheapest"]) {
            let price = |sku: &&Sku| catalogue.get(sku).map(|product| product.price);
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
            // A bare number answers "which one?".
            [only] if only.len() == 1 => only.parse::<usize>().ok()?.checked_sub(1),
            words => words.iter().find_map(ordinal),
        };
        shown.get(place?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::Shop;

    /// Plays messages through, and says what the copilot made of each.
    fn plans(messages: &[&str]) -> Vec<Plan> {
        let shop = Shop::open().unwrap();
        let mut memory = Memory::default();
        messages
            .iter()
            .map(|message| {
                let plan = decide(message, &memory, shop.catalogue());
                memory.note(&plan);
                if let Plan::Identify(_) = plan {
                    let customer = shop.customer(&CustomerId::parse("C-1340").unwrap());
                    memory.welcome(customer.unwrap().clone());
                }
                plan
            })
            .collect()
    }

    fn plan(message: &str) -> Plan {
        plans(&[message]).remove(0)
    }

    fn sku(name: &str) -> Sku {
        let shop = Shop::open().unwrap();
        let mut products = shop.catalogue().products().iter();
        products
            .find(|product| product.name == name)
            .unwrap()
            .sku
            .clone()
    }

    #[test]
    fn one_message_is_understood() {
        let widget = sku("Super Widget");
        for message in [
            "Is the Super Widget in stock?",
            "how many super widgets are left",
            "do you have the supre widget? WGT-1550",
            "super widget available?",
        ] {
            assert_eq!(
                plan(message),
                Plan::Ask(Ask::Stock, widget.clone()),
                "{message}"
            );
        }
        for message in ["How much is the super widget?", "price of wgt-1550"] {
            assert_eq!(
                plan(message),
                Plan::Ask(Ask::Price, widget.clone()),
                "{message}"
            );
        }
        assert_eq!(
            plan("Show me the price history of the Super Widget"),
            Plan::Ask(Ask::PriceHistory, widget.clone())
        );
        assert_eq!(
            plan("tell me about the super widget"),
            Plan::Tell(Topic::Product(widget))
        );
        assert_eq!(plan("hello!"), Plan::Greet);
        assert_eq!(
            plan("What is your return policy?"),
            Plan::Tell(Topic::Returns)
        );
        assert_eq!(plan("how long is shipping"), Plan::Tell(Topic::Shipping));
        assert_eq!(plan("thanks a lot"), Plan::Thank);
        assert_eq!(plan("ok bye"), Plan::Goodbye);
        assert_eq!(plan("what can you do"), Plan::Tell(Topic::Help));
        assert_eq!(plan("how much is it?"), Plan::WhichProduct(Ask::Price));
        assert_eq!(plan("日本語 🦀"), Plan::NotUnderstood);
        assert_eq!(plan(""), Plan::NotUnderstood);
        assert_eq!(plan(&"lantern ".repeat(100_000)), plan("lantern"));
    }

    #[test]
    fn it_and_them_are_what_was_spoken_of() {
        let widget = sku("Super Widget");
        let asked = plans(&["how much is it?", "the super widget"]);
        assert_eq!(asked[1], Plan::Ask(Ask::Price, widget.clone()));
        let plans = plans(&[
            "is the super widget in stock",
            "how much is it?",
            "order two of them please",
            "priya.haddad@example.com",
            "I'll take three more",
        ]);
        assert_eq!(plans[1], Plan::Ask(Ask::Price, widget.clone()));
        let two = Plan::Ask(Ask::Order { quantity: 2 }, widget.clone());
        assert_eq!(plans[2], Plan::WhoAreYou(Box::new(two)));
        assert_eq!(
            plans[3],
            Plan::Identify(Claim::Email("priya.haddad@example.com".into()))
        );
        assert_eq!(plans[4], Plan::Ask(Ask::Order { quantity: 3 }, widget));
    }

    #[test]
    fn a_choice_answers_the_question_that_asked_for_it() {
        let plans = plans(&[
            "do you have any lanterns under $40?",
            "the harbor one, how much is it?",
            "is the larch in stock?",
            "2",
            "and the price of the cheapest?",
        ]);
        let Plan::Browse { choices, budget } = &plans[0] else {
            panic!("{:?}", plans[0])
        };
        assert_eq!(*budget, Some(Money::cents(4000)));
        assert_eq!(choices.len(), SHOWN);
        assert_eq!(plans[1], Plan::Ask(Ask::Price, sku("Harbor Lantern")));
        let Plan::Choose(Ask::Stock, choices) = &plans[2] else {
            panic!("{:?}", plans[2])
        };
        assert_eq!(plans[3], Plan::Ask(Ask::Stock, choices[1].clone()));
        assert_eq!(plans[4], Plan::Ask(Ask::Price, choices[0].clone()));
    }

    #[test]
    fn orders_are_private() {
        let order = OrderId::parse("SO-11681");
        let plans = plans(&[
            "where is my order SO-11681?",
            "my customer number is C-1340",
            "where's order #11681",
            "has my last order shipped?",
        ]);
        let status = Plan::OrderStatus(order);
        assert_eq!(plans[0], Plan::WhoAreYou(Box::new(status.clone())));
        assert!(matches!(plans[1], Plan::Identify(Claim::Number(_))));
        assert_eq!(plans[2], status);
        assert_eq!(plans[3], Plan::OrderStatus(None));
    }

    #[test]
    fn a_quantity_is_no_part_of_a_name() {
        let order = |message: &str| match plans(&["C-1340", message]).remove(1) {
            Plan::Ask(Ask::Order { quantity }, sku) => (quantity, sku),
            other => panic!("{message}: {other:?}"),
        };
        let tent = sku("Larch Two-Person Tent");
        assert_eq!(order("order a larch two-person tent"), (1, tent.clone()));
        assert_eq!(
            order("order three larch two-person tents"),
            (3, tent.clone())
        );
        assert_eq!(order("buy 2 larch tents"), (2, tent.clone()));
        assert_eq!(order("buy 99999999999 larch tents"), (u32::MAX, tent));
    }
}
