//! A server whose `maxmemory-policy` is changed later.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use copilot_track::ConversationId;
use copilot_track::store::ConversationStore as _;
use copilot_track_redis::RedisStore;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::common::Server;
use crate::update;

/// Collects the fields of log records.
#[derive(Clone, Default)]
struct Records(Arc<Mutex<String>>);

impl Subscriber for Records {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("copilot_track_redis")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Collect(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Collect<'a>(&'a mut String);

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

#[tokio::test]
async fn an_evicting_policy_is_logged() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let records = Records::default();
    let _guard = tracing::subscriber::set_default(records.clone());
    let store = RedisStore::connect(server.url()).await.unwrap();
    server.cli(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    let id = ConversationId::new("c-1").unwrap();
    store.apply(&[update(&id, "m-1")]).await.unwrap();
    let logged = records.0.lock().unwrap().clone();
    assert!(
        logged.contains("allkeys-lru") && logged.contains("noeviction"),
        "{logged}"
    );
}
