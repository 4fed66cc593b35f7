//! Handles signals.

/// Waits for Ctrl-C. If the signal cannot be received, waits forever.
pub(crate) async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
