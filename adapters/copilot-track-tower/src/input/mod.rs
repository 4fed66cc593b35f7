//! What a request contains: ids, cookies, addresses, languages, and consent.

pub(crate) mod accept_language;
pub(crate) mod app_closure;
pub(crate) mod consent;
pub(crate) mod context;
pub(crate) mod cookies;
pub(crate) mod counts;
pub(crate) mod forwarded;
pub(crate) mod ids;
pub(crate) mod proxies;
