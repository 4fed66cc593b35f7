//! The sections of the page: one table for each group of measurements, with its limitations.

use crate::measurement_names::*;
use crate::report::table::{Column, column, scaled, table};
use crate::results::Results;
use crate::subjects::*;

const LIBRARIES: [&str; 7] = [
    "copilot-track",
    PARTS,
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
        application,
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
        "Nanoseconds per call on the caller's thread, in bursts of 100,000 calls. All events of a \
         burst are delivered before the next burst starts. *mean* is the mean over whole bursts, *CPU* \
         is the CPU time of the caller's thread, and percentiles are over single calls.",
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
         processors. The cost of reading the counter is subtracted. The scheduler determines the \
         maximum, even for the plain call, so compare p99.9 instead. A burst fits in copilot-track's \
         queue. The queue of posthog-rs was enlarged to 200,000 events, because its default of 10,000 \
         drops most of a burst. On two cores, a library's delivery thread and the server compete with \
         the caller for CPU time. tracing's JSON is discarded instead of written, and nothing receives \
         fastrace's spans, so both look faster than in real use. copilot-track generates an id for each \
         reply. With the other libraries, the id is a constant.",
    )
}

fn threads(results: &Results) -> String {
    section(
        "Two threads",
        "The same measurement on two threads, each with its own conversation. Nanoseconds per call.",
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
         means therefore include the work of both, but the callers' CPU time does not. More cores would \
         increase lock contention, not reduce it.",
    )
}

fn idle(results: &Results) -> String {
    section(
        "1,000 calls per second",
        "Nanoseconds per call. In the first three columns, the caller waits for the next call in a busy \
         loop, so its caches stay warm. In the next two columns, it sleeps. The last column shows the \
         system calls on the caller's thread, counted with strace.",
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
        "Most of the cost of a channel is the time to wake the receiving thread. This takes about 20 µs \
         on a virtual machine like this one, and a few microseconds on bare metal. A round has only \
         2,000 calls, so the two slowest calls determine p99.9. After a sleep, the caller's caches are \
         cold.",
    )
}

fn outage(results: &Results) -> String {
    section(
        "The server is slow or down",
        "Nanoseconds per call in bursts of 100,000 calls. A burst ends early after 1.5 s. The server \
         responds after 100 ms (*slow*), or nothing listens on its port (*down*). The last two columns \
         show the delivery to the slow server of 200,000 events, or of as many as the caller emits in \
         8 s.",
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
        "A library that drops events looks fast (see the last column). With the server down, `segment` \
         loses each batch at the first error, and posthog-rs loses each batch after 0.7 s. copilot-track \
         keeps events up to the limits of its queue. A connection to a closed local port is refused at \
         once. With a host that does not respond, a request would wait until the connection times out.",
    )
}

fn throughput(results: &Results) -> String {
    section(
        "Throughput and its cost",
        "Measured from the first call to the arrival of the last event, with one calling thread. CPU \
         time is the CPU time of the client process. Each library sends a million events, except \
         posthog-rs, which sends 300,000. Its CPU time is scaled to a million events.",
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
         in size, as the table shows. With copilot-track, the caller waits for room in the queue \
         (`Overflow::Block`), so all events arrive. The channel of *segment, channel and worker* is \
         unbounded, and the queue of posthog-rs holds 200,000 events. With the other variants, the \
         caller itself sends. `segment` and rudderanalytics cannot compress. The server uses up to one \
         of the two cores.",
    )
}

fn memory(results: &Results) -> String {
    section(
        "Memory",
        "Peak resident memory (VmHWM) of a process that makes a million calls without a pause, with \
         each library's default limits. copilot-track's queue holds at most 200,000 events and 64 MiB. \
         When it is full, the newest events are dropped.",
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
        "A library that sends events faster holds fewer of them at a time. The figures include freed \
         memory that the allocator keeps. posthog-rs does not report how many events it dropped. Its \
         default limit is 10,000 events.",
    )
}

fn exit(results: &Results) -> String {
    let mut exits: Vec<Column> = Vec::new();
    for (calls, heading) in EXITS.iter().zip(["100", "1,000", "9,000"]) {
        exits.push(scaled(heading, &exit_name(*calls), "share", 100.0));
    }
    section(
        "The process exits without a flush",
        "A program makes 100, 1,000, or 9,000 calls. Its `main` then drops the library and returns \
         without a flush. The table shows the percentage of the events that arrived.",
        &by_subject(results, &exits),
        "A process that is killed or calls `exit` runs no destructors and loses the events in memory. \
         This also applies to copilot-track, unless it has a spool. A posthog-rs client sends its events \
         when it is dropped, but the global client is never dropped.",
    )
}

