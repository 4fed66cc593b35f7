//! A corpus of secrets and harmless text, and figures that show how well masking works on it.

mod corpus;
mod score;

pub use corpus::{Case, Corpus};
pub use score::{MaskingTracker, Score, leaks};
