//! The machine, the date, and the load.

use std::process::Command;

use time::OffsetDateTime;

/// Describes the machine in one line.
pub(crate) fn describe() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = field(&cpu, "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = field(&memory, "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(0.0, |kib| kib / 1024.0 / 1024.0);
    let system = rustix::system::uname();
    let virtual_machine = if cpu.contains(" hypervisor") {
        ", a virtual machine"
    } else {
        ""
    };
    format!(
        "{model}, {cores} cores, {memory:.0} GiB{virtual_machine}; {} {}; {}",
        system.sysname().to_string_lossy(),
        system.release().to_string_lossy(),
        rustc()
    )
}

pub(crate) fn rustc() -> String {
    Command::new("rustc")
        .arg("--version")
        .output()
        .ok()
        .map_or_else(String::new, |output| {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        })
}

/// Returns the load average over the last minute.
pub(crate) fn load() -> f64 {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0)
}

/// Returns today's date in UTC.
pub(crate) fn date() -> String {
    OffsetDateTime::now_utc().date().to_string()
}

fn field(text: &str, name: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'))
        .map(|value| value.trim().to_owned())
}