fn shutdown(results: &Results) -> String {
    section(
        "The server never responds",
        "The seconds that a flush with a deadline of 1 s takes, and then a shutdown with the same \
         deadline. The other libraries have no deadline. The benchmark aborts their flush after 10 s.",
        &by_subject(
            results,
            &[
                column("flush", SHUTDOWN, "seconds"),
                column("shutdown", SHUTDOWN, "shutdown_seconds"),
                column("reported as undelivered", SHUTDOWN, "undelivered"),
            ],
        ),
        "The benchmark itself ended the flushes that have no result after 10 s. It is unknown how long \
         they would have taken.",
    )
}

fn polls(results: &Results) -> String {
    section(
        "Polls",
        "Nanoseconds per poll of a future in a library's scope, and per item of a stream that a tracked \
         reply returns. The plain call shows the cost of the loop alone.",
        &by_subject(
            results,
            &[
                column("scope, per poll", SCOPE, "mean"),
                column("stream, per item", STREAM, "mean"),
            ],
        ),
        "The future does nothing, and the stream returns constant words. Without instrumentation, the \
         compiler optimizes most of the loop away. The words have 4 to 13 bytes. They are collected \
         into the message's body, up to its limit.",
    )
}

fn clean_build(results: &Results) -> String {
    section(
        "Clean build",
        "An empty program with one dependency is built from scratch in the development profile. The \
         last two columns show the size of a stripped release program that uses the library, and how \
         much larger it is than a program without a library.",
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
        "copilot-track and the crates that it consists of (`segment` without TLS, and `reqwest` 0.13 \
         with rustls) are built three times in turn, and the other libraries once. The CPU time of a \
         build varies by about 5%. The wall-clock time depends on the load of the machine. copilot-track \
         is a path dependency, which cargo would compile incrementally. Incremental compilation is off in \
         this measurement, because cargo does not use it for dependencies from a registry. tracing \
         includes its subscriber and appender. The default features of `segment` use *ring*, which \
         compiles faster than *aws-lc-rs*.",
    )
}

fn application(results: &Results) -> String {
    section(
        "Clean build of an application",
        "A build from scratch, in the development profile, of an empty program that depends on axum, \
         async-openai, and tokio, and what one more dependency adds to this build.",
        &table(
            results,
            "",
            &[PLAIN_APPLICATION, "copilot-track", "posthog-rs"],
            &[
                column("crates", APPLICATION, "crates"),
                column("CPU seconds", APPLICATION, "cpu_seconds"),
                column("added crates", APPLICATION, "added_crates"),
                column("added CPU seconds", APPLICATION, "added_cpu_seconds"),
            ],
        ),
        "The application and copilot-track are built three times in turn, and posthog-rs once. The added \
         CPU time is the difference between two builds in the same round. It includes the time to compile \
         shared crates with more features.",
    )
}

fn functions(results: &Results) -> String {
    section(
        "500 annotated functions",
        "500 async functions of five lines each, all with the same attribute. They are compiled in a \
         library, where handlers usually are, and in a program that polls each of them. One function is \
         edited after everything has been built. The columns show the seconds that `cargo check` and \
         `cargo build --release` then take, and the lines per function after macro expansion.",
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
        "The targets have the same limits for the library and for the program. The limits were set from \
         figures that are closer to the library's: 0.11 s to check and 0.56 s to build without an \
         attribute, 0.37 s and 1.9 s with fastrace, and 1.12 s and 5.3 s with tracing, whose functions \
         had 98 lines after expansion. In the library, the compiler generates no code for the body of \
         an `async fn`, because nothing polls its future. The program has a table of 500 functions, \
         each of which polls one future, and the benchmark checks its output. Even without an \
         attribute, the program takes most of the time that the targets allow. All figures include the \
         time that cargo needs to start. The figures of the program also include linking. The edit \
         changes one digit. An edit that moved the code after it made `check` 2 to 4 times slower with \
         every attribute. tracing is measured as in its documentation, and also with `skip_all`, which \
         does not record the arguments. The lines are counted in the compiler's expanded output.",
    )
}
