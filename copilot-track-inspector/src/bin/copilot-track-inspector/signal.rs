//! Ctrl-C.

/// The person presses Ctrl-C. Where that cannot be told, it never happens.
pub(crate) async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
