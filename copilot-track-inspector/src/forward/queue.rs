//! The queue of requests to forward.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{
    client::ForwardClient, request::ForwardRequest, status::ForwardStatus, target::TargetError,
};
use crate::base_url::BaseUrl;

/// The maximum number of queued requests.
const MAX_QUEUED_REQUESTS: usize = 1_000;
/// The maximum total size of queued requests, in bytes.
const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;

/// Forwards requests. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Forwarder {
    queue: mpsc::Sender<Queued>,
    bytes: Arc<Semaphore>,
    status: Arc<Mutex<ForwardStatus>>,
}

#[derive(Debug)]
struct Queued {
    request: ForwardRequest,
    _bytes: OwnedSemaphorePermit,
}

impl Forwarder {
    /// Starts a task that forwards requests. This function needs a tokio runtime.
    pub(crate) fn start(target: BaseUrl, key: String) -> Result<Self, TargetError> {
        let client = ForwardClient::new(target, key)?;
        let status = Arc::new(Mutex::new(ForwardStatus {
            to: client.target_url(),
            ..ForwardStatus::default()
        }));
        let (queue, requests) = mpsc::channel(MAX_QUEUED_REQUESTS);
        tokio::spawn(run(client, requests, Arc::clone(&status)));
        Ok(Self {
            queue,
            bytes: Arc::new(Semaphore::new(MAX_QUEUED_BYTES)),
            status,
        })
    }

    pub(crate) fn status(&self) -> ForwardStatus {
        lock(&self.status).clone()
    }

    /// Adds a request to the queue. If the queue is full, the request counts as failed.
    pub(crate) fn push(&self, request: ForwardRequest) {
        let events = request.events();
        let permits = u32::try_from(request.bytes()).unwrap_or(u32::MAX);
        let mut status = lock(&self.status);
        let queued = Arc::clone(&self.bytes)
            .try_acquire_many_owned(permits)
            .is_ok_and(|permit| {
                let queued = Queued {
                    request,
                    _bytes: permit,
                };
                self.queue.try_send(queued).is_ok()
            });
        if queued {
            status.queued += events;
        } else {
            status.failed += events;
            status.last_error = Some("the queue is full".to_owned());
        }
    }
}

async fn run(
    client: ForwardClient,
    mut requests: mpsc::Receiver<Queued>,
    status: Arc<Mutex<ForwardStatus>>,
) {
    while let Some(Queued { request, .. }) = requests.recv().await {
        let report = |error: &str| lock(&status).last_error = Some(error.to_owned());
        let sent = client.send(&request, report).await;
        let events = request.events();
        let mut status = lock(&status);
        status.queued -= events;
        match &sent {
            Ok(()) => status.forwarded += events,
            Err(_) => status.failed += events,
        }
        status.last_error = sent.err();
    }
}

fn lock(status: &Mutex<ForwardStatus>) -> MutexGuard<'_, ForwardStatus> {
    status.lock().unwrap_or_else(PoisonError::into_inner)
}
