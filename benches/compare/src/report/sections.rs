//! The sections of the page: one table for each group of measurements, with its limitations.

use crate::measurement_names::*;
use crate::report::table::{Column, column, scaled, table};
use crate::results::Results;
use crate::subjects::*;

const LIBRARIES: [&str; 6] = [
    "copilot-track",
    "segment",
    "posthog-rs",
    "rudderanalytics",
    "tracing",
    "fastrace",
];

const ATTRIBUTES: [&str; 6] = [
    "none",
    "tracked_tool",
    "tracked_reply",
    "tracing",
    "tracing_skip_all",
    "fastrace",
];

pub(super) fn sections(results: &Results) -> String {
    [
        burst,
        threads,
        idle,
        outage,
        throughput,
        memory,
        exit,
        shutdown,
        polls,
        clean_build,
        functions,
    ]
    .iter()
    .map(|section| section(results))
    .collect()
}

fn section(title: &str, about: &str, table: &str, limitations: &str) -> String {
    format!("## {title}\n\n{about}\n\n{table}\n**Limitations:** {limitations}\n\n")
}

/// Returns a table with one row for each subject.
fn by_subject(results: &Results, columns: &[Column]) -> String {
    let names: Vec<&str> = ALL.iter().map(|subject| subject.name).collect();
    table(results, "", &names, columns)
}

fn burst(results: &Results) -> String {
    section(
        "One annotated call in a burst",
        "Nanoseconds on the caller's thread, in bursts of 100,000 calls. All events of a burst are \
         delivered before the next one starts. *mean* is the mean over whole bursts, *CPU* is the \
         caller's CPU time, and percentiles are over single calls.",
        &by_subject(
            results,
            &[
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
            ],
        ),
        "Single calls are timed with the time-stamp counter, which advances in steps of 10 ns on some \
         processors; the cost of reading it is subtracted. The maximum is caused by the scheduler, as \
         the plain call shows; compare p99.9 instead. A burst fits in copilot-track's queue, and in the \
         queue of posthog-rs, which was enlarged to 200,000 events (its default of 10,000 drops most of \
         a burst). On two cores, the delivery threads and the server of every library compete with the \
         caller for CPU time. tracing's JSON is discarded instead of written, and nothing receives \
         fastrace's spans: both look faster than in real use. With the other libraries, a reply's id is \
         a constant; copilot-track generates one.",
    )
}

fn threads(results: &Results) -> String {
    section(
        "Two threads",
        "The same measurement on two threads, each with its own conversation, in nanoseconds per call.",
        &by_subject(
            results,
            &[
                column("mean, 1 thread", BURST, "mean"),
                column("mean, 2 threads", THREADS, "mean"),
                column("CPU, 2 threads", THREADS, "cpu"),
                column("p99", THREADS, "p99"),
                column("p99.9", THREADS, "p999"),
            ],
        ),
        "On two cores, two callers leave no core for the delivery thread and the server. Wall-clock \
         means include that work; the callers' CPU time does not. With more cores, locks would be more \
         contended, not less.",
    )
}

fn idle(results: &Results) -> String {
    section(
        "1,000 calls per second",
        "Nanoseconds per call. In the first three columns the caller waits for the next call in a busy \
         loop, so that its caches stay warm; in the next two it sleeps. System calls on the caller's \
         thread are counted with strace.",
        &by_subject(
            results,
            &[
                column("p50", IDLE, "p50"),
                column("p99", IDLE, "p99"),
                column("p99.9", IDLE, "p999"),
                column("sleeping: p50", IDLE_COLD, "p50"),
                column("sleeping: p99", IDLE_COLD, "p99"),
                column("system calls per call", SYSCALLS, "per_call"),
            ],
        ),
        "Most of the cost of a channel is waking a thread, which takes about 20 µs on this virtual \
         machine and a few on bare metal. A round has 2,000 calls, so two of them decide p99.9. A \
         caller that sleeps has cold caches, as the plain call shows.",
    )
}

fn outage(results: &Results) -> String {
    section(
        "The server is slow or down",
        "Bursts of 100,000 calls, or of 1.5 s if those take longer, while the server responds after 100 \
         ms (*slow*) or nothing listens on its port (*down*). Nanoseconds per call. The last two \
         columns show the delivery of 200,000 events, or of those emitted in 8 s, to the slow server.",
        &by_subject(
            results,
            &[
                column("slow: mean", SLOW, "mean"),
                column("slow: p99", SLOW, "p99"),
                column("slow: p99.9", SLOW, "p999"),
                column("slow: max", SLOW, "max"),
                column("down: mean", DOWN, "mean"),
                column("down: p99.9", DOWN, "p999"),
                column("down: max", DOWN, "max"),
                column("slow: events/s", THROUGHPUT_SLOW, "events_per_second"),
                column("slow: dropped or lost", THROUGHPUT_SLOW, "lost"),
            ],
        ),
        "A library that drops events looks fast; see the last column. With the server down, `segment` \
         loses each batch at the first error, and posthog-rs after 0.7 s; copilot-track keeps events up \
         to the limits of the queue. A connection to a closed local port is refused at once; with a \
         host that does not respond, a request would wait until the connection times out.",
    )
}

