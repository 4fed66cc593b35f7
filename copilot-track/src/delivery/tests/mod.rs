//! Tests of delivery as a whole.

mod outage;
