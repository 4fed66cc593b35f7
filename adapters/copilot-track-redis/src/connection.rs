//! The connection to the server.

use std::time::Duration;

use futures_util::future::join_all;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::SentinelClient;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, RedisResult, Value, pipe};
use tokio::sync::Mutex;

use crate::error::ConnectError;
use crate::scripts;
use crate::target::{Servers, Target};

/// The timeout of a connection attempt, and of a request.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(4);

/// A connection that is established when it is needed.
///
/// It belongs to the runtime that established it. If that runtime has ended, requests fail, and the
/// next request connects again.
pub(crate) struct Connection {
    client: AnyClient,
    current: Mutex<Option<AnyConnection>>,
}

enum AnyClient {
    Single(Box<Client>),
    Sentinel(Box<Mutex<SentinelClient>>),
    Cluster(Box<ClusterClient>),
}

#[derive(Clone)]
enum AnyConnection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    pub(crate) fn new(target: &Target) -> Result<Self, ConnectError> {
        let client = match &target.servers {
            Servers::Single(url) => AnyClient::Single(Box::new(target.client(url)?)),
            Servers::Sentinel {
                sentinels,
                primary,
                server,
            } => {
                let client = target.sentinel_client(sentinels, primary, server)?;
                AnyClient::Sentinel(Box::new(Mutex::new(client)))
            }
            Servers::Cluster(urls) => AnyClient::Cluster(Box::new(target.cluster_client(urls)?)),
        };
        Ok(Self {
            client,
            current: Mutex::new(None),
        })
    }

    async fn connect(&self) -> RedisResult<AnyConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        Ok(match &self.client {
            AnyClient::Single(client) => {
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                AnyConnection::Single(connection.await?)
            }
            AnyClient::Sentinel(client) => {
                let mut client = client.lock().await;
                let connection = client.get_async_connection_with_config(&config);
                AnyConnection::Single(connection.await?)
            }
            AnyClient::Cluster(client) => {
                AnyConnection::Cluster(client.get_async_connection().await?)
            }
        })
    }

    async fn get(&self) -> RedisResult<AnyConnection> {
        let mut current = self.current.lock().await;
        if let Some(connection) = &*current {
            return Ok(connection.clone());
        }
        let connection = self.connect().await?;
        *current = Some(connection.clone());
        Ok(connection)
    }

    /// Closes the connection. The next request connects again.
    pub(crate) async fn reset(&self) {
        *self.current.lock().await = None;
    }

    /// Sends commands together, and returns their results. Fails if one of them fails.
    pub(crate) async fn send(&self, commands: &[Cmd]) -> RedisResult<Vec<Value>> {
        self.send_each(commands).await?.into_iter().collect()
    }

    /// Sends commands together, and returns the result of each.
    ///
    /// All commands can be repeated. If the connection was closed, this method connects again, and
    /// sends the commands again. If the server does not know a script, this method loads all
    /// scripts, and sends the commands again.
    pub(crate) async fn send_each(&self, commands: &[Cmd]) -> RedisResult<Vec<RedisResult<Value>>> {
        let mut results = self.send_once(commands).await;
        if results.as_ref().is_err_and(is_closed) {
            results = self.send_once(commands).await;
        }
        let results = results?;
        let errors = || results.iter().filter_map(|result| result.as_ref().err());
        if !errors().any(is_unknown_script) {
            return Ok(results);
        }
        let load: Vec<_> = scripts::all().iter().map(|script| script.load()).collect();
        let loaded: RedisResult<Vec<_>> = self.send_once(&load).await?.into_iter().collect();
        loaded?;
        self.send_once(commands).await
    }

    async fn send_once(&self, commands: &[Cmd]) -> RedisResult<Vec<RedisResult<Value>>> {
        // An empty pipeline is an error in `redis`.
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let results = match self.get().await? {
            AnyConnection::Single(mut connection) => send_pipeline(&mut connection, commands).await,
            AnyConnection::Cluster(connection) => Ok(send_to_cluster(&connection, commands).await),
        };
        let must_reconnect = match &results {
            Ok(results) => results
                .iter()
                .any(|result| result.as_ref().is_err_and(must_reconnect)),
            Err(error) => must_reconnect(error),
        };
        if must_reconnect {
            self.reset().await;
        }
        results
    }
}

async fn send_pipeline(
    connection: &mut MultiplexedConnection,
    commands: &[Cmd],
) -> RedisResult<Vec<RedisResult<Value>>> {
    let mut pipeline = pipe();
    for command in commands {
        pipeline.add_command(command.clone());
    }
    pipeline.ignore_errors().query_async(connection).await
}

/// Sends commands to the nodes of a cluster, all at the same time.
async fn send_to_cluster(
    connection: &ClusterConnection,
    commands: &[Cmd],
) -> Vec<RedisResult<Value>> {
    let results = commands.iter().map(|command| {
        let mut connection = connection.clone();
        async move {
            connection
                .req_packed_command(command)
                .await?
                .extract_error()
        }
    });
    join_all(results).await
}

/// Returns whether the connection was closed, for example because the server restarted.
fn is_closed(error: &RedisError) -> bool {
    error.is_connection_dropped() && !error.is_timeout()
}

/// Returns whether a command fails because of its conversation, for example because another
/// application has written to the key.
pub(crate) fn is_refused(error: &RedisError) -> bool {
    const WRONG_TYPE: &str = "WRONGTYPE";
    let is_wrong_type = |detail: &str| detail.contains(WRONG_TYPE);
    // Before version 7, a server wraps the errors of a script in its own.
    error.code() == Some(WRONG_TYPE) || error.detail().is_some_and(is_wrong_type)
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(redis::ServerErrorKind::NoScript)
}

/// Returns whether the connection is broken, or leads to a server that cannot be written to any
/// more.
fn must_reconnect(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.is_connection_dropped()
        || error.is_timeout()
        || error.kind() == ErrorKind::Server(redis::ServerErrorKind::ReadOnly)
}
