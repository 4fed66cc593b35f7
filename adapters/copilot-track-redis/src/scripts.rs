//! The scripts that run on the server. Each of them is atomic.

use std::sync::LazyLock;

use redis::{Cmd, Script, ToRedisArgs};

macro_rules! scripts {
    ($($name:ident = $file:literal,)*) => {
        $(
            pub(crate) static $name: LazyLock<StoredScript> =
                LazyLock::new(|| StoredScript::new(include_str!(concat!("scripts/", $file))));
        )*

        /// Returns all scripts.
        pub(crate) fn all() -> Vec<&'static StoredScript> {
            vec![$(&$name),*]
        }
    };
}

scripts! {
    APPLY = "apply.lua",
    TIME = "time.lua",
    CLAIM = "claim.lua",
    CONFIRM = "confirm.lua",
    TOUCH = "touch.lua",
    LEASE = "lease.lua",
    RESCHEDULE = "reschedule.lua",
    PUBLISH_LEDGER = "ledger.lua",
    READ_LEDGERS = "ledgers.lua",
}

/// A script and its hash.
pub(crate) struct StoredScript {
    code: &'static str,
    script: Script,
}

impl StoredScript {
    fn new(code: &'static str) -> Self {
        Self {
            code,
            script: Script::new(code),
        }
    }

    /// Returns a command that runs the script.
    pub(crate) fn call(&self, keys: &[String], args: impl ToRedisArgs) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command
            .arg(self.script.get_hash())
            .arg(keys.len())
            .arg(keys)
            .arg(args);
        command
    }

    /// Returns a command that loads the script. On a cluster, all primaries load it.
    pub(crate) fn load(&self) -> Cmd {
        let mut command = redis::cmd("SCRIPT");
        command.arg("LOAD").arg(self.code);
        command
    }
}
