//! The estimated costs of calls to models.

pub(crate) mod estimated_cost;
pub(crate) mod model_call;
#[cfg(not(feature = "prices"))]
mod no_table;
#[cfg(feature = "prices")]
mod table;
#[cfg(feature = "prices")]
#[cfg(test)]
mod tests;

#[cfg(not(feature = "prices"))]
pub(crate) use self::no_table::{cost_usd, load};
#[cfg(feature = "prices")]
pub(crate) use self::table::{cost_usd, load};
