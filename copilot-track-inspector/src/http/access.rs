//! Who may use the server.

use axum::http::{HeaderMap, HeaderValue, header::HOST};

use super::{hosts::AllowedHosts, origins::AllowedOrigins, token::Token};
use crate::base_url::BaseUrl;

/// Who may use the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    pub(crate) hosts: AllowedHosts,
    pub(crate) origins: AllowedOrigins,
    pub(crate) token: Option<Token>,
    pub(crate) base_url: Option<BaseUrl>,
}

impl Access {
    /// Returns whether an `Origin` header is the origin of the inspector's own page.
    pub(super) fn is_own_origin(&self, origin: &HeaderValue, headers: &HeaderMap) -> bool {
        let is_local = headers.get(HOST).is_some_and(|host| {
            origin.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes())
        });
        is_local
            || self
                .base_url
                .as_ref()
                .is_some_and(|base| origin.as_bytes() == base.origin().as_bytes())
    }

    /// Returns the path below which the page is, without a slash at its end.
    pub(super) fn base_path(&self) -> &str {
        self.base_url.as_ref().map_or("", BaseUrl::path)
    }
}
