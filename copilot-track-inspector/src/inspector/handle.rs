//! A running inspector, as a library.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
};

use super::builder::Builder;
use crate::{
    app::App,
    chaos::{
        fault::{Chaos, ChaosError},
        switch::Switch,
    },
    event::model::Event,
    http::{guard::Hosts, server},
    store::{
        conversation::Conversation,
        event_store::{Capacity, Filter, Store, StoreError, Wanted},
        wait::until,
        write_errors::WriteErrors,
    },
};

/// What is kept if nothing else is said.
const MEMORY_EVENTS: u64 = 200_000;
const MEMORY_BYTES: u64 = 256 << 20;
#[cfg(feature = "sqlite")]
const FILE_EVENTS: u64 = 10_000_000;
#[cfg(feature = "sqlite")]
const FILE_BYTES: u64 = 8 << 30;

/// How long work that cannot be cancelled may hold up the end.
const LAST_WORK: Duration = Duration::from_secs(1);

/// A running inspector. It stops when it is dropped.
///
/// It runs on threads of its own, so it works whatever the program's executor does, and with none.
#[derive(Debug)]
pub struct Inspector {
    address: SocketAddr,
    app: Arc<App>,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why an inspector did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {error}; another address goes by `--listen`, and 127.0.0.1:0 takes a free port"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The address is not a loopback one.
    #[error(
        "{0} can be reached from other machines, which could read what your users say; if that is meant, say `--allow-remote`"
    )]
    Remote(SocketAddr),
    /// No thread or runtime could be had.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The database cannot be used.
    #[error("cannot use the database {}: {error}", file.display())]
    Database {
        /// Its file.
        file: std::path::PathBuf,
        /// What is wrong.
        error: InspectorError,
    },
    /// The fault is out of its range.
    #[error(transparent)]
    Chaos(#[from] ChaosError),
}

/// The inspector cannot read or write what it keeps.
#[derive(Debug)]
pub struct InspectorError(StoreError);

impl fmt::Display for InspectorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for InspectorError {}

impl Inspector {
    /// Begins to listen on a free port of `127.0.0.1`, with events in memory.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Settings to begin with.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn open(builder: Builder) -> Result<Self, StartError> {
        let (started, start) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("inspector".into())
            .spawn(move || run(builder, started, stopped))
            .map_err(StartError::Thread)?;
        let (address, app, runtime) = start
            .await
            .unwrap_or_else(|_| Err(StartError::Thread(io::ErrorKind::Other.into())))?;
        Ok(Self {
            address,
            app,
            runtime,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The page's address, which is also the endpoint for trackers: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback = match address.ip() {
                IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
                IpAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
            };
            address.set_ip(loopback);
        }
        format!("http://{address}")
    }

    /// Waits until there are so many events. Whether there are in time.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn wait_for(&self, events: usize, timeout: Duration) -> Result<bool, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move { until(&app.store, &Filter::default(), events, timeout).await })
            .await
    }

    /// Every event that is kept, in the order in which they arrived.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn events(&self) -> Result<Vec<Arc<Event>>, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move {
            app.store
                .read(|shelf| {
                    Ok(shelf
                        .select(&Filter::default(), usize::MAX, usize::MAX)?
                        .items)
                })
                .await
        })
        .await
    }

    /// The number of the last event; 0 before the first.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.app.store.status().last_seq
    }

    /// What arrived behind an event, in order; all with 0.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn events_after(&self, seq: u64) -> Result<Vec<Arc<Event>>, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move { app.store.after(seq, usize::MAX, usize::MAX).await })
            .await
    }

    /// Every conversation that is kept, newest first.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn conversations(&self) -> Result<Vec<Conversation>, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move {
            let wanted = Wanted {
                limit: usize::MAX,
                ..Wanted::default()
            };
            app.store
                .conversations(wanted)
                .await
                .map(|listed| listed.items)
        })
        .await
    }

    /// Sets a fault, or with `None` ends it.
    ///
    /// # Errors
    ///
    /// If the fault is out of its range.
    pub fn chaos(&self, chaos: impl Into<Option<Chaos>>) -> Result<(), ChaosError> {
        self.app.chaos.set(chaos.into()).map(|_| ())
    }

    /// How many requests have met a fault since it was set.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.app.chaos.told().faults
    }

    /// How many pages, terminals and scripts watch now.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.app.watching()
    }

    /// Tells when events cannot be written to the database, and when they can again.
    #[must_use]
    pub fn write_errors(&self) -> WriteErrors {
        self.app.store.write_errors()
    }

    /// Deletes everything; gives how many events there were.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn reset(&self) -> Result<u64, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move { app.store.reset().await })
            .await
    }

    /// Runs on the inspector's own executor, which has the timers and threads that it takes.
    async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, InspectorError> {
        self.runtime
            .spawn(work)
            .await
            .unwrap_or(Err(StoreError::Stopped))
            .map_err(InspectorError)
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If it panicked, it has stopped as well.
            let _ = thread.join();
        }
    }
}

type Started = Result<(SocketAddr, Arc<App>, Handle), StartError>;

/// The thread that an inspector lives on.
fn run(builder: Builder, started: oneshot::Sender<Started>, stopped: oneshot::Receiver<()>) {
    let runtime = match runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("inspector-worker")
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            // Whoever waits may have gone; then nobody is to be told.
            let _ = started.send(Err(StartError::Thread(error)));
            return;
        }
    };
    runtime.block_on(async {
        let (listener, app) = match prepare(builder).await {
            Ok(prepared) => prepared,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let address = match listener.local_addr() {
            Ok(address) => address,
            Err(error) => {
                let _ = started.send(Err(StartError::Thread(error)));
                return;
            }
        };
        let router = server::router(Arc::clone(&app));
        if started.send(Ok((address, app, Handle::current()))).is_err() {
            return;
        }
        tokio::select! {
            () = server::serve(listener, router) => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_timeout(LAST_WORK);
}

async fn prepare(builder: Builder) -> Result<(tokio::net::TcpListener, Arc<App>), StartError> {
    let address = builder.listen;
    if !address.ip().is_loopback() && !builder.allow_remote {
        return Err(StartError::Remote(address));
    }
    let seed = builder.seed.unwrap_or_else(random);
    let chaos = Switch::new(None, seed);
    chaos.set(builder.chaos)?;
    let capacity = |events, bytes| Capacity {
        events: builder.max_events.unwrap_or(events),
        bytes: builder.max_bytes.unwrap_or(bytes),
    };
    #[cfg(feature = "sqlite")]
    let store = match &builder.database {
        None => Store::in_memory(capacity(MEMORY_EVENTS, MEMORY_BYTES)),
        Some(file) => Store::in_file(file, capacity(FILE_EVENTS, FILE_BYTES)).map_err(|error| {
            StartError::Database {
                file: file.clone(),
                error: InspectorError(error),
            }
        })?,
    };
    #[cfg(not(feature = "sqlite"))]
    let store = Store::in_memory(capacity(MEMORY_EVENTS, MEMORY_BYTES));
    let listener = server::bind(address)
        .await
        .map_err(|error| StartError::Listen { address, error })?;
    let hosts = Hosts::new(builder.hosts, builder.allow_remote);
    Ok((listener, Arc::new(App::new(store, chaos, hosts))))
}

fn random() -> u64 {
    std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0)
}
