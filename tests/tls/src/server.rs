//! An HTTPS server on a loopback port, and the certificate authority that signs its certificate.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The host name of an endpoint that can only be reached through a proxy.
const BEHIND_PROXY: &str = "api.copilot.example";

/// A certificate authority whose certificate is in a file.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    /// Creates an authority with a new key.
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        // Each authority has a different name.
        let name = directory.path().display().to_string();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let this = Self {
            issuer: Issuer::new(params, key),
            directory,
        };
        std::fs::write(this.file(), certificate.pem()).unwrap();
        this
    }

    /// Returns the path of the certificate, in PEM format.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("root.pem")
    }

    /// Returns the directory of the certificate. It contains nothing else.
    pub fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    fn server_config(&self) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), BEHIND_PROXY.to_owned()];
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// What the server does with a new connection.
#[derive(Clone)]
enum Protocol {
    Http,
    Https(TlsAcceptor),
    /// A proxy that acts as every server behind it. Keeps the requests for tunnels.
    Proxy(TlsAcceptor, Arc<Mutex<Vec<String>>>),
}

/// A server that accepts all events. It stops when the process ends.
pub struct Server {
    url: String,
    tunnels: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server without TLS.
    pub fn http() -> Self {
        Self::start("http", Protocol::Http, Arc::default())
    }

    /// Starts a server whose certificate is signed by this authority.
    pub fn https(authority: &Authority) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(authority.server_config()));
        Self::start("https", Protocol::Https(acceptor), Arc::default())
    }

    /// Starts a proxy. The server behind it has a certificate that is signed by this authority.
    pub fn proxy(authority: &Authority) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(authority.server_config()));
        let tunnels = Arc::default();
        let protocol = Protocol::Proxy(acceptor, Arc::clone(&tunnels));
        Self::start("http", protocol, tunnels)
    }

    fn start(scheme: &str, protocol: Protocol, tunnels: Arc<Mutex<Vec<String>>>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, protocol.clone()));
                }
            });
        });
        Self {
            url: format!("{scheme}://localhost:{}", address.port()),
            tunnels,
        }
    }

    /// Returns the URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL of the server behind a proxy.
    pub fn url_behind_proxy() -> String {
        format!("https://{BEHIND_PROXY}")
    }

    /// Returns the heads of the requests for tunnels through this proxy.
    pub fn tunnels(&self) -> Vec<String> {
        self.tunnels.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, protocol: Protocol) {
    match protocol {
        Protocol::Http => respond(stream).await,
        Protocol::Https(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                respond(stream).await;
            }
        }
        Protocol::Proxy(acceptor, tunnels) => {
            let Some((head, _)) = read_head(&mut stream).await else {
                return;
            };
            tunnels.lock().unwrap().push(head);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            if let Ok(stream) = acceptor.accept(stream).await {
                respond(stream).await;
            }
        }
    }
}

/// Reads a request, responds with status 200, and closes the connection.
async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let Some((head, mut body)) = read_head(&mut stream).await else {
        return;
    };
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    while body.len() < length && stream.read_buf(&mut body).await.unwrap_or(0) > 0 {}
    let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let _ = stream.write_all(response).await;
    let _ = stream.shutdown().await;
}

/// Returns the head of a request and the bytes that were read after it.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Some((String::from_utf8(read).ok()?, body));
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}
