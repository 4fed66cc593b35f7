use std::{sync::Arc, time::Duration};

use copilot_track::tracked_reply;
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};

use crate::{
    answers::answer::Answer,
    assistant::Topic,
    shop::{MAX_PER_ORDER, Product, Shop, ShopError, Sku},
    tools,
};

/// Returns a longer answer as a stream of words. `pace` is the pause between two words.
///
/// When the stream ends or is dropped, it sends one Message Received with the text streamed so far.
#[tracked_reply]
pub(crate) fn explain(
    shop: Arc<Shop>,
    topic: Topic,
    pace: Duration,
) -> impl Stream<Item = String> + Send {
    let text = async move {
        match topic {
            Topic::Product(sku) => describe(&shop, &sku)
                .await
                .unwrap_or_else(|error| Answer::from(error).text),
            Topic::Returns => RETURNS.to_owned(),
            Topic::Shipping => SHIPPING.to_owned(),
            Topic::Help => {
                format!("{HELP} I can also order up to {MAX_PER_ORDER} of a product for you.")
            }
        }
    };
    // With a language model, the stream would be the model's tokens.
    text.into_stream()
        .flat_map(|text| {
            let words: Vec<_> = text.split_inclusive(' ').map(str::to_owned).collect();
            stream::iter(words)
        })
        .then(move |word| async move {
            if !pace.is_zero() {
                tokio::time::sleep(pace).await;
            }
            word
        })
}

async fn describe(shop: &Shop, sku: &Sku) -> Result<String, ShopError> {
    let product = tools::look_up_product(shop, sku)?;
    let stock = tools::stock_level(shop, sku).await?;
    let Product {
        name,
        description,
        weight_g,
        price,
        ..
    } = product;
    let availability = match stock.on_shelf {
        0 => "It is sold out at the moment.".to_owned(),
        1 => "There is one left in stock.".to_owned(),
        on_shelf => format!("There are {on_shelf} in stock."),
    };
    Ok(format!(
        "The {name}: {description} It weighs {weight_g} g and costs {price}. {availability} Would you \
         like me to order one, or show you its price history?"
    ))
}

pub(super) const RETURNS: &str = "You can return anything within 60 days, used or not. The return \
    label is free, and you get your refund about three days after the package reaches us. If \
    something breaks within five years, we repair or replace it.";

const SHIPPING: &str = "Orders placed before noon ship the same day and take two to four days to arrive. \
    Shipping costs $4.90 and is free on orders of $60 or more. You get a tracking number by email, and \
    you can ask me at any time where your order is.";

const HELP: &str = "I know our catalog, our stock, and your orders. You can ask me questions such as \
    these: Is the Super Widget in stock? Can I see its price history? Do you have any lanterns under \
    $40? Where is my order?";
