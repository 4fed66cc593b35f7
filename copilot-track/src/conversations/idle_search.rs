//! Ends conversations that are idle in all processes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::conversations::confirmations::SentEnd;
use crate::conversations::end_claims::LEASE;
use crate::conversations::shared::{IdleEnd, Shared};
use crate::conversations::store_reader::{StoreCaller, TIMEOUT};
use crate::store::conversation_store::{ClaimedConversation, IdleRequest};

/// The number of idle conversations that are claimed at the same time.
const BATCH: usize = 100;
/// The claim that makes the end of a conversation whose user is unknown final. Claims whose holders
/// crashed or could not read the conversation count, too.
const MAX_CLAIMS_WITHOUT_USER: u32 = 3;

/// A search for conversations that are idle in all processes.
#[derive(Clone)]
pub(super) struct IdleSearch {
    pub(super) shared: Arc<Shared>,
    pub(super) caller: StoreCaller,
    /// Identifies the claims of this process.
    pub(super) token: String,
    pub(super) sent: UnboundedSender<SentEnd>,
}

impl IdleSearch {
    /// Ends the conversations that have been idle for `idle`.
    pub(super) async fn run(self, idle: Duration) {
        loop {
            let request = IdleRequest::new(idle, BATCH, LEASE, self.token.clone());
            let claimed = self
                .caller
                .call(TIMEOUT, move |store| {
                    Box::pin(async move { store.claim_idle(&request).await })
                })
                .await;
            let Ok(claimed) = claimed else {
                return;
            };
            let is_last = claimed.len() < BATCH;
            for claimed in claimed {
                self.end(claimed).await;
            }
            if is_last {
                return;
            }
        }
    }

    /// Ends a conversation that this process has claimed.
    pub(super) async fn end(&self, claimed: ClaimedConversation) {
        let ClaimedConversation {
            conversation_id: id,
            claim,
        } = claimed;
        let before = self.shared.unsaved(&id);
        let key = id.clone();
        let stored = self
            .caller
            .call_for_one(TIMEOUT, move |store| {
                Box::pin(async move { store.load(&key).await })
            })
            .await;
        // After an error, the claim expires, and a process claims the end again.
        let Ok(Some(stored)) = stored else {
            return;
        };
        match self
            .shared
            .end_claimed(id.clone(), claim, &stored, before.as_ref())
        {
            IdleEnd::Settled => {}
            // Another process may know the user. It claims the end once this claim has expired.
            IdleEnd::WithoutUser if claim.attempt < MAX_CLAIMS_WITHOUT_USER => return,
            IdleEnd::WithoutUser => self.shared.tracker.count_end_without_user(),
        }
        // The receiver is dropped last.
        let _ = self.sent.send((id, claim.number));
    }
}
