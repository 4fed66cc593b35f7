//! TLS of the HTTP client: its implementation, and the root certificates that it trusts.
//!
//! Each implementation has a function `configure`. If both are enabled, native-tls is used, because
//! no default feature enables it.

#[cfg(not(feature = "__tls"))]
mod disabled;
#[cfg(feature = "native-tls")]
mod native_tls;
#[cfg(all(feature = "rustls-no-provider", not(feature = "native-tls")))]
mod rustls;
#[cfg(all(
    feature = "rustls-no-provider",
    not(feature = "native-tls"),
    not(any(windows, target_vendor = "apple"))
))]
mod system_roots;
#[cfg(all(
    feature = "rustls-no-provider",
    not(feature = "native-tls"),
    any(windows, target_vendor = "apple")
))]
#[path = "system_verifier.rs"]
mod system_roots;

#[cfg(not(feature = "__tls"))]
pub(super) use self::disabled::configure;
#[cfg(feature = "native-tls")]
pub(super) use self::native_tls::configure;
#[cfg(all(feature = "rustls-no-provider", not(feature = "native-tls")))]
pub(super) use self::rustls::configure;
