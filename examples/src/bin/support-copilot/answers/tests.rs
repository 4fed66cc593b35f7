use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;

use super::{
    answer::{Answer, Attachment, Outcome},
    explain::{RETURNS, explain},
    reply::answer,
};
use crate::{
    assistant::{Memory, Topic, decide},
    shop::Shop,
};

async fn answer_to(messages: &[&str]) -> Answer {
    let shop = Shop::open().unwrap();
    let mut memory = Memory::default();
    let mut last = None;
    for message in messages {
        let plan = decide(message, &memory, shop.catalog());
        memory.remember(&plan);
        let mut current = answer(&shop, &plan, memory.customer.as_ref()).await;
        if let Some(Outcome::Identified(customer)) = current.outcome.take()
            && let Some(waiting) = memory.set_customer(customer)
        {
            current = answer(&shop, &waiting, memory.customer.as_ref()).await;
        }
        last = Some(current);
    }
    last.unwrap()
}

#[tokio::test]
async fn answers_contain_the_shop_data() {
    for (message, text) in [
        (
            "is the super widget in stock",
            "Yes, the Super Widget is in stock: 37 left, at $19.99 each.",
        ),
        (
            "is the super widget deluxe in stock",
            "The Super Widget Deluxe is sold out. The next ones are due on June 29.",
        ),
        (
            "how much is the mini widget",
            "The Mini Widget is $8.99, and 212 are in stock.",
        ),
        (
            "nobody@example.com",
            "Sorry, I can't find an account for nobody@example.com.",
        ),
        (
            "lanterns under $3",
            "I'm afraid we have none of those for $3.00 or less.",
        ),
    ] {
        assert_eq!(answer_to(&[message]).await.text, text);
    }
}

#[tokio::test]
async fn an_order_is_placed_after_the_customer_is_identified() {
    let answer = answer_to(&["order two mini widgets", "priya.haddad@example.com"]).await;
    let Some(Outcome::Ordered(order)) = answer.outcome else {
        panic!("{answer:?}")
    };
    assert_eq!(order.lines[0].quantity, 2);
    assert_eq!(order.total().to_string(), "$17.98");
    assert!(
        answer
            .text
            .starts_with("Done, Priya: 2 × Mini Widget, $17.98 in total.")
    );
}

#[tokio::test]
async fn the_answer_says_why_an_order_cannot_be_placed() {
    for (message, text) in [
        ("order a super widget deluxe", "sold out"),
        (
            "order 19 widget repair kits",
            "Sorry, only 18 left in stock.",
        ),
        (
            "order 5000 mini widgets",
            "for 5000, please contact our sales team",
        ),
    ] {
        let answer = answer_to(&["C-1340", message]).await;
        assert!(answer.text.contains(text), "{}", answer.text);
        assert!(answer.outcome.is_none());
    }
}

#[tokio::test]
async fn the_price_history_has_a_chart() {
    let answer = answer_to(&["price history of the super widget"]).await;
    let Some(Attachment::PriceChart { png, .. }) = answer.attachment else {
        panic!("{answer:?}")
    };
    assert!(png.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn the_stream_contains_every_word_of_the_text() {
    let shop = Arc::new(Shop::open().unwrap());
    let words: Vec<_> = explain(shop, Topic::Returns, Duration::ZERO)
        .collect()
        .await;
    assert!(words.len() > 20);
    assert_eq!(words.concat(), RETURNS);
}
