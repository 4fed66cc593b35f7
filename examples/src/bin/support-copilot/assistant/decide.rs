use crate::{
    assistant::{
        memory::Memory,
        message::Message,
        plan::{Plan, Question, Topic},
    },
    shop::{Catalog, Sku},
};

/// The maximum number of products that are offered at once.
pub(super) const MAX_CHOICES: usize = 5;

/// Decides what to do about a message. **A language model would go here.**
///
/// The model would receive the message, the history, and the functions in [`tools`](crate::tools).
/// It would choose the tools to call, and it would write the answers itself instead of using
/// [`answers`](crate::answers). This example matches keywords, so it needs neither a model nor a
/// network.
pub(crate) fn decide(message: &str, memory: &Memory, catalog: &Catalog) -> Plan {
    let message = Message::read(message);
    let plan = plan_for(&message, memory, catalog);
    let needs_identity = match &plan {
        Plan::OrderStatus(_) | Plan::Answer(Question::Order { .. }, _) => memory.customer.is_none(),
        _ => false,
    };
    if needs_identity {
        Plan::AskForIdentity(Box::new(plan))
    } else {
        plan
    }
}

fn plan_for(message: &Message<'_>, memory: &Memory, catalog: &Catalog) -> Plan {
    if let Some(claim) = message.identity_claim() {
        return Plan::Identify(claim);
    }
    if let Some(order) = message.order_id() {
        return Plan::OrderStatus(Some(order));
    }
    if message.contains_any(&["return", "refund", "exchange", "warranty", "guarantee"]) {
        return Plan::Explain(Topic::Returns);
    }
    if message.is_about_own_order() {
        return Plan::OrderStatus(None);
    }
    if let Some(plan) = plan_about_products(message, memory, catalog) {
        return plan;
    }
    if message.contains_any(&["shipping", "delivery", "deliver", "postage"]) {
        Plan::Explain(Topic::Shipping)
    } else if message.contains_any(&["bye", "goodbye", "quit", "exit"]) {
        Plan::Goodbye
    } else if message.contains_any(&["nevermind", "never", "forget", "cancel", "no", "nope"]) {
        Plan::NeverMind
    } else if message.contains_any(&["thank", "thanks", "thx", "cheer", "great", "perfect"]) {
        Plan::Thank
    } else if message.contains_any(&["help", "can", "what", "human", "person", "menu"]) {
        Plan::Explain(Topic::Help)
    } else if message.contains_any(&["hi", "hello", "hey", "morning", "afternoon", "evening"]) {
        Plan::Greet
    } else {
        Plan::NotUnderstood
    }
}

fn plan_about_products(message: &Message<'_>, memory: &Memory, catalog: &Catalog) -> Option<Plan> {
    let question = message.question();
    let open_question = question
        .or(memory.open_question)
        .unwrap_or(Question::Description);
    let budget = message.budget();
    let mut products = message.products(catalog);
    let chosen = message.choice(&products, memory, catalog);
    if let Some(sku) = chosen {
        return Some(plan_for_product(open_question, sku));
    }
    if let [product] = products[..] {
        return Some(plan_for_product(open_question, product.sku.clone()));
    }
    if products.is_empty() {
        // A message such as "How much is it?" is about the last product.
        return match (question, &memory.product) {
            (Some(question), Some(sku)) => Some(plan_for_product(question, sku.clone())),
            (Some(question), None) => Some(Plan::AskForProduct(question)),
            (None, _) => None,
        };
    }
    products.sort_by_key(|product| product.price);
    if let Some(budget) = budget {
        products.retain(|product| product.price <= budget);
    }
    products.truncate(MAX_CHOICES);
    let choices = products.into_iter().map(|product| product.sku.clone());
    Some(match question {
        Some(question) if budget.is_none() && !message.is_browsing() => {
            Plan::Choose(question, choices.collect())
        }
        _ => Plan::Browse {
            choices: choices.collect(),
            budget,
        },
    })
}

fn plan_for_product(question: Question, sku: Sku) -> Plan {
    match question {
        Question::Description => Plan::Explain(Topic::Product(sku)),
        question => Plan::Answer(question, sku),
    }
}
