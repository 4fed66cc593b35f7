//! Builds and runs one of the programs in `programs/`.

use std::path::{Path, PathBuf};
use std::process::Command;

const VARIABLES: [&str; 8] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "https_proxy",
    "all_proxy",
];

/// A program that sends one event and prints the outcome.
pub struct Program(Command);

/// The outcome of a program.
pub struct Outcome {
    /// What the program printed.
    pub output: String,
    /// The warnings that copilot-track logged.
    pub warnings: Vec<String>,
}

impl Program {
    /// Builds the program with this name, and prepares it to send an event to this URL.
    pub fn new(name: &str, url: &str) -> Self {
        let built = cargo(name, &["build", "--quiet"])
            .status()
            .expect("cargo runs");
        assert!(built.success(), "{name} does not build");
        let program = target().join(format!("copilot-track-tls-{name}"));
        let mut command = Command::new(program);
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.arg(url);
        Self(command)
    }

    /// Adds the certificates in this file with `TrackerBuilder::root_certificates`.
    pub fn root(mut self, file: impl AsRef<Path>) -> Self {
        self.0.arg(file.as_ref());
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs the program. It must succeed, i.e. not panic.
    #[track_caller]
    pub fn run(mut self) -> Outcome {
        let output = self.0.output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        Outcome {
            output: String::from_utf8_lossy(&output.stdout)
                .trim_end()
                .to_owned(),
            warnings: stderr.lines().map(str::to_owned).collect(),
        }
    }
}

impl Outcome {
    /// Asserts that the event was delivered.
    #[track_caller]
    pub fn assert_delivered(&self) {
        assert_eq!(self.output, "delivered", "{:#?}", self.warnings);
    }

    /// Asserts that the tracker could not be built, and that the error contains these strings.
    #[track_caller]
    pub fn assert_config_error(&self, expected: &[&str]) {
        assert!(self.output.starts_with("ConfigError: "), "{}", self.output);
        for text in expected {
            assert!(self.output.contains(text), "{text}: {}", self.output);
        }
    }

    /// Asserts that the event was not delivered, and that the log has one warning about the
    /// certificate.
    #[track_caller]
    pub fn assert_untrusted(&self, expected: &str) {
        assert_eq!(self.output, "not delivered");
        let [warning] = &self.warnings[..] else {
            panic!("{:#?}", self.warnings);
        };
        assert!(warning.contains("certificate is not trusted"), "{warning}");
        assert!(warning.contains(expected), "{warning}");
    }
}

/// Returns the names of all crates that are compiled for a program.
pub fn dependencies(name: &str) -> Vec<String> {
    let args = ["tree", "--edges", "normal,build", "--prefix", "none"];
    let output = cargo(name, &args).output().expect("cargo runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines()
        .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
        .collect()
}

fn cargo(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("programs")
        .join(name);
    command.current_dir(folder).args(args);
    command
}

/// Returns the folder that contains the programs built with this profile.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    // The test is in the subfolder `deps`.
    let folder = test.ancestors().nth(2).expect("the folder of the test");
    folder.to_owned()
}
