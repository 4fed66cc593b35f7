//! Tests of the whole path of delivery.

mod outage;
