//! The estimated cost of several calls.

use crate::event::prices;
use crate::event::prices::model_call::ModelCall;

/// The estimated cost of several calls to models. It is known only if the cost of every call is
/// known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EstimatedCost(Option<f64>);

impl Default for EstimatedCost {
    fn default() -> Self {
        Self(Some(0.0))
    }
}

impl EstimatedCost {
    /// Adds a call, or `None` if too little is known about the call.
    pub(crate) fn add(&mut self, call: Option<ModelCall<'_>>) {
        if let Self(Some(total)) = *self {
            let cost = call.as_ref().and_then(prices::cost_usd);
            *self = Self(cost.map(|cost| total + cost));
        }
    }

    /// Adds the cost of other calls.
    pub(crate) fn merge(&mut self, Self(other): Self) {
        self.0 = self.0.zip(other).map(|(total, cost)| total + cost);
    }

    /// Returns the cost in US dollars, or `None` if it is 0 or not known.
    pub(crate) fn usd(self) -> Option<f64> {
        self.0.filter(|cost| *cost > 0.0)
    }
}
