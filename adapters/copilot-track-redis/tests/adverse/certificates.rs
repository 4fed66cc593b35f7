//! Certificates that come from a certificate authority that only the test knows.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// An authority, and a certificate for 127.0.0.1.
pub(crate) struct Certificates {
    directory: TempDir,
}

impl Certificates {
    /// Creates certificates. Returns `None` if openssl is not installed.
    pub(crate) fn create() -> Option<Self> {
        let directory = TempDir::new().unwrap();
        let path = directory.path();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        std::fs::write(path.join("san.cnf"), "subjectAltName=IP:127.0.0.1\n").unwrap();
        let is_created = openssl(
            path,
            &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2"),
        ) && openssl(
            path,
            &format!("req {key} -keyout server.key -out server.csr -subj /CN=server"),
        ) && openssl(
            path,
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem \
             -days 2 -extfile san.cnf",
        );
        is_created.then_some(Self { directory })
    }

    /// Returns the authority's certificate.
    pub(crate) fn authority(&self) -> Vec<u8> {
        std::fs::read(self.path("ca.pem")).unwrap()
    }

    /// Returns the names and values of the settings with which a server also accepts TLS, on
    /// `port`. The server then uses TLS for its connections to other servers.
    pub(crate) fn settings(&self, port: u16) -> Vec<(&'static str, String)> {
        vec![
            ("tls-port", port.to_string()),
            ("tls-cert-file", self.path("server.pem")),
            ("tls-key-file", self.path("server.key")),
            ("tls-ca-cert-file", self.path("ca.pem")),
            ("tls-auth-clients", "no".to_owned()),
            ("tls-replication", "yes".to_owned()),
            ("tls-cluster", "yes".to_owned()),
        ]
    }

    /// Returns the settings as arguments of redis-server.
    pub(crate) fn args(&self, port: u16) -> Vec<String> {
        let settings = self.settings(port).into_iter();
        settings
            .flat_map(|(name, value)| [format!("--{name}"), value])
            .collect()
    }

    fn path(&self, name: &str) -> String {
        let path = self.directory.path().join(name);
        path.to_str().unwrap().to_owned()
    }
}

/// Runs openssl in a directory. Returns `false` if it is not installed.
fn openssl(directory: &Path, args: &str) -> bool {
    let output = Command::new("openssl")
        .args(args.split(' '))
        .current_dir(directory)
        .output();
    let Ok(output) = output else {
        assert!(std::env::var_os("CI").is_none(), "openssl is not installed");
        println!("skipped: openssl is not installed");
        return false;
    };
    assert!(output.status.success(), "openssl {args}: {output:?}");
    true
}
