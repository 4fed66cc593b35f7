//! The ledgers of all replicas.

use crate::conversations::conversations::Conversations;
use crate::conversations::store_tests::{flush, new_test, replica, user};
use crate::testing::MemoryStore;

#[tokio::test]
async fn the_ledgers_of_all_replicas_are_added() {
    let store = MemoryStore::new();
    let tests = [new_test(), new_test()];
    let replicas = [0, 1].map(|number| {
        replica(&tests[number], &store)
            .publish_ledger(format!("replica-{number}"))
            .build()
    });
    for (test, replica) in tests.iter().zip(&replicas) {
        let conversation = replica.open("c-1", user()).await.unwrap();
        conversation.message_sent("Hello");
        flush(test);
        flush(test);
    }
    let fleet = replicas[0].fleet_ledger().await.unwrap();
    let names: Vec<_> = fleet
        .replicas
        .iter()
        .map(|replica| &*replica.replica)
        .collect();
    assert_eq!(names, ["replica-0", "replica-1"]);
    let total = fleet.total();
    let expected: crate::Ledger = tests.iter().map(|test| test.tracker().ledger()).sum();
    assert_eq!(
        (total.emitted, total.delivered),
        (expected.emitted, expected.delivered)
    );
    let alone = Conversations::builder(tests[0].tracker()).build();
    assert!(alone.fleet_ledger().await.is_err());
}
