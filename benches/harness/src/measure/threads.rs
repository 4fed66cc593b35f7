//! Runs a loop on several threads.

use std::sync::Barrier;

use crate::function::Function;
use crate::peer::Peer;
use crate::work::Workload;

/// Runs the same work on several threads at once.
pub(super) fn on_threads<P: Peer, W: Workload + Send>(
    peer: &P,
    function: Function,
    threads: u64,
    work: impl Fn() -> W,
) -> Vec<W::Output>
where
    W::Output: Send,
{
    if threads == 1 {
        return vec![peer.on_thread(function, work())];
    }
    let together = Barrier::new(usize::try_from(threads).unwrap_or(1));
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                let work = Synchronized(work(), &together);
                scope.spawn(move || peer.on_thread(function, work))
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().expect("a thread of the application panicked"))
            .collect()
    })
}

/// Work that starts when all threads are ready.
struct Synchronized<'a, W>(W, &'a Barrier);

impl<W: Workload> Workload for Synchronized<'_, W> {
    type Output = W::Output;

    fn run(self, call: impl FnMut(u64)) -> W::Output {
        self.1.wait();
        self.0.run(call)
    }
}
