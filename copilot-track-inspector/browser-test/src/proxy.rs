//! A TCP proxy between the page and the inspector. It can interrupt the connection.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::Result;

/// A proxy that forwards connections to a server until the proxy is disconnected.
pub struct Proxy {
    address: SocketAddr,
    connected: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port.
    ///
    /// # Errors
    /// Returns an error if no port is free.
    pub async fn start(to: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (connected, is_connected) = watch::channel(true);
        let task = tokio::spawn(async move {
            while let Ok((page, _)) = listener.accept().await {
                if *is_connected.borrow() {
                    tokio::spawn(forward(page, to, is_connected.clone()));
                }
                // Otherwise, `page` is dropped here, which closes the connection.
            }
        });
        Ok(Self {
            address,
            connected,
            task,
        })
    }

    /// Returns the URL of the page through this proxy.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Closes all connections and rejects new ones.
    pub fn disconnect(&self) {
        self.connected.send_replace(false);
    }

    /// Accepts connections again.
    pub fn reconnect(&self) {
        self.connected.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(mut page: TcpStream, to: SocketAddr, mut is_connected: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(to).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut page, &mut server) => {}
        _ = is_connected.wait_for(|connected| !connected) => {}
    }
}
