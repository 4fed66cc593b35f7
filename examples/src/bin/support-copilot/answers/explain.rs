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
            Topic::Help => format!("{HELP} I can order up to {MAX_PER_ORDER} of one product."),
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
        0 => "sold out at the moment".to_owned(),
        on_shelf => format!("{on_shelf} are in stock"),
    };
    Ok(format!(
        "The {name}: {description} It weighs {weight_g} g and costs {price}; {availability}. Shall I \
         order one for you, or show you its price history?"
    ))
}

pub(super) const RETURNS: &str = "You can return anything within 60 days, used or not. The label is free, and \
    you get the refund about three days after the parcel reaches us. If something breaks within five \
    years, we repair or replace it.";

const SHIPPING: &str = "Orders placed before noon leave the same day and take two to four days. \
    Shipping costs $4.90, and is free from $60. You get a tracking number by e-mail, and you can ask \
    me where your order is at any time.";

const HELP: &str = "I know our catalog, our stock and your orders. Ask me, for example, whether the \
    Super Widget is in stock, for its price history, for lanterns under $40, where your order is, or \
    to order two of something.";
