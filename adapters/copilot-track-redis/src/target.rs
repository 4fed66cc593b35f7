//! The servers that a URL describes.

#[cfg(feature = "rustls")]
use redis::TlsCertificates;
use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _, RedisResult};
use url::Url;

use crate::error::ConnectError;

/// The servers that a URL describes, and how to connect to them.
///
/// There is no `Debug`, because URLs contain passwords.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) servers: Servers,
    /// Root certificates in PEM format, if others than the system's are trusted.
    #[cfg(feature = "rustls")]
    root_certificates: Option<Vec<u8>>,
}

/// The servers that a URL describes.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) enum Servers {
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
        let servers = match kind {
            None => Servers::Single(url.to_owned()),
            Some("cluster") => Servers::Cluster(
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
                Servers::Sentinel {
                    sentinels: sentinels.collect(),
                    primary: primary.to_owned(),
                    server: format!("{base}://{credentials}primary/{database}"),
                }
            }
            Some(_) => return Err(invalid("only `+sentinel` and `+cluster` are supported")),
        };
        let target = Self {
            servers,
            #[cfg(feature = "rustls")]
            root_certificates: None,
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
        match &self.servers {
            Servers::Single(url) => vec![url],
            Servers::Sentinel {
                sentinels, server, ..
            } => {
                let server = std::iter::once(server.as_str());
                sentinels.iter().map(String::as_str).chain(server).collect()
            }
            Servers::Cluster(urls) => urls.iter().map(String::as_str).collect(),
        }
    }

    /// Returns whether the servers are connected to with TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.urls().iter().any(|url| url.starts_with("rediss:"))
    }

    /// Trusts the root certificates in `pem` instead of the system's, unless `pem` is empty.
    #[cfg(feature = "rustls")]
    pub(crate) fn with_root_certificates(mut self, pem: Vec<u8>) -> Self {
        self.root_certificates = Some(pem).filter(|pem| !pem.is_empty());
        self
    }

    /// Returns the certificates for connections with TLS, if others than the system's are trusted.
    #[cfg(feature = "rustls")]
    fn certificates(&self) -> Option<TlsCertificates> {
        let root_cert = self.root_certificates.clone()?;
        self.is_tls().then_some(TlsCertificates {
            client_tls: None,
            root_cert: Some(root_cert),
        })
    }

    /// Returns the client for one server.
    pub(crate) fn client(&self, url: &str) -> Result<Client, ConnectError> {
        #[cfg(feature = "rustls")]
        if let Some(certificates) = self.certificates() {
            return Ok(Client::build_with_tls(url, certificates)?);
        }
        Ok(Client::open(url)?)
    }

    /// Returns the client for a cluster.
    pub(crate) fn cluster_client(&self, urls: &[String]) -> Result<ClusterClient, ConnectError> {
        let urls = urls.iter().map(String::as_str);
        // The caller repeats failed operations.
        let builder = ClusterClient::builder(urls).retries(2);
        #[cfg(feature = "rustls")]
        let builder = match self.certificates() {
            Some(certificates) => builder.certs(certificates),
            None => builder,
        };
        Ok(builder.build()?)
    }

    /// Returns the client for a primary that sentinels monitor.
    pub(crate) fn sentinel_client(
        &self,
        sentinels: &[String],
        primary: &str,
        server: &str,
    ) -> Result<SentinelClient, ConnectError> {
        let addresses: RedisResult<Vec<_>> = sentinels
            .iter()
            .map(|url| Ok(url.as_str().into_connection_info()?.addr().clone()))
            .collect();
        let info: ConnectionInfo = server.into_connection_info()?;
        let settings = info.redis_settings();
        let kind = SentinelServerType::Master;
        let mut builder = SentinelClientBuilder::new(addresses?, primary, kind)?
            .set_client_to_redis_db(settings.db());
        if let Some(user) = settings.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = settings.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if self.is_tls() {
            builder = builder.set_client_to_redis_tls_mode(redis::TlsMode::Secure);
        }
        #[cfg(feature = "rustls")]
        if let Some(certificates) = self.certificates() {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
        Ok(builder.build()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_describe_servers() {
        let url = "redis://user:secret@example.com:6380/2";
        let parse = |url| Target::parse(url).ok().unwrap().servers;
        assert_eq!(parse(url), Servers::Single(url.to_owned()));
        assert_eq!(
            parse("redis+cluster://user:secret@a:1,b:2"),
            Servers::Cluster(vec![
                "redis://user:secret@a:1".to_owned(),
                "redis://user:secret@b:2".to_owned(),
            ])
        );
        assert_eq!(
            parse("redis+sentinel://:secret@a:1,b:2/main/3"),
            Servers::Sentinel {
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
