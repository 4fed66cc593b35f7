//! Tests of clients that disconnect before the response.

use std::{io::Write as _, net::TcpStream, sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{access::Access, router::router, server};
use crate::{
    app::App,
    chaos::switch::ChaosSwitch,
    ingest::import::read_lines,
    store::{event_store::EventStore, status::Capacity},
};

const TIMEOUT: Duration = Duration::from_secs(60);

/// Waits until `value` returns something.
async fn wait_for<T>(mut value: impl FnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(value) = value() {
                return value;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(TIMEOUT, wait).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_stops_if_its_client_disconnects() {
    let directory = tempfile::tempdir().unwrap();
    let capacity = Capacity {
        events: 1_000,
        bytes: 1 << 30,
    };
    let file = directory.path().join("events.db");
    let store = EventStore::in_database(&file, capacity, true).unwrap();
    let line = r#"{"type":"track","event":"E","userId":"u","properties":{"conversationId":"c"}}"#;
    let events = read_lines(std::iter::once(line)).into_iter();
    store
        .append(events.map(Result::unwrap).collect())
        .await
        .unwrap();
    let app = Arc::new(App::new(store, ChaosSwitch::new(None, 0), None));
    let listener = server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = router(Arc::clone(&app), Access::default());
    let server = tokio::spawn(server::serve(listener, router, None));

    // The search cannot read before this guard is dropped, so it cannot end on its own.
    let blocked = app.store.block_reads();
    let mut client = TcpStream::connect(address).unwrap();
    client
        .write_all(b"GET /api/conversations?q=nothing HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let search = wait_for(|| app.store.last_search()).await;
    assert!(!search.is_set());
    drop(client);
    wait_for(|| search.is_set().then_some(())).await;
    drop(blocked);
    // The search drops its flag when it ends. The store and this test keep theirs.
    wait_for(|| (search.owners() == 2).then_some(())).await;
    server.abort();
}
