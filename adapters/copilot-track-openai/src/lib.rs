#![doc = include_str!("../README.md")]

mod body;
mod events;
mod report;
mod request;
mod response;
mod service;

pub use crate::service::{TrackCalls, TrackedCalls, http_service};
