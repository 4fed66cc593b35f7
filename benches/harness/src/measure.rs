//! The measurements. Each runs in a process of its own.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use crate::args::Args;
use crate::clock::Ticks;
use crate::peer::{Kind, Peer, Work};
use crate::samples::Samples;
use crate::{CountAllocations, process};

pub(crate) fn run<P: Peer>(args: &Args, count: Option<CountAllocations>) -> Result<(), String> {
    let peer = P::set_up(args)?;
    match args.measure.as_str() {
        "burst" => burst(&peer, args)?,
        "idle" => idle(&peer, args)?,
        "allocations" => allocations(&peer, args, count)?,
        "throughput" => throughput(&peer, args)?,
        "exit" => emit(&peer, args.kind(), args.number("calls", 100)?),
        "shutdown" => shutdown(&peer, args)?,
        "scope" => per_poll(args, |n| peer.scope_polls(n))?,
        "stream" => per_poll(args, |n| peer.stream_items(n))?,
        other => return Err(format!("`{other}` is no measurement")),
    }
    peer.leave();
    Ok(())
}

/// Calls without timing each, until the number or the time is reached.
struct Loop {
    calls: u64,
    budget: Duration,
}

struct Took {
    calls: u64,
    time: Duration,
    cpu: Duration,
}

impl Work for Loop {
    type Out = Took;

    fn run(self, mut call: impl FnMut(u64)) -> Took {
        let cpu = process::thread_cpu();
        let start = Instant::now();
        let mut done = 0;
        // The clock is read rarely, unless the calls are slow.
        let mut block = 16;
        while done < self.calls {
            let begin = start.elapsed();
            let end = self.calls.min(done + block);
            for n in done..end {
                call(n);
            }
            done = end;
            let now = start.elapsed();
            if now > self.budget {
                break;
            }
            if now - begin < Duration::from_millis(10) {
                block = (block * 2).min(8_192);
            }
        }
        Took {
            calls: done,
            time: start.elapsed(),
            cpu: process::thread_cpu() - cpu,
        }
    }
}

/// Calls, each timed.
struct Timed<'a> {
    calls: u64,
    budget: Duration,
    clock: &'a Ticks,
}

impl Work for Timed<'_> {
    type Out = Samples;

    fn run(self, mut call: impl FnMut(u64)) -> Samples {
        let mut samples = Samples::with_room(usize::try_from(self.calls).unwrap_or(0));
        let start = Instant::now();
        let mut spent = 0;
        for n in 0..self.calls {
            let before = self.clock.now();
            call(n);
            let took = self.clock.now() - before;
            samples.push(took);
            spent += took;
            if self.clock.nanos(spent) > 50_000_000 {
                spent = 0;
                if start.elapsed() > self.budget {
                    break;
                }
            }
        }
        samples
    }
}

/// One after the other with a pause, as a service that is not busy.
struct Paced<'a> {
    calls: u64,
    apart: Duration,
    sleep: bool,
    budget: Duration,
    clock: &'a Ticks,
    /// Says when it begins and ends, for whoever counts the system calls of this thread.
    marked: bool,
}

impl Work for Paced<'_> {
    type Out = Samples;

    fn run(self, mut call: impl FnMut(u64)) -> Samples {
        let mut samples = Samples::with_room(usize::try_from(self.calls).unwrap_or(0));
        if self.marked {
            eprintln!("begin");
        }
        let start = Instant::now();
        let mut next = start;
        for n in 0..self.calls {
            next += self.apart;
            if self.sleep {
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            } else {
                while Instant::now() < next {
                    std::hint::spin_loop();
                }
            }
            let before = self.clock.now();
            call(n);
            samples.push(self.clock.now() - before);
            if start.elapsed() > self.budget {
                break;
            }
        }
        if self.marked {
            eprintln!("end");
        }
        samples
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

fn nanos_per(time: Duration, calls: u64) -> f64 {
    time.as_secs_f64() * 1e9 / calls.max(1) as f64
}

/// The mean and the distribution of calls as fast as they can be made, on one thread or several.
fn burst<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let threads = args.number("threads", 1)?;
    let calls = args.number("calls", 100_000)? / threads;
    let bursts = args.number("bursts", 4)?;
    let budget = args.millis("budget", 1_500)?;
    let settles = args.number("settle", 1)? == 1;
    let kind = args.kind();
    let clock = Ticks::new();
    let settle = || {
        let settled = !settles || peer.settle(PATIENCE);
        peer.forget();
        settled
    };

    on_threads(peer, kind, threads, || Loop {
        calls: calls / 10,
        budget,
    });
    let mut settled = settle();
    let mut means = Vec::new();
    let mut made = 0;
    for _ in 0..bursts {
        let took = on_threads(peer, kind, threads, || Loop { calls, budget });
        made += took.iter().map(|took| took.calls).sum::<u64>();
        let each: Vec<f64> = took
            .iter()
            .map(|took| nanos_per(took.time, took.calls))
            .collect();
        let cpu: Duration = took.iter().map(|took| took.cpu).sum();
        let calls: u64 = took.iter().map(|took| took.calls).sum();
        means.push((
            each.iter().sum::<f64>() / each.len() as f64,
            nanos_per(cpu, calls),
        ));
        settled &= settle();
    }
    means.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("mean {:.1}", means[means.len() / 2].0);
    means.sort_by(|a, b| a.1.total_cmp(&b.1));
    println!("cpu {:.1}", means[means.len() / 2].1);

    let mut all = Samples::with_room(0);
    for _ in 0..bursts {
        for samples in on_threads(peer, kind, threads, || Timed {
            calls,
            budget,
            clock: &clock,
        }) {
            all.extend(&samples);
        }
        settled &= settle();
    }
    all.print(&clock);
    println!("calls {made}");
    println!("settled {}", u8::from(settled));
    println!("dropped {}", peer.dropped());
    Ok(())
}

