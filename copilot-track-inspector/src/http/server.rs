//! Accepts connections.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::Semaphore};

use super::connection;
use crate::base_url::BaseUrl;

/// The maximum number of open connections. Further connections wait until one closes.
const MAX_CONNECTIONS: usize = 640;
/// The delay after a failed attempt to accept a connection. The usual reason for a failure is that
/// no file descriptors are left.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

pub(crate) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, router: Router, base_url: Option<BaseUrl>) {
    let base_url = base_url.map(Arc::new);
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                // With this option, small responses are sent at once. If the option cannot be
                // set, they are merely delayed.
                let _ = stream.set_nodelay(true);
                let (router, base_url) = (router.clone(), base_url.clone());
                connections.spawn(async move {
                    connection::serve(stream, router, base_url).await;
                    drop(permit);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
        }
        while connections.try_join_next().is_some() {}
    }
}
