//! Handles signals.

use std::io;

/// The signals that end the program: Ctrl-C and, on Unix, SIGTERM.
///
/// The handlers exist from the time when this value is created, so a signal that arrives before
/// [`received`](Self::received) is called is not lost. Without a handler, a program that is the
/// first process of a container ignores SIGTERM.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ];
        Ok(Self { signals })
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        let ctrl_c = tokio::signal::windows::ctrl_c()?;
        Ok(Self { ctrl_c })
    }

    /// Waits for one of the signals.
    #[cfg(unix)]
    pub(crate) async fn received(mut self) {
        let [interrupt, terminate] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }

    /// Waits for one of the signals.
    #[cfg(windows)]
    pub(crate) async fn received(mut self) {
        self.ctrl_c.recv().await;
    }
}
