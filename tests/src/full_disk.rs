//! Makes the disk of a process full for some time.

use std::env;
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The variable that passes the period to a child process, in milliseconds.
const VARIABLE: &str = "TESTS_FULL_DISK";

/// A period in which all writes to files fail, as on a full disk.
///
/// The limit on the sizes of files is set to zero. The process must ignore the signal SIGXFSZ, for
/// example because a shell started it after `trap '' XFSZ`. Child processes inherit both.
#[derive(Debug, Clone, Copy)]
pub struct FullDisk {
    /// The time until the period begins.
    pub after: Duration,
    /// The length of the period.
    pub length: Duration,
}

impl FullDisk {
    /// Starts the time. If `after` is zero, the disk is full when this function returns. The thread
    /// ends when the period is over.
    #[must_use]
    pub fn start(self) -> JoinHandle<()> {
        if self.after.is_zero() {
            limit_file_sizes(Some(0));
        }
        thread::spawn(move || {
            thread::sleep(self.after);
            limit_file_sizes(Some(0));
            thread::sleep(self.length);
            limit_file_sizes(None);
        })
    }

    /// Makes a child process read the period with [`from_env`](Self::from_env).
    pub fn add_to(self, command: &mut Command) {
        let milliseconds = [self.after, self.length].map(|time| time.as_millis().to_string());
        command.env(VARIABLE, milliseconds.join(","));
    }

    /// Returns the period that the parent process has set.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let period = env::var(VARIABLE).ok()?;
        let (after, length) = period.split_once(',')?;
        let milliseconds = |text: &str| text.parse().ok().map(Duration::from_millis);
        Some(Self {
            after: milliseconds(after)?,
            length: milliseconds(length)?,
        })
    }
}

/// Limits the size of each file that this process writes. `None` removes the limit.
///
/// # Panics
/// Panics on systems other than Unix.
pub fn limit_file_sizes(bytes: Option<u64>) {
    #[cfg(unix)]
    set_limit(bytes);
    #[cfg(not(unix))]
    panic!("there is no limit on the sizes of files here: {bytes:?}");
}

#[cfg(unix)]
fn set_limit(bytes: Option<u64>) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit {
        current: bytes.or(maximum),
        maximum,
    };
    setrlimit(Resource::Fsize, limit).expect("a limit below the maximum");
}