fn throughput(results: &Results) -> String {
    section(
        "Throughput and its cost",
        "Measured from the first call to the arrival of the last event, with one calling thread. CPU \
         time is that of the client process. Each library sends a million events, except posthog-rs, \
         which sends 300,000; its figures are scaled to a million.",
        &by_subject(
            results,
            &[
                column("events/s", THROUGHPUT, "events_per_second"),
                column("CPU s per million", THROUGHPUT, "cpu_per_million"),
                column("bytes per event", THROUGHPUT, "event_bytes"),
                column("events per request", THROUGHPUT, "events_per_request"),
                column("gzip: events/s", GZIP, "events_per_second"),
                column("gzip: CPU s per million", GZIP, "cpu_per_million"),
                column("gzip: bytes per event", GZIP, "event_compressed"),
            ],
        ),
        "A loopback connection without TLS makes throughput look better than in real use. Events differ \
         in size, as the table shows. copilot-track's caller waits for room in the queue \
         (`Overflow::Block`) so that all events arrive; the queues of the others are unbounded, or the \
         caller itself sends, as with *segment, inline*. `segment` and rudderanalytics cannot compress. \
         The server takes up to one of the two cores.",
    )
}

fn memory(results: &Results) -> String {
    section(
        "Memory",
        "Peak resident memory (VmHWM) of a process that makes a million calls without a pause, with \
         each library's default limits. copilot-track holds at most 200,000 events and 64 MiB, and \
         drops the newest.",
        &by_subject(
            results,
            &[
                scaled("before, MB", MEMORY_BURST, "start_kib", 1.024e-3),
                scaled("peak, MB", MEMORY_BURST, "peak_kib", 1.024e-3),
                column("counted as dropped", MEMORY_BURST, "dropped"),
                column("arrived", MEMORY_BURST, "server_events"),
                column("lost without being counted", MEMORY_BURST, "uncounted"),
            ],
        ),
        "A faster library has sent more events by the end. The figures include memory that the \
         allocator keeps. posthog-rs does not report how many events it dropped; its default limit is \
         10,000 events.",
    )
}

fn exit(results: &Results) -> String {
    let mut exits: Vec<Column> = Vec::new();
    for (calls, heading) in EXITS.iter().zip(["100", "1,000", "9,000"]) {
        exits.push(scaled(heading, &exit_name(*calls), "share", 100.0));
    }
    section(
        "The process exits without a flush",
        "Percentage of 100, 1,000 and 9,000 events that arrived after `main` returned and everything in \
         it was dropped.",
        &by_subject(results, &exits),
        "A process that is killed or calls `exit` runs no destructors and loses the events in memory. \
         This includes copilot-track, unless it has a spool. posthog-rs's own client sends its events \
         when it is dropped, but its global client is never dropped.",
    )
}

fn shutdown(results: &Results) -> String {
    section(
        "The server never responds",
        "Seconds until a flush with a deadline of 1 s returned, and then a shutdown with the same \
         deadline. The other libraries have no deadline; their flush is aborted after 10 s.",
        &by_subject(
            results,
            &[
                column("flush", SHUTDOWN, "seconds"),
                column("shutdown", SHUTDOWN, "shutdown_seconds"),
                column("reported as undelivered", SHUTDOWN, "undelivered"),
            ],
        ),
        "The limit of 10 s belongs to this benchmark and is not a measurement; how long such a flush \
         would take is unknown.",
    )
}

fn polls(results: &Results) -> String {
    section(
        "Polls",
        "Nanoseconds per poll of a future in a library's scope, and per item of a stream through a \
         tracked reply. The plain call shows the cost of the loop alone.",
        &by_subject(
            results,
            &[
                column("scope, per poll", SCOPE, "mean"),
                column("stream, per item", STREAM, "mean"),
            ],
        ),
        "The future does nothing, and the stream only counts; without instrumentation, the compiler \
         optimizes most of the loop away. Items are words of 3 to 13 bytes, which are collected for the \
         message's body up to its limit.",
    )
}

fn clean_build(results: &Results) -> String {
    section(
        "Clean build",
        "The build of an empty program with this one dependency, from scratch in the development \
         profile, and the size that the library adds to a stripped release program that uses it.",
        &table(
            results,
            "",
            &LIBRARIES,
            &[
                column("crates", CLEAN, "crates"),
                column("seconds", CLEAN, "seconds"),
                column("CPU seconds", CLEAN, "cpu_seconds"),
                scaled("binary, MB", SIZE, "bytes", 1e-6),
                scaled("added to a plain program, MB", SIZE, "beyond_plain", 1e-6),
            ],
        ),
        "copilot-track and `segment` are built three times in turn, the others once. The CPU time of a \
         build varies by about 5%, wall-clock time with the load of the machine. copilot-track is a \
         path dependency, which cargo would compile incrementally; for this measurement it is built \
         without that, like a library from a registry. tracing includes its subscriber and appender. \
         `segment` is a dependency of copilot-track.",
    )
}

fn functions(results: &Results) -> String {
    section(
        "500 annotated functions",
        "500 async functions of five lines under one attribute, in a library (as handlers usually are), \
         and in a program that polls each of them. The columns show the seconds that `cargo check` and \
         `cargo build --release` take after one function is edited, with everything else already built, \
         and the lines per function after expansion.",
        &table(
            results,
            "",
            &ATTRIBUTES,
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
        "The same limits apply to the library and to the program. The limits were set for figures \
         closer to the library's: 0.11 s to check and 0.56 s to build without an attribute, 0.37 and \
         1.9 s with fastrace, 1.12 and 5.3 s with tracing, whose functions expanded to 98 lines. In the \
         library, an `async fn` is compiled only up to the future it returns. The body of a future is \
         compiled where it is polled: the program has a table of 500 functions, each of which polls one \
         future, and its output is checked. Without any attribute, it already takes most of the time \
         that the target allows. All figures include cargo's start-up time, and the program's include \
         the linker. The edit changes one digit; an edit that moves the code after it made `check` 2 to \
         4 times slower with every attribute. tracing is measured as its documentation shows it, and \
         with `skip_all`, which does not record the arguments. Lines are counted in the compiler's \
         output.",
    )
}
