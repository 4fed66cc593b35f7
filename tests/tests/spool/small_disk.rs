//! Runs tests in child processes whose disk becomes full and gets room again.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use copilot_track_tests::limit_file_sizes;
use tempfile::tempdir;

/// The variable that names the disk's directory.
const DIRECTORY: &str = "SMALL_DISK";
/// The variable that is set if the disk is a file system of its own.
const MOUNTED: &str = "SMALL_DISK_MOUNTED";

/// Mounts a small file system that only the child sees and that disappears when the child exits.
const MOUNT: &str = r#"mount -t tmpfs -o size=8m none "$SMALL_DISK" && exec "$0" "$@""#;
/// Ignores the signal that a write beyond the limit of file sizes causes, so that the write fails.
const LIMIT: &str = r#"trap '' XFSZ && exec "$0" "$@""#;

/// Runs an ignored test of this program in child processes: once with a limit on the sizes of
/// files, and once on a small file system, if one can be mounted here.
pub(crate) fn run_on_small_disks(test: &str) {
    let mut limited = Command::new("sh");
    limited.args(["-c", LIMIT]);
    run(limited, test);

    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        command
    };
    let allowed = unshare()
        .arg("mount -t tmpfs none /mnt")
        .stderr(Stdio::null())
        .status();
    if allowed.is_ok_and(|status| status.success()) {
        let mut mounted = unshare();
        mounted.arg(MOUNT).env(MOUNTED, "1");
        run(mounted, test);
    } else {
        eprintln!("skipped: no file system can be mounted here");
    }
}

fn run(mut command: Command, test: &str) {
    let directory = tempdir().unwrap();
    let output = command
        .arg(env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory.path())
        .output()
        .unwrap();
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("1 passed"), "{stdout}{stderr}");
}

/// The disk of a child process.
pub(crate) struct SmallDisk {
    directory: PathBuf,
    mounted: bool,
}

impl SmallDisk {
    pub(crate) fn of_this_process() -> Self {
        Self {
            directory: env::var_os(DIRECTORY).unwrap().into(),
            mounted: env::var_os(MOUNTED).is_some(),
        }
    }

    /// Returns a path on the disk.
    pub(crate) fn spool(&self) -> PathBuf {
        self.directory.join("spool")
    }

    /// Fills the disk to the last byte.
    pub(crate) fn fill(&self) {
        if self.mounted {
            let mut filler = File::create(self.filler()).unwrap();
            let full = loop {
                if let Err(error) = filler.write_all(&[0; 4096]) {
                    break error;
                }
            };
            assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        } else {
            limit_file_sizes(Some(0));
        }
        assert!(fs::write(self.directory.join("probe"), "x").is_err());
    }

    /// Makes the disk empty again, except for the spool.
    pub(crate) fn make_room(&self) {
        if self.mounted {
            fs::remove_file(self.filler()).unwrap();
        } else {
            limit_file_sizes(None);
        }
    }

    fn filler(&self) -> PathBuf {
        self.directory.join("filler")
    }
}

/// Starts another process that uses the spool's directory. Returns what the process writes to
/// stderr if it fails.
pub(crate) fn run_second_process(directory: &Path) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_process-exit"))
        .args(["return", "http://127.0.0.1:9", "0"])
        .arg(directory)
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
