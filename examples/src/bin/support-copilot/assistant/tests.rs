use super::{
    decide::{MAX_CHOICES, decide},
    memory::Memory,
    plan::{Claim, Plan, Question, Topic},
};
use crate::shop::{CustomerId, Money, OrderId, Shop, Sku};

/// Returns the plans for the messages of one conversation.
fn plans(messages: &[&str]) -> Vec<Plan> {
    let shop = Shop::open().unwrap();
    let mut memory = Memory::default();
    messages
        .iter()
        .map(|message| {
            let plan = decide(message, &memory, shop.catalog());
            memory.remember(&plan);
            if let Plan::Identify(_) = plan {
                let customer = shop.customer(&CustomerId::parse("C-1340").unwrap());
                memory.set_customer(customer.unwrap().clone());
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
    let mut products = shop.catalog().products().iter();
    products
        .find(|product| product.name == name)
        .unwrap()
        .sku
        .clone()
}

#[test]
fn a_single_message_is_understood() {
    let widget = sku("Super Widget");
    for message in [
        "Is the Super Widget in stock?",
        "how many super widgets are left",
        "do you have the supre widget? WGT-1550",
        "super widget available?",
    ] {
        assert_eq!(
            plan(message),
            Plan::Answer(Question::Stock, widget.clone()),
            "{message}"
        );
    }
    for message in ["How much is the super widget?", "price of wgt-1550"] {
        assert_eq!(
            plan(message),
            Plan::Answer(Question::Price, widget.clone()),
            "{message}"
        );
    }
    assert_eq!(
        plan("Show me the price history of the Super Widget"),
        Plan::Answer(Question::PriceHistory, widget.clone())
    );
    assert_eq!(
        plan("tell me about the super widget"),
        Plan::Explain(Topic::Product(widget))
    );
    assert_eq!(plan("hello!"), Plan::Greet);
    assert_eq!(
        plan("What is your return policy?"),
        Plan::Explain(Topic::Returns)
    );
    assert_eq!(plan("how long is shipping"), Plan::Explain(Topic::Shipping));
    assert_eq!(plan("thanks a lot"), Plan::Thank);
    assert_eq!(plan("ok bye"), Plan::Goodbye);
    assert_eq!(plan("what can you do"), Plan::Explain(Topic::Help));
    assert_eq!(
        plan("how much is it?"),
        Plan::AskForProduct(Question::Price)
    );
    assert_eq!(plan("日本語 🦀"), Plan::NotUnderstood);
    assert_eq!(plan(""), Plan::NotUnderstood);
    assert_eq!(plan(&"lantern ".repeat(100_000)), plan("lantern"));
}

#[test]
fn it_and_them_refer_to_the_last_product() {
    let widget = sku("Super Widget");
    let followed_up = plans(&["how much is it?", "the super widget"]);
    assert_eq!(
        followed_up[1],
        Plan::Answer(Question::Price, widget.clone())
    );
    let plans = plans(&[
        "is the super widget in stock",
        "how much is it?",
        "order two of them please",
        "priya.haddad@example.com",
        "I'll take three more",
    ]);
    assert_eq!(plans[1], Plan::Answer(Question::Price, widget.clone()));
    let two = Plan::Answer(Question::Order { quantity: 2 }, widget.clone());
    assert_eq!(plans[2], Plan::AskForIdentity(Box::new(two)));
    assert_eq!(
        plans[3],
        Plan::Identify(Claim::Email("priya.haddad@example.com".into()))
    );
    assert_eq!(
        plans[4],
        Plan::Answer(Question::Order { quantity: 3 }, widget)
    );
}

#[test]
fn a_choice_answers_the_open_question() {
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
    assert_eq!(choices.len(), MAX_CHOICES);
    assert_eq!(
        plans[1],
        Plan::Answer(Question::Price, sku("Harbor Lantern"))
    );
    let Plan::Choose(Question::Stock, choices) = &plans[2] else {
        panic!("{:?}", plans[2])
    };
    assert_eq!(plans[3], Plan::Answer(Question::Stock, choices[1].clone()));
    assert_eq!(plans[4], Plan::Answer(Question::Price, choices[0].clone()));
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
    assert_eq!(plans[0], Plan::AskForIdentity(Box::new(status.clone())));
    assert!(matches!(plans[1], Plan::Identify(Claim::Number(_))));
    assert_eq!(plans[2], status);
    assert_eq!(plans[3], Plan::OrderStatus(None));
}

#[test]
fn a_number_in_a_name_is_not_a_quantity() {
    let order = |message: &str| match plans(&["C-1340", message]).remove(1) {
        Plan::Answer(Question::Order { quantity }, sku) => (quantity, sku),
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
