//! Checks that the server keeps its data.

use std::io;
use std::time::Duration;

use redis::{Client, RedisError, RedisResult, Value};

use crate::connection::TIMEOUT;
use crate::error::ConnectError;
use crate::target::{Servers, Target};

/// The policy that does not delete data when the memory is full. The `volatile` policies delete it,
/// because all keys expire.
const NO_EVICTION: &str = "noeviction";

/// The timeout of the whole check, for all servers together.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// Checks that the servers do not evict keys.
pub(crate) async fn check(target: &Target) -> Result<(), ConnectError> {
    check_within(target, CHECK_TIMEOUT).await
}

async fn check_within(target: &Target, limit: Duration) -> Result<(), ConnectError> {
    let result = tokio::time::timeout(limit, check_target(target)).await;
    result.unwrap_or_else(|_| {
        let error = io::Error::new(io::ErrorKind::TimedOut, "the server did not answer in time");
        Err(ConnectError::Server(RedisError::from(error)))
    })
}

async fn check_target(target: &Target) -> Result<(), ConnectError> {
    match &target.servers {
        Servers::Single(url) => check_client(&target.client(url)?).await,
        Servers::Sentinel {
            sentinels,
            primary,
            server,
        } => {
            let mut client = target.sentinel_client(sentinels, primary, server)?;
            check_client(&client.async_get_client().await?).await
        }
        Servers::Cluster(urls) => {
            // The nodes of a cluster have the same configuration. It is enough if one of those that
            // are reachable evicts keys.
            let mut result = Ok(());
            for url in urls {
                match check_client(&target.client(url)?).await {
                    Ok(()) => return Ok(()),
                    error @ Err(ConnectError::EvictionPolicy { .. }) => return error,
                    error => result = error,
                }
            }
            result
        }
    }
}

async fn check_client(client: &Client) -> Result<(), ConnectError> {
    let config = redis::AsyncConnectionConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT));
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let info: RedisResult<String> = redis::cmd("INFO")
        .arg("memory")
        .query_async(&mut connection)
        .await;
    let policy = if let Ok(Some(policy)) = info.as_deref().map(policy_in_info) {
        Some(policy.to_owned())
    } else {
        // Some services do not answer INFO completely.
        let config: RedisResult<Vec<String>> = redis::cmd("CONFIG")
            .arg("GET")
            .arg("maxmemory-policy")
            .query_async(&mut connection)
            .await;
        config.ok().and_then(|config| config.into_iter().nth(1))
    };
    match policy {
        Some(policy) if policy == NO_EVICTION => {}
        Some(policy) => return Err(ConnectError::EvictionPolicy { policy }),
        None => tracing::warn!(
            "the server does not show its maxmemory-policy; if it is not `noeviction`, \
             conversations can be lost"
        ),
    }
    Ok(())
}

/// Returns the policy in a result of INFO, if the server evicts keys.
pub(crate) fn evicting_policy(info: &Value) -> Option<&str> {
    let info = match info {
        Value::BulkString(info) => std::str::from_utf8(info).ok()?,
        Value::VerbatimString { text, .. } => text,
        _ => return None,
    };
    policy_in_info(info).filter(|policy| *policy != NO_EVICTION)
}

fn policy_in_info(info: &str) -> Option<&str> {
    info.lines()
        .find_map(|line| line.strip_prefix("maxmemory_policy:"))
        .map(str::trim)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot continue fails")]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[tokio::test]
    async fn the_whole_check_times_out() {
        // The listener accepts connections, but does not answer.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        for url in [
            format!("redis://{address}"),
            format!("redis+sentinel://{address}/primary"),
            format!("redis+cluster://{address},{address}"),
        ] {
            let target = Target::parse(&url).unwrap();
            let result = check_within(&target, Duration::from_millis(20)).await;
            assert!(matches!(result, Err(ConnectError::Server(error)) if error.is_timeout()));
        }
    }

    #[test]
    fn the_policy_is_found() {
        let info = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:volatile-lru\r\n";
        assert_eq!(policy_in_info(info), Some("volatile-lru"));
        assert_eq!(policy_in_info("# Memory\r\n"), None);
    }
}