/// The same work on so many threads at once.
fn on_threads<P: Peer, W: Work + Send>(
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

fn idle<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let clock = Ticks::new();
    let kind = args.kind();
    let work = |calls, marked| {
        Ok::<_, String>(Paced {
            calls,
            apart: Duration::from_micros(args.number("apart", 1_000)?),
            sleep: args.number("sleep", 1)? == 1,
            budget: args.millis("budget", 10_000)?,
            clock: &clock,
            marked,
        })
    };
    peer.on_thread(kind, work(50, false)?);
    let samples = peer.on_thread(kind, work(args.number("calls", 2_000)?, true)?);
    samples.print(&clock);
    Ok(())
}

/// Allocations on the caller's thread, in steady state.
fn allocations<P: Peer>(
    peer: &P,
    args: &Args,
    count: Option<CountAllocations>,
) -> Result<(), String> {
    let count = count.ok_or("this program does not count allocations")?;
    let calls = args.number("calls", 20_000)?;
    let kind = args.kind();
    struct Counted(u64, CountAllocations);
    impl Work for Counted {
        type Out = u64;
        fn run(self, mut call: impl FnMut(u64)) -> u64 {
            (self.1)(&mut || (0..self.0).for_each(&mut call))
        }
    }
    let mut each = Vec::new();
    for _ in 0..4 {
        each.push(peer.on_thread(kind, Counted(calls, count)) as f64 / calls as f64);
        peer.settle(PATIENCE);
        peer.forget();
    }
    println!("allocations {:.3}", each[each.len() - 1]);
    Ok(())
}

fn emit<P: Peer>(peer: &P, kind: Kind, calls: u64) {
    peer.on_thread(
        kind,
        Loop {
            calls,
            budget: Duration::from_secs(60),
        },
    );
}

/// From the first call to the arrival of the last event.
fn throughput<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    let calls = args.number("calls", 1_000_000)?;
    let budget = args.millis("budget", 30_000)?;
    let patience = args.millis("patience", 60_000)?;
    let before = process::peak_kib();
    let cpu = process::cpu();
    let start = Instant::now();
    let took = peer.on_thread(args.kind(), Loop { calls, budget });
    let settled = peer.settle(patience);
    println!("seconds {:.6}", start.elapsed().as_secs_f64());
    println!("cpu_seconds {:.6}", (process::cpu() - cpu).as_secs_f64());
    println!("calls {}", took.calls);
    println!("calling_seconds {:.6}", took.time.as_secs_f64());
    println!("settled {}", u8::from(settled));
    println!("dropped {}", peer.dropped());
    println!("start_kib {before}");
    println!("peak_kib {}", process::peak_kib());
    Ok(())
}

/// How long a flush, and then a shutdown, take against a server that never answers.
fn shutdown<P: Peer>(peer: &P, args: &Args) -> Result<(), String> {
    emit(peer, args.kind(), args.number("calls", 1_000)?);
    let deadline = args.millis("deadline", 1_000)?;
    let start = Instant::now();
    let settled = peer.settle(deadline);
    println!("seconds {:.6}", start.elapsed().as_secs_f64());
    println!("deadline {:.6}", deadline.as_secs_f64());
    println!("settled {}", u8::from(settled));
    let start = Instant::now();
    if let Some(rest) = peer.shut_down(deadline) {
        println!("shutdown_seconds {:.6}", start.elapsed().as_secs_f64());
        println!("rest {rest}");
    }
    Ok(())
}

fn per_poll(args: &Args, polls: impl Fn(u64) -> bool) -> Result<(), String> {
    let n = args.number("calls", 2_000_000)?;
    if !polls(n / 10) {
        return Err("it has none".to_owned());
    }
    let mut each = Vec::new();
    for _ in 0..args.number("bursts", 5)? {
        let start = Instant::now();
        polls(n);
        each.push(nanos_per(start.elapsed(), n));
    }
    each.sort_by(f64::total_cmp);
    println!("mean {:.2}", each[each.len() / 2]);
    Ok(())
}
