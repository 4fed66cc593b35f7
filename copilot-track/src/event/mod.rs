//! Events, before they are converted to JSON.

pub(crate) mod context;
pub(crate) mod custom;
pub(crate) mod described;
pub(crate) mod event_name;
pub(crate) mod event_settings;
pub(crate) mod extra_properties;
pub(crate) mod heap_size;
pub(crate) mod id_and_clock;
pub(crate) mod identified_users;
pub(crate) mod ids;
pub(crate) mod integrations;
pub(crate) mod prices;
pub(crate) mod properties;
pub(crate) mod rating;
pub(crate) mod role;
pub(crate) mod sampling;
pub mod spec;
pub(crate) mod track_event;
pub(crate) mod turn_context;
pub(crate) mod usage;
pub(crate) mod user;
