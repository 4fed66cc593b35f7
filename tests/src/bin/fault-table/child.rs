//! Child processes, which run this program.

use std::env;
use std::process::Command;

use copilot_track_tests::CrashChild;

/// The first argument of a child process.
pub(crate) const CHILD: &str = "crash-child";

/// Returns the command that starts a child process.
pub(crate) fn command(child: CrashChild<'_>) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    child.add_args(command.arg(CHILD));
    command
}
