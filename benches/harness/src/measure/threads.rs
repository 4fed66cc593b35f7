//! Runs a loop on several threads.

use std::sync::Barrier;

use crate::function::Kind;
use crate::peer::Peer;
use crate::work::Work;

/// The same work on so many threads at once.
pub(super) fn on_threads<P: Peer, W: Work + Send>(
    peer: &P,
    kind: Kind,
    threads: u64,
    work: impl Fn() -> W,
) -> Vec<W::Out>
where
    W::Out: Send,
{
    if threads == 1 {
        return vec![peer.on_thread(kind, work())];
    }
    let together = Barrier::new(usize::try_from(threads).unwrap_or(1));
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                let work = Together(work(), &together);
                scope.spawn(move || peer.on_thread(kind, work))
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().expect("a thread of the application panicked"))
            .collect()
    })
}

/// Begins when all threads have come so far.
struct Together<'a, W>(W, &'a Barrier);

impl<W: Work> Work for Together<'_, W> {
    type Out = W::Out;

    fn run(self, call: impl FnMut(u64)) -> W::Out {
        self.1.wait();
        self.0.run(call)
    }
}
