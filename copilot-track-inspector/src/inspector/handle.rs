//! A handle to a running inspector.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{runtime::Handle, sync::oneshot};

use super::{addresses, config::Config, thread::run};
use crate::{
    app::App,
    base_url::BaseUrl,
    chaos::fault::{Chaos, ChaosError},
    conversation::summary::Conversation,
    error::{InspectorError, StartError},
    event::model::Event,
    store::{
        error::StoreError,
        query::{ConversationQuery, EventFilter},
        wait::wait_for_events,
        write_errors::WriteErrors,
    },
};

/// A handle to a running inspector. The inspector stops when the handle is dropped.
///
/// The inspector runs on its own threads. The async methods of this handle work with any executor.
#[derive(Debug)]
pub struct Inspector {
    address: SocketAddr,
    app: Arc<App>,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Inspector {
    pub(super) async fn launch(config: Config) -> Result<Self, StartError> {
        let (started, start) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("inspector".into())
            .spawn(move || run(config, started, stopped))
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

    /// Returns the address that the inspector listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the page, such as `http://127.0.0.1:8077`. It is also the endpoint for
    /// trackers.
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

    /// Returns all URLs at which the inspector can be reached: the base URL if there is one, then
    /// [`url`](Self::url), and, if the inspector listens on all addresses, the URL of each address
    /// of this machine.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        let mut urls = Vec::new();
        urls.extend(self.app.base_url.as_ref().map(BaseUrl::url));
        urls.push(self.url());
        if self.address.ip().is_unspecified() {
            urls.extend(addresses::of_this_machine(self.address).map(|it| format!("http://{it}")));
        }
        urls
    }

    /// Waits until at least `events` events have arrived. Returns `false` on timeout.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub async fn wait_for(&self, events: usize, timeout: Duration) -> Result<bool, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move {
            wait_for_events(&app.store, &EventFilter::default(), events, timeout).await
        })
        .await
    }

    /// Returns all stored events in order of arrival.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub async fn events(&self) -> Result<Vec<Arc<Event>>, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move {
            app.store
                .read(|store| {
                    Ok(store
                        .select(&EventFilter::default(), usize::MAX, usize::MAX)?
                        .items)
                })
                .await
        })
        .await
    }

    /// Returns the sequence number of the last event, or 0 if no event has arrived.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.app.store.status().last_seq
    }

    /// Returns the stored events after `seq`, in order of arrival.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub async fn events_after(&self, seq: u64) -> Result<Vec<Arc<Event>>, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move { app.store.after(seq, usize::MAX, usize::MAX).await })
            .await
    }

    /// Returns all stored conversations, most recently active first. Their verdicts do not include
    /// the checks of message ids; [`conversation`](Self::conversation) includes them.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub async fn conversations(&self) -> Result<Vec<Conversation>, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move {
            let query = ConversationQuery {
                limit: usize::MAX,
                ..ConversationQuery::default()
            };
            app.store
                .conversations(query)
                .await
                .map(|listed| listed.items)
        })
        .await
    }

    /// Returns a conversation, or `None` if no event with this conversation id is stored. Its
    /// verdict includes all checks, also those of message ids.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub async fn conversation(&self, id: &str) -> Result<Option<Conversation>, InspectorError> {
        let app = Arc::clone(&self.app);
        let id = id.to_owned();
        self.on_runtime(async move {
            app.store
                .read(move |store| store.judged_conversation(&id))
                .await
        })
        .await
    }

    /// Activates a fault, or ends the active fault if `chaos` is `None`.
    ///
    /// # Errors
    ///
    /// Returns an error if a value of the fault is out of range.
    pub fn set_chaos(&self, chaos: impl Into<Option<Chaos>>) -> Result<(), ChaosError> {
        self.app.chaos.set(chaos.into()).map(|_| ())
    }

    /// Returns the number of requests on which the fault has occurred since it was activated.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.app.chaos.status().faults
    }

    /// Returns the number of open live streams: one for each browser, `tail`, or script that
    /// watches the inspector. All tabs of a browser share one stream.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.app.watcher_count()
    }

    /// Returns a receiver that reports when writes to the database start to fail and when they
    /// succeed again.
    #[must_use]
    pub fn write_errors(&self) -> WriteErrors {
        self.app.store.write_errors()
    }

    /// Returns how forwarding is going, or `None` if events are not forwarded.
    #[cfg(feature = "forward")]
    #[must_use]
    pub fn forwarding(&self) -> Option<crate::ForwardStatus> {
        self.app
            .forwarder
            .as_ref()
            .map(crate::forward::Forwarder::status)
    }

    /// Deletes the events of a conversation and returns their number. The id is empty for the
    /// events outside any conversation.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be written to.
    pub async fn delete_conversation(&self, id: &str) -> Result<u64, InspectorError> {
        let app = Arc::clone(&self.app);
        let id = id.to_owned();
        self.on_runtime(async move { app.store.delete_conversation(id).await })
            .await
    }

    /// Deletes all events and returns their number.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be written to.
    pub async fn reset(&self) -> Result<u64, InspectorError> {
        let app = Arc::clone(&self.app);
        self.on_runtime(async move { app.store.reset().await })
            .await
    }

    /// Runs a future on the inspector's own runtime, which has the timers and threads that the
    /// future needs. If the tracking plan has changed, the stored events are checked again first.
    async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, InspectorError> {
        let app = Arc::clone(&self.app);
        self.runtime
            .spawn(async move {
                app.recheck().await;
                work.await
            })
            .await
            .unwrap_or(Err(StoreError::Stopped))
            .map_err(InspectorError)
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The result does not matter: a thread that panicked has also stopped.
            let _ = thread.join();
        }
    }
}
