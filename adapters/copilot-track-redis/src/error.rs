//! Errors of connecting.

/// The error returned by [`RedisStore::connect`](crate::RedisStore::connect).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is not valid.
    #[error("invalid URL: {reason}")]
    Url {
        /// What is wrong with the URL.
        reason: String,
    },
    /// The prefix of the keys contains `{` or `}`.
    #[error(
        "invalid prefix `{prefix}`: braces are not allowed, because they select a cluster slot"
    )]
    Prefix {
        /// The prefix.
        prefix: String,
    },
    /// The server could not be reached, or refused the connection.
    #[error("the server cannot be used")]
    Server(#[from] redis::RedisError),
    /// The server deletes data when its memory is full.
    #[error(
        "the server's maxmemory-policy is `{policy}`, so it deletes conversations when its memory is \
         full: set `maxmemory-policy noeviction` in redis.conf, or run `CONFIG SET maxmemory-policy \
         noeviction`"
    )]
    EvictionPolicy {
        /// The current policy.
        policy: String,
    },
}
