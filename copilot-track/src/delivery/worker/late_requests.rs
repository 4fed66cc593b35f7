//! Requests that arrive when the worker is about to end.

use tokio::sync::mpsc::UnboundedReceiver;

use crate::delivery::worker::barrier_request::BarrierRequest;
use crate::ledger::counters::Counters;
use crate::ledger::report::Report;

/// Replies to the requests that arrived when the worker was about to end.
///
/// A request that is sent while the channel is dropped can stay in the channel. Its caller would
/// then wait until the timeout. After `close`, `recv` also returns requests that are being sent.
pub(super) async fn reply_to_late_requests(
    counters: &Counters,
    mut requests: UnboundedReceiver<BarrierRequest>,
) {
    requests.close();
    while let Some(request) = requests.recv().await {
        request.reply.send(Report::new(counters.read(), true));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::delivery::worker::barrier_request::{Barrier, Reply};

    #[tokio::test]
    async fn requests_that_are_still_in_the_channel_get_a_reply() {
        let (requests, inbox) = tokio::sync::mpsc::unbounded_channel();
        let (reply, report) = mpsc::sync_channel(2);
        for barrier in [Barrier::Settled, Barrier::Shutdown] {
            let request = BarrierRequest {
                barrier,
                deadline: None,
                persist_at: None,
                reply: Reply::Thread(reply.clone()),
            };
            assert!(requests.send(request).is_ok());
        }
        reply_to_late_requests(&Counters::default(), inbox).await;
        for _ in 0..2 {
            assert!(report.try_recv().is_ok_and(|report| report.complete));
        }
    }
}
