//! The servers that a URL describes.

use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _};
use url::Url;

use crate::error::ConnectError;

/// The servers that a URL describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The URL of a server.
    Single(String),
    /// The URLs of sentinels, the name of the primary, and the URL's credentials and database.
    Sentinel {
        sentinels: Vec<String>,
        primary: String,
        server: String,
    },
    /// The URLs of nodes.
    Cluster(Vec<String>),
}

impl Target {
    /// Parses a URL.
    pub(crate) fn parse(url: &str) -> Result<Self, ConnectError> {
        let invalid = |reason: &str| ConnectError::Url {
            reason: reason.to_owned(),
        };
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(invalid("the scheme is missing"));
        };
        let (base, kind) = match scheme.split_once('+') {
            Some((base, kind)) => (base, Some(kind)),
            None => (scheme, None),
        };
        if !matches!(base, "redis" | "rediss" | "unix") {
            return Err(invalid("the scheme must be `redis`, `rediss`, or `unix`"));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (format!("{credentials}@"), hosts),
            None => (String::new(), authority),
        };
        let target = match kind {
            None => Self::Single(url.to_owned()),
            Some("cluster") => Self::Cluster(
                hosts
                    .split(',')
                    .map(|host| format!("{base}://{credentials}{host}"))
                    .collect(),
            ),
            Some("sentinel") => {
                let (primary, database) = path.split_once('/').unwrap_or((path, ""));
                if primary.is_empty() {
                    return Err(invalid(
                        "the name of the primary is missing after the hosts",
                    ));
                }
                let sentinels = hosts.split(',').map(|host| format!("{base}://{host}"));
                Self::Sentinel {
                    sentinels: sentinels.collect(),
                    primary: primary.to_owned(),
                    server: format!("{base}://{credentials}primary/{database}"),
                }
            }
            Some(_) => return Err(invalid("only `+sentinel` and `+cluster` are supported")),
        };
        for url in target.urls() {
            if base != "unix" && Url::parse(url).is_err() {
                return Err(invalid("a host is not valid"));
            }
            url.into_connection_info()?;
        }
        Ok(target)
    }

    /// Returns the URLs of all servers that are known.
    pub(crate) fn urls(&self) -> Vec<&str> {
        match self {
            Self::Single(url) => vec![url],
            Self::Sentinel {
                sentinels, server, ..
            } => {
                let server = std::iter::once(server.as_str());
                sentinels.iter().map(String::as_str).chain(server).collect()
            }
            Self::Cluster(urls) => urls.iter().map(String::as_str).collect(),
        }
    }

    /// Returns whether the servers are connected to with TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.urls().iter().any(|url| url.starts_with("rediss:"))
    }

    /// Returns the client for one server.
    pub(crate) fn client(url: &str) -> Result<Client, ConnectError> {
        Ok(Client::open(url)?)
    }

    /// Returns the client for a cluster.
    pub(crate) fn cluster_client(urls: &[String]) -> Result<ClusterClient, ConnectError> {
        let urls = urls.iter().map(String::as_str);
        // The caller repeats failed operations.
        let builder = ClusterClient::builder(urls).retries(2);
        Ok(builder.build()?)
    }

    /// Returns the client for a primary that sentinels monitor.
    pub(crate) fn sentinel_client(
        sentinels: &[String],
        primary: &str,
        server: &str,
    ) -> Result<SentinelClient, ConnectError> {
        let info: ConnectionInfo = server.into_connection_info()?;
        let node = SentinelNodeConnectionInfo::default()
            .set_redis_connection_info(info.redis_settings().clone());
        let node = if server.starts_with("rediss:") {
            node.set_tls_mode(redis::TlsMode::Secure)
        } else {
            node
        };
        let sentinels = sentinels.iter().map(String::as_str).collect();
        Ok(SentinelClient::build(
            sentinels,
            // The type of this parameter depends on the features of the `redis` crate.
            String::from(primary),
            Some(node),
            SentinelServerType::Master,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_describe_servers() {
        let url = "redis://user:secret@example.com:6380/2";
        assert_eq!(Target::parse(url).unwrap(), Target::Single(url.to_owned()));
        assert_eq!(
            Target::parse("redis+cluster://user:secret@a:1,b:2").unwrap(),
            Target::Cluster(vec![
                "redis://user:secret@a:1".to_owned(),
                "redis://user:secret@b:2".to_owned(),
            ])
        );
        assert_eq!(
            Target::parse("redis+sentinel://:secret@a:1,b:2/main/3").unwrap(),
            Target::Sentinel {
                sentinels: vec!["redis://a:1".to_owned(), "redis://b:2".to_owned()],
                primary: "main".to_owned(),
                server: "redis://:secret@primary/3".to_owned(),
            }
        );
    }

    #[test]
    fn invalid_urls_are_refused() {
        for url in [
            "",
            "localhost:6379",
            "http://localhost",
            "redis+sentinel://a:1",
            "redis+proxy://a:1",
            "redis://a b",
        ] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}
