//! The measurements, a table each, with what could be wrong with them.

use crate::report::table::{Column, column, scaled, table};
use crate::results::Results;
use crate::rows::*;
use crate::subjects::*;

fn section(title: &str, about: &str, table: &str, doubts: &str) -> String {
    format!("## {title}\n\n{about}\n\n{table}\n**What could be wrong:** {doubts}\n\n")
}

pub(super) fn sections(results: &Results) -> String {
    let names: Vec<&str> = ALL.iter().map(|subject| subject.name).collect();
    let libraries = [
        "copilot-track",
        "segment",
        "posthog-rs",
        "rudderanalytics",
        "tracing",
        "fastrace",
    ];
    let attributes = [
        "none",
        "tracked_tool",
        "tracked_reply",
        "tracing",
        "tracing_skip_all",
        "fastrace",
    ];
    let all = |columns: &[Column]| table(results, "", &names, columns);
    let mut page = String::new();
    page.push_str(&section(
        "One annotated call, as fast as they come",
        "Nanoseconds on the caller's thread, in bursts of 100,000 calls; between bursts everything is \
         delivered. The mean is of whole bursts; CPU is the caller's own; the rest is of single calls.",
        &all(&[
            column("mean", BURST, "mean"),
            column("CPU", BURST, "cpu"),
            column("p50", BURST, "p50"),
            column("p99", BURST, "p99"),
            column("p99.9", BURST, "p999"),
            column("max", BURST, "max"),
            column("allocations", ALLOCATIONS, "allocations"),
            column("reply: mean", REPLY, "mean"),
            column("reply: p99", REPLY, "p99"),
            column("reply: allocations", ALLOCATIONS_REPLY, "allocations"),
        ]),
        "Single calls are timed by the time-stamp counter, of whose steps some processors have one in 10 \
         ns; what reading it costs is taken off. The maximum is the scheduler's, for a plain call too: \
         compare p99.9. A burst fits into our queue and into posthog-rs's, which was made larger for it \
         (200,000; its default of 10,000 drops most of a burst). With two cores the delivery threads and \
         the server take their share of the caller's time, in all libraries that have any. tracing's \
         JSON is thrown away instead of written, and fastrace's spans are reported to nobody: both \
         flatter them. A peer's reply is sent with an id that is at hand; ours makes one.",
    ));
    page.push_str(&section(
        "Two threads at once",
        "The same on two threads, each with a conversation of its own; nanoseconds a call.",
        &all(&[
            column("mean, 1 thread", BURST, "mean"),
            column("mean, 2 threads", THREADS, "mean"),
            column("CPU, 2 threads", THREADS, "cpu"),
            column("p99", THREADS, "p99"),
            column("p99.9", THREADS, "p999"),
        ]),
        "On two cores, two callers leave none for the delivery thread and the server: the mean by the \
         clock has their work in it, the callers' CPU has not. More cores would show more contention \
         at locks, not less.",
    ));
    page.push_str(&section(
        "A thousand calls a second, nothing else to do",
        "Nanoseconds of single calls. In the first columns the caller waits for the next call by looking at the \
         clock, so that its caches stay warm; in the others it sleeps. System calls are those of the \
         caller's thread, counted by strace.",
        &all(&[
            column("p50", IDLE, "p50"),
            column("p99", IDLE, "p99"),
            column("p99.9", IDLE, "p999"),
            column("sleeping: p50", IDLE_COLD, "p50"),
            column("sleeping: p99", IDLE_COLD, "p99"),
            column("system calls a call", SYSCALLS, "per_call"),
        ]),
        "Waking a thread leaves a virtual machine (about 20 µs here; a few on bare metal), which is most of \
         what a channel costs. 2,000 calls a round: p99.9 stands on two of them. A caller that sleeps pays \
         for cold caches, as the plain call shows.",
    ));
    page.push_str(&section(
        "The server is slow, or down",
        "Bursts of 100,000 calls, or 1.5 s of them: the server output after 100 ms, or nobody listens. \
         Nanoseconds a call; then 200,000 events, or 8 s of them, delivered to the slow server.",
        &all(&[
            column("slow: mean", SLOW, "mean"),
            column("slow: p99", SLOW, "p99"),
            column("slow: p99.9", SLOW, "p999"),
            column("slow: max", SLOW, "max"),
            column("down: mean", DOWN, "mean"),
            column("down: p99.9", DOWN, "p999"),
            column("down: max", DOWN, "max"),
            column("slow: events/s", THROUGHPUT_SLOW, "events_per_second"),
            column("slow: dropped or lost", THROUGHPUT_SLOW, "lost"),
        ]),
        "A library that drops is fast: see the last column. With the server down, `segment` loses each \
         batch at its first error, posthog-rs after 0.7 s; we keep them up to the bounds of the queue. \
         Nobody listens on a port of this machine, which is refused at once; a host that does not answer \
         would take a connection's time-out.",
    ));
    page.push_str(&section(
        "Delivered, and what it costs",
        "From the first call to the arrival of the last event, one thread calling; CPU is the client's process alone. \
         A million events, of posthog-rs 300,000, whose figures are for a million all the same.",
        &all(&[
            column("events/s", THROUGHPUT, "events_per_second"),
            column("CPU s per million", THROUGHPUT, "cpu_per_million"),
            column("bytes an event", THROUGHPUT, "event_bytes"),
            column("events a request", THROUGHPUT, "events_per_request"),
            column("gzip: events/s", GZIP, "events_per_second"),
            column("gzip: CPU s per million", GZIP, "cpu_per_million"),
            column("gzip: bytes an event", GZIP, "event_compressed"),
        ]),
        "Loopback without TLS flatters throughput. Events differ in size, see the column. Our caller waits \
         for room in the queue (`Overflow::Block`) so that all events arrive; the others' queues take any \
         number or, as segment inline, make the caller send. `segment` and rudderanalytics cannot compress. On two cores the server \
         takes up to one of them.",
    ));
    page.push_str(&section(
        "Memory",
        "The most that was resident (VmHWM) in a process that calls a million times without a pause, with \
         each library's default bounds: ours holds 200,000 events or 64 MiB and drops the newest.",
        &all(&[
            scaled("before, MB", MEMORY_BURST, "start_kib", 1.024e-3),
            scaled("peak, MB", MEMORY_BURST, "peak_kib", 1.024e-3),
            column("counted as dropped", MEMORY_BURST, "dropped"),
            column("arrived", MEMORY_BURST, "server_events"),
            column("lost uncounted", MEMORY_BURST, "uncounted"),
        ]),
        "A faster library has sent more of them by the end. What the allocator keeps is in it. posthog-rs \
         does not say what it dropped; its default bound is 10,000 events.",
    ));
    let mut exits: Vec<Column> = Vec::new();
    for (calls, heading) in EXITS.iter().zip(["100", "1,000", "9,000"]) {
        exits.push(scaled(heading, &exit_row(*calls), "share", 100.0));
    }
    page.push_str(&section(
        "The process ends, and nobody flushed",
        "Percent of the events that arrived after `main` returned, with everything that was set up going out of scope.",
        &all(&exits),
        "A process that is killed, or calls `exit`, drops nothing and loses what is in memory: of ours too, \
         unless there is a spool. posthog-rs's own client drains when it is dropped, its global one is never dropped.",
    ));
    page.push_str(&section(
        "A server that takes requests and never output",
        "Seconds until a flush with a deadline of 1 s came back, and then a shutdown with the same. Peers know no \
         deadline: their flush is ended after 10 s.",
        &all(&[
            column("flush", SHUTDOWN, "seconds"),
            column("shutdown", SHUTDOWN, "shutdown_seconds"),
            column("reported as not delivered", SHUTDOWN, "undelivered"),
        ]),
        "Where it is ended after 10 s, that is our patience, not a measurement: how long it would have \
         taken is not known from this.",
    ));
    page.push_str(&section(
        "Polls",
        "Nanoseconds a poll of a future in a library's scope, and of a stream item through a tracked reply; the plain ones are \
         the loop alone.",
        &all(&[
            column("scope, a poll", SCOPE, "mean"),
            column("stream, an item", STREAM, "mean"),
        ]),
        "The future does nothing and the stream is a counter, in a loop that the compiler sees through for \
         the plain ones. The items are words of 3 to 13 bytes, gathered for the message's body up to its bound.",
    ));
    page.push_str(&section(
        "Clean build",
        "An empty program with this one dependency, in the development profile, from nothing; and what the library adds to \
         a stripped release program that uses it.",
        &table(
            results,
            "",
            &libraries,
            &[
                column("crates", CLEAN, "crates"),
                column("seconds", CLEAN, "seconds"),
                column("CPU seconds", CLEAN, "cpu_seconds"),
                scaled("binary, MB", SIZE, "bytes", 1e-6),
                scaled("beyond plain, MB", SIZE, "beyond_plain", 1e-6),
            ],
        ),
        "Three builds of ours and of `segment`, in turn, and one of each other: CPU seconds of one build vary by \
         some 5%, seconds with whatever else runs. Ours stands on this disk, where cargo would prepare it for the next \
         edit and compile it in 256 units; it is built without that, as every library from a registry is. tracing is with its subscriber and appender. The program is the one that was measured above; `segment` is in ours.",
    ));
    page.push_str(&section(
        "500 annotated functions",
        "500 async functions of five lines under one attribute, in a library, as handlers are; and the same in a \
         program that polls each. One of them is edited, everything else is built: seconds of `cargo check` and of \
         `cargo build --release`, and lines a function after expansion.",
        &table(
            results,
            "",
            &attributes,
            &[
                column("check", FUNCTIONS, "library_check"),
                column("check, CPU", FUNCTIONS, "library_check_cpu"),
                column("release", FUNCTIONS, "library"),
                column("release, CPU", FUNCTIONS, "library_cpu"),
                column("program: check", FUNCTIONS, "check"),
                column("program: check, CPU", FUNCTIONS, "check_cpu"),
                column("program: release", FUNCTIONS, "release"),
                column("program: release, CPU", FUNCTIONS, "release_cpu"),
                column("lines", FUNCTIONS, "lines"),
            ],
        ),
        "Both are judged by the same limits. The figures that came with these are nearer to the library's: no \
         attribute 0.11 s to check and 0.56 s to build, fastrace 0.37 and 1.9, tracing 1.12 and 5.3 with 98 lines a \
         function. The library's `async fn`s are compiled up to the future that they return, and no further. What a future does is compiled where it is \
         polled, which the program shows: it has a table of 500 functions that poll one each, and its output is \
         looked at; its functions without any attribute take much of the target's time by themselves. cargo's own \
         start is in all figures, and the linker in the program's. The edit is of one digit: one that \
         moves what is behind it made `check` 2 to 4 times as long under an attribute of any of them. tracing is as \
         its documentation shows it, and with `skip_all`, which spares it the arguments. Lines are the compiler's \
         rendering.",
    ));
    page
}
