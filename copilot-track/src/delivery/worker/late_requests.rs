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
