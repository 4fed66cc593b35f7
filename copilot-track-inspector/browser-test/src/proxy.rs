//! A line between page and server that can be cut.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::Result;

/// Passes connections on to a server, until it is cut.
pub struct Proxy {
    address: SocketAddr,
    connected: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start(to: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (connected, is_connected) = watch::channel(true);
        let task = tokio::spawn(async move {
            while let Ok((page, _)) = listener.accept().await {
                if *is_connected.borrow() {
                    tokio::spawn(forward(page, to, is_connected.clone()));
                }
                // Cut: the connection is closed as it is dropped.
            }
        });
        Ok(Self {
            address,
            connected,
            task,
        })
    }

    /// Its address, as that of a page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Ends all connections, and takes no new ones.
    pub fn disconnect(&self) {
        self.connected.send_replace(false);
    }

    /// Takes connections again.
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
