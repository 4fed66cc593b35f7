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
use crate::target::Target;

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
        let client = match target {
            Target::Single(url) => AnyClient::Single(Box::new(Target::client(url)?)),
            Target::Sentinel {
                sentinels,
                primary,
                server,
            } => {
                let client = Target::sentinel_client(sentinels, primary, server)?;
                AnyClient::Sentinel(Box::new(Mutex::new(client)))
            }
            Target::Cluster(urls) => AnyClient::Cluster(Box::new(Target::cluster_client(urls)?)),
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

    /// Sends commands together, and returns their results. If the server does not know a script,
    /// all scripts are loaded, and the commands are sent again.
    pub(crate) async fn send(&self, commands: &[Cmd]) -> RedisResult<Vec<Value>> {
        match self.send_once(commands).await {
            Err(error) if is_unknown_script(&error) => {
                let load: Vec<_> = scripts::all().iter().map(|script| script.load()).collect();
                self.send_once(&load).await?;
                self.send_once(commands).await
            }
            result => result,
        }
    }

    async fn send_once(&self, commands: &[Cmd]) -> RedisResult<Vec<Value>> {
        let result = match self.get().await? {
            AnyConnection::Single(mut connection) => send_pipeline(&mut connection, commands).await,
            AnyConnection::Cluster(connection) => send_to_cluster(&connection, commands).await,
        };
        if let Err(error) = &result
            && must_reconnect(error)
        {
            self.reset().await;
        }
        result
    }
}

async fn send_pipeline(
    connection: &mut MultiplexedConnection,
    commands: &[Cmd],
) -> RedisResult<Vec<Value>> {
    let mut pipeline = pipe();
    for command in commands {
        pipeline.add_command(command.clone());
    }
    pipeline.query_async(connection).await
}

/// Sends commands to the nodes of a cluster, all at the same time.
async fn send_to_cluster(
    connection: &ClusterConnection,
    commands: &[Cmd],
) -> RedisResult<Vec<Value>> {
    let results = commands.iter().map(|command| {
        let mut connection = connection.clone();
        async move {
            connection
                .req_packed_command(command)
                .await?
                .extract_error()
        }
    });
    join_all(results).await.into_iter().collect()
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
