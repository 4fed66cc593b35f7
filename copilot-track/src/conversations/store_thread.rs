//! The thread on which the store is called.

use std::io;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread::{self, JoinHandle, ThreadId};

use tokio::sync::mpsc::{self, UnboundedSender};

use crate::conversations::shared::Shared;
use crate::conversations::store_reader::{StoreCaller, StoreRead, TIMEOUT};
use crate::conversations::store_writer::StoreWriter;
use crate::event::ids::conversation_id::ConversationId;
use crate::store::conversation_store::ConversationStore;
use crate::store::fleet_ledger::FleetLedger;
use crate::store::outboxes::Outboxes;
use crate::store::store_error::StoreError;
use crate::tracker::pending_work::{FinishRequest, PendingWork};
use crate::util::panics;
use crate::util::process::ProcessId;

/// The thread on which the store is called. It stops when this value is dropped.
pub(super) struct StoreThread {
    caller: StoreCaller,
    /// `None` once the thread must stop.
    requests: Option<UnboundedSender<FinishRequest>>,
    thread: Option<JoinHandle<()>>,
    thread_id: ThreadId,
    process: ProcessId,
}

impl StoreThread {
    /// Starts the thread.
    pub(super) fn start(
        shared: &Arc<Shared>,
        outboxes: Arc<Outboxes>,
        store: Arc<dyn ConversationStore>,
    ) -> io::Result<Arc<Self>> {
        let shared = Arc::clone(shared);
        let tracker = shared.tracker.clone();
        let (requests, inbox) = mpsc::unbounded_channel();
        let (started, ready) = std_mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("copilot-track-store".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .thread_name("copilot-track-store")
                    .build();
                let runtime = match runtime {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = started.send(Err(error));
                        return;
                    }
                };
                let handle = runtime.handle().clone();
                let caller = StoreCaller::new(store, handle, shared.tracker.clone());
                let _ = started.send(Ok(caller.clone()));
                let writer = StoreWriter::new(shared, outboxes, caller);
                runtime.block_on(writer.run(inbox));
                runtime.shutdown_background();
            })?;
        let caller = ready
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the thread did not start")))?;
        let thread_id = thread.thread().id();
        let started = Arc::new(Self {
            caller,
            requests: Some(requests),
            thread: Some(thread),
            thread_id,
            process: ProcessId::current(),
        });
        let as_work: Arc<dyn PendingWork> = started.clone();
        tracker.attach(Arc::downgrade(&as_work));
        Ok(started)
    }

    /// Reads a conversation from the store.
    pub(super) async fn read(&self, shared: &Shared, id: &ConversationId) -> StoreRead {
        StoreRead {
            before: shared.unsaved(id),
            stored: self.caller.read(id).await,
        }
    }

    /// Reads the ledgers of all replicas.
    pub(super) async fn read_ledgers(&self) -> Result<FleetLedger, StoreError> {
        let ledgers = self.caller.call(TIMEOUT, |store| store.read_ledgers());
        ledgers.await.map(FleetLedger::new)
    }
}

impl PendingWork for StoreThread {
    fn finish(&self, request: FinishRequest) {
        // The thread cannot wait for itself.
        let requests = self.requests.as_ref();
        let requests = requests.filter(|_| thread::current().id() != self.thread_id);
        let unsent = match requests {
            Some(requests) => requests.send(request).err().map(|error| error.0),
            None => Some(request),
        };
        if let Some(request) = unsent {
            (request.reply)(false);
        }
    }
}

impl Drop for StoreThread {
    /// Waits for the thread, which writes the last changes.
    fn drop(&mut self) {
        drop(self.requests.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // The application can drop the last `Conversations` on the thread itself, and a fork does
        // not have the thread.
        if thread::current().id() != self.thread_id && !self.process.is_fork() {
            let _ = thread.join().map_err(panics::drop_payload);
        }
    }
}
