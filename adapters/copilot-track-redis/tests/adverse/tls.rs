//! Servers with TLS.

use copilot_track::{ConversationId, Conversations};
use copilot_track_redis::{ConnectError, RedisStore, RedisStoreOptions};

use crate::certificates::Certificates;
use crate::cluster::Cluster;
use crate::common::{wait_until, wait_until_stored};
use crate::sentinel::assert_survives_failover;
use crate::{Node, assert_end, new_test, replicas_with, send_messages, user};

fn options(certificates: &Certificates) -> RedisStoreOptions {
    RedisStore::options().root_certificates(certificates.authority())
}

/// Checks that the authority of the certificates is not trusted by default.
async fn assert_untrusted(url: &str) {
    let error = RedisStore::connect(url).await.unwrap_err();
    assert!(matches!(error, ConnectError::Server(_)), "{error:?}");
}

#[tokio::test]
async fn root_certificates_are_trusted() {
    let Some(certificates) = Certificates::create() else {
        return;
    };
    let Some(node) = Node::start(Some(&certificates), &[]) else {
        return;
    };
    let url = format!("rediss://127.0.0.1:{}/2", node.port);
    let options = options(&certificates);
    let test = new_test();
    let replicas = replicas_with(&test, &options, &url).await;
    send_messages(&replicas, "c-1").await;
    let store = options.connect(&url).await.unwrap();
    assert_end(&test, &replicas, &store, 2).await;

    assert_untrusted(&url).await;
    let invalid = RedisStore::options().root_certificates("no certificate");
    assert!(invalid.connect(&url).await.is_err());
}

#[tokio::test]
async fn sentinels_and_their_servers_use_tls() {
    if let Some(certificates) = Certificates::create() {
        let options = options(&certificates);
        assert_survives_failover(Some(&certificates), &options, "rediss").await;
    }
}

#[tokio::test]
async fn all_nodes_of_a_cluster_use_tls() {
    let Some(certificates) = Certificates::create() else {
        return;
    };
    let Some(mut cluster) = Cluster::start_with(Some(&certificates)) else {
        return;
    };
    let url = cluster.url();
    assert!(url.starts_with("rediss+cluster://"), "{url}");
    assert_untrusted(&url).await;
    let test = new_test();
    let options = options(&certificates);
    let store = options.clone().connect(&url).await.unwrap();
    let conversations = Conversations::builder(test.tracker())
        .store(store.clone())
        .end_after_idle(std::time::Duration::from_millis(500))
        .build();
    // The conversations are on all nodes.
    let ids: Vec<_> = (0..30).map(|number| format!("c-{number}")).collect();
    for id in &ids {
        let id = ConversationId::new(id).unwrap();
        let conversation = conversations.open(id, user()).await.unwrap();
        conversation.message_sent("Hello");
    }
    wait_until("all conversations end", || {
        test.events_named("Conversation Ended").len() >= ids.len()
    })
    .await;
    assert_eq!(test.tracker().ledger().uncounted_ends, 0);

    // The connections are established again.
    cluster.restart_nodes();
    for id in &ids {
        let conversation = conversations.open(id, user()).await.unwrap();
        conversation.message_sent("Hello?");
    }
    for id in &ids {
        wait_until_stored(&store, id, 2).await;
    }
    drop(conversations);
    assert_eq!(test.ledger().unsaved_messages, 0);
}
