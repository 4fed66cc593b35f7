//! A corpus of secrets and harmless text, and how much of it masking finds.

mod corpus;
mod score;

pub use corpus::{Case, Corpus};
pub use score::{MaskingTracker, Score, leaks};
