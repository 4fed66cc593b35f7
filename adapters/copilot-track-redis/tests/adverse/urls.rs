//! URLs with passwords and database numbers.

use std::error::Error;

use copilot_track_redis::RedisStore;

use crate::common::Server;
use crate::{assert_end, new_test, replicas, send_messages};

const PASSWORD: &str = "s3cret-w0rd";

fn assert_no_password(text: &str) {
    assert!(!text.contains(PASSWORD), "{text}");
}

#[tokio::test]
async fn errors_contain_no_password() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.cli(&["CONFIG", "SET", "requirepass", "another"]);
    let host = format!("127.0.0.1:{}", server.port());
    for url in [
        format!("redis://:{PASSWORD}@{host}"),
        format!("redis://user:{PASSWORD}@{host}/1"),
        format!("redis://user:{PASSWORD}@{host}/{PASSWORD}"),
        format!("redis://user:{PASSWORD}@127.0.0.1:1"),
        format!("redis://user:{PASSWORD}@127.0.0.1:port"),
        format!("redis://user:{PASSWORD}@host name"),
        format!("rediss://user:{PASSWORD}@{host}"),
        format!("redis+cluster://user:{PASSWORD}@{host},127.0.0.1:1"),
        format!("redis+sentinel://user:{PASSWORD}@{host}/main"),
        format!("redis+proxy://user:{PASSWORD}@{host}"),
        format!("user:{PASSWORD}@{host}"),
    ] {
        let error = RedisStore::connect(&url).await.unwrap_err();
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(error) = next {
            assert_no_password(&format!("{error} {error:?}"));
            next = error.source();
        }
    }
    let store = RedisStore::connect(format!("redis://:another@{host}")).await;
    assert!(!format!("{:?}", store.unwrap()).contains("another"));
}

#[tokio::test]
async fn the_database_number_is_used() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for database in [0, 3] {
        let test = new_test();
        let url = format!("{}/{database}", server.url());
        let replicas = replicas(&test, &url).await;
        send_messages(&replicas, "c-1").await;
        let store = RedisStore::connect(&url).await.unwrap();
        assert_end(&test, &replicas, &store, 2).await;
        // A connection that is established again uses the same database.
        server.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
        send_messages(&replicas, "c-2").await;
        drop(replicas);
        let ids = test.events_named("Message Sent");
        assert_eq!(ids.len(), 4);
    }
    let keyspace = server.cli(&["INFO", "keyspace"]).unwrap();
    let databases: Vec<_> = keyspace.lines().filter_map(|line| line.get(..4)).collect();
    assert_eq!(databases, ["# Ke", "db0:", "db3:"]);
}
