use crate::{
    assistant::{
        memory::Memory,
        plan::{Ask, Plan, Topic},
        said::Said,
    },
    shop::{Catalogue, Sku},
};

/// How many products are shown to choose from.
pub(super) const SHOWN: usize = 5;
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
