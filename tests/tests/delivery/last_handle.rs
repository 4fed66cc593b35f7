//! Dropping the last handle to a tracker without a shutdown.

use std::time::{Duration, Instant};

use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, fast_tracker_builder, numbered_event, test_user,
    tracker_builder,
};

#[test]
fn dropping_the_last_handle_delivers_queued_events() {
    let server = FaultServer::healthy();
    let tracker = tracker_builder(&server.url())
        .flush_interval(Duration::from_secs(60))
        .build()
        .unwrap();
    let conversation = tracker.conversation(test_user());
    drop(tracker);
    // These events do not fill a batch, and the flush interval is a minute.
    for number in 0..500 {
        conversation.track(numbered_event(number));
    }
    let turn = conversation.turn("Still here?");
    drop(conversation);
    assert_eq!(
        server.log().connections,
        0,
        "the batch was sent before it was full"
    );
    drop(turn);
    assert_eq!(server.log().accepted_count(), 502);
}

#[test]
fn dropping_inside_a_runtime_delivers() {
    let server = FaultServer::healthy();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let tracker = tracker_builder(&server.url()).build().unwrap();
        tracker.track(&test_user(), numbered_event(1));
    });
    assert_eq!(server.log().accepted_count(), 1);
}

#[test]
fn dropping_during_unwinding_delivers() {
    let server = FaultServer::healthy();
    let url = server.url();
    let ended = std::panic::catch_unwind(|| {
        let tracker = tracker_builder(&url).build().unwrap();
        tracker.track(&test_user(), numbered_event(1));
        panic!("a panic in the application");
    });
    assert!(ended.is_err());
    assert_eq!(server.log().accepted_count(), 1);
}

#[test]
fn the_drop_timeout_applies_when_the_server_is_down() {
    let reserved = FaultServer::reserve();
    let tracker = tracker_builder(&reserved.url())
        .drop_timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    let start = Instant::now();
    drop(tracker);
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(300), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn the_drop_timeout_applies_when_the_server_hangs() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .drop_timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    server.wait_for_requests(1);
    let start = Instant::now();
    drop(tracker);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(server.log().requests.len(), 1);
}

#[test]
fn dropping_after_a_shutdown_does_not_wait() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .drop_timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    let _ = tracker.shutdown_blocking(Duration::from_millis(50));
    let start = Instant::now();
    drop(tracker);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn dropping_on_the_delivery_thread_does_not_deadlock() {
    // The hook drops the last handle on the delivery thread, which must not wait for itself.
    use std::sync::{Arc, Mutex, mpsc};
    let server = FaultServer::healthy();
    let last_handle: Arc<Mutex<Option<copilot_track::Tracker>>> = Arc::default();
    let hook_handle = Arc::clone(&last_handle);
    let (sender, dropped) = mpsc::channel();
    let tracker = fast_tracker_builder(&server)
        .before_send(move |message| {
            drop(hook_handle.lock().unwrap().take());
            let _ = sender.send(());
            Some(message)
        })
        .build()
        .unwrap();
    let mut guard = last_handle.lock().unwrap();
    tracker.track(&test_user(), numbered_event(1));
    *guard = Some(tracker);
    drop(guard);
    dropped.recv_timeout(Duration::from_secs(20)).unwrap();
    server.wait_for_requests(1);
}
