//! Stores that several processes share, so that they count the messages of a conversation together.
//!
//! A process that serves every request of a conversation needs no store. Behind a load balancer,
//! pass one to [`ConversationsBuilder::store`](crate::ConversationsBuilder::store). The
//! `copilot-track-redis` crate has a store on Redis and Valkey. To use another database, implement
//! [`ConversationStore`], and check the implementation with
//! [`testing::store_conformance`](crate::testing::store_conformance).

pub(crate) mod conversation_store;
pub(crate) mod conversation_update;
pub(crate) mod fleet_ledger;
pub(crate) mod numbered_end;
pub(crate) mod outbox;
pub(crate) mod outbox_queue;
pub(crate) mod outboxes;
pub(crate) mod store_error;
pub(crate) mod stored_conversation;
pub(crate) mod unsaved;
pub(crate) mod write_batch;

pub use self::conversation_store::{
    ClaimedConversation, ConversationStore, EndClaim, IdleRequest, StoreFuture,
};
pub use self::conversation_update::{ConversationUpdate, CountedMessage};
pub use self::fleet_ledger::{FleetLedger, ReplicaLedger};
pub use self::store_error::{FailedUpdate, StoreError};
pub use self::stored_conversation::{MESSAGE_WINDOW, StoredConversation};
