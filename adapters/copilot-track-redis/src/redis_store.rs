//! The store.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use copilot_track::store::{
    ClaimedConversation, ConversationStore, ConversationUpdate, EndClaim, IdleRequest,
    MESSAGE_WINDOW, ReplicaLedger, StoreError, StoreFuture, StoredConversation,
};
use copilot_track::{ConversationId, Ledger};
use redis::{Cmd, FromRedisValue, RedisResult, Value};

use crate::connection::Connection;
use crate::error::ConnectError;
use crate::failed_updates::FailedUpdates;
use crate::idle;
use crate::keys::{Keys, index_part};
use crate::late_times::late_times;
use crate::millis::millis;
use crate::options::RedisStoreOptions;
use crate::target::Target;
use crate::{scripts, server_check, stored_fields};

/// The number of known messages and updates that are kept. Each message can come with an update.
const KNOWN: usize = 2 * MESSAGE_WINDOW;
/// The number of known entries that are read. Half of them are messages at least.
const READ_ENTRIES: usize = 64;
/// The time between two checks of the server's policy.
const POLICY_INTERVAL: Duration = Duration::from_secs(60);

/// A [`ConversationStore`] on Redis or Valkey. Clones share a connection.
///
/// The store needs Redis 5 or later, or any version of Valkey. A conversation is stored as a hash
/// and a sorted set, which expire 7 days after the last activity. All changes are Lua scripts, so
/// they are atomic. A script that runs again after a lost answer changes nothing.
#[derive(Clone)]
pub struct RedisStore {
    inner: Arc<Inner>,
}

struct Inner {
    connection: Connection,
    keys: Keys,
    retention_ms: u64,
    next_policy_check: Mutex<Instant>,
}

impl RedisStore {
    /// Connects to the server, and checks that it does not evict keys.
    ///
    /// | URL | server |
    /// | --- | --- |
    /// | `redis://user:password@host:6379/0` | a single server |
    /// | `rediss://…` | the same with TLS |
    /// | `redis+sentinel://user:password@host-1:26379,host-2:26379/primary/0` | the primary that the sentinels monitor under this name |
    /// | `redis+cluster://user:password@host-1:6379,host-2:6379` | a cluster |
    /// | `unix:///path/to/socket` | a local server |
    ///
    /// The `rediss` scheme can also be used with `+sentinel` and `+cluster`. With the `rustls`
    /// feature, the `redis` crate needs a rustls provider for the whole process. If the program
    /// has not installed one, this method installs *aws-lc-rs*.
    ///
    /// A connection that breaks later is established again.
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the URL is invalid, if the server cannot be reached within 10 s,
    /// or if it evicts keys.
    pub async fn connect(url: impl AsRef<str>) -> Result<Self, ConnectError> {
        Self::options().connect(url).await
    }

    /// Returns the default options, which can be changed before connecting.
    pub fn options() -> RedisStoreOptions {
        RedisStoreOptions::default()
    }

    pub(crate) async fn connect_with(
        url: &str,
        options: RedisStoreOptions,
    ) -> Result<Self, ConnectError> {
        let RedisStoreOptions {
            prefix,
            retention,
            #[cfg(feature = "rustls")]
            root_certificates,
        } = options;
        if prefix.contains(['{', '}']) {
            return Err(ConnectError::Prefix { prefix });
        }
        let target = Target::parse(url)?;
        #[cfg(feature = "rustls")]
        let target = target.with_root_certificates(root_certificates);
        if target.is_tls() {
            install_provider();
        }
        server_check::check(&target).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                connection: Connection::new(&target)?,
                keys: Keys::new(&prefix),
                retention_ms: millis(retention),
                next_policy_check: Mutex::new(Instant::now()),
            }),
        })
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Sends commands together, and returns their results.
    pub(crate) async fn send(&self, commands: &[Cmd]) -> Result<Vec<Value>, StoreError> {
        let results = self.inner.connection.send(commands).await;
        results.map_err(StoreError::new)
    }

    /// Sends commands together, and returns the result of each.
    pub(crate) async fn send_each(
        &self,
        commands: &[Cmd],
    ) -> Result<Vec<RedisResult<Value>>, StoreError> {
        let results = self.inner.connection.send_each(commands).await;
        results.map_err(StoreError::new)
    }

    /// Sends one command, and returns its result.
    pub(crate) async fn send_one(&self, command: Cmd) -> Result<Value, StoreError> {
        let results = self.send(&[command]).await?;
        let result = results.into_iter().next();
        result.ok_or_else(|| StoreError::new("the server sent no result"))
    }

    async fn load_conversation(
        &self,
        id: &ConversationId,
    ) -> Result<Option<StoredConversation>, StoreError> {
        let mut fields = redis::cmd("HGETALL");
        fields.arg(self.keys().conversation(id));
        let mut known = redis::cmd("ZREVRANGE");
        known
            .arg(self.keys().known(id))
            .arg(0)
            .arg(READ_ENTRIES - 1);
        let mut results = self.send(&[fields, known]).await?.into_iter();
        let fields: HashMap<String, String> = parse(results.next())?;
        let known: Vec<String> = parse(results.next())?;
        if fields.is_empty() {
            return Ok(None);
        }
        stored_fields::parse(&fields, &known).map(Some)
    }

    async fn apply_updates(&self, updates: &[ConversationUpdate]) -> Result<(), StoreError> {
        // The index is written first. A conversation is therefore always in the index.
        let mut parts: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (position, update) in updates.iter().enumerate() {
            let part = index_part(&update.conversation_id);
            parts.entry(part).or_default().push(position);
        }
        let retention = self.inner.retention_ms.to_string();
        let mut commands: Vec<_> = parts
            .iter()
            .map(|(part, positions)| {
                let ids = positions
                    .iter()
                    .map(|position| updates[*position].conversation_id.as_str());
                let args: Vec<_> = std::iter::once(retention.as_str()).chain(ids).collect();
                scripts::TOUCH.call(&[self.keys().index(*part)], args)
            })
            .collect();
        let mut failed = FailedUpdates::default();
        let mut sent = Vec::with_capacity(updates.len());
        let late_times = late_times(self, updates).await?;
        for (position, (update, late_time)) in updates.iter().zip(late_times).enumerate() {
            match late_time.transpose() {
                Ok(late_time) => {
                    commands.push(self.apply_command(update, late_time)?);
                    sent.push(position);
                }
                Err(error) => failed.add(position, error, false),
            }
        }
        let results = self.send_each(&commands).await?;
        let (touched, applied) = results.split_at(parts.len());
        for (result, positions) in touched.iter().zip(parts.into_values()) {
            for position in positions {
                failed.add_result(position, result, false);
            }
        }
        for (position, result) in sent.into_iter().zip(applied) {
            failed.add_result(position, result, true);
        }
        self.watch_policy().await;
        failed.into_result(updates.len())
    }

    /// Logs a warning if the server's policy was changed to one that evicts keys. Checks this once
    /// per [`POLICY_INTERVAL`].
    async fn watch_policy(&self) {
        let now = Instant::now();
        {
            let next = self.inner.next_policy_check.lock();
            let mut next = next.unwrap_or_else(PoisonError::into_inner);
            if now < *next {
                return;
            }
            *next = now + POLICY_INTERVAL;
        }
        let mut command = redis::cmd("INFO");
        command.arg("memory");
        let Ok(info) = self.send_one(command).await else {
            return;
        };
        if let Some(policy) = server_check::evicting_policy(&info) {
            tracing::warn!(
                policy,
                "the server's maxmemory-policy was changed, so it deletes conversations when its \
                 memory is full: set `maxmemory-policy noeviction`"
            );
        }
    }

    /// Returns the command that writes an update. `late_time` is the time at which its values count
    /// as written, if the update is late.
    fn apply_command(
        &self,
        update: &ConversationUpdate,
        late_time: Option<u64>,
    ) -> Result<Cmd, StoreError> {
        let id = &update.conversation_id;
        let values = stored_fields::changed_values(update)?;
        let mut args = vec![
            KNOWN.to_string(),
            self.inner.retention_ms.to_string(),
            String::new(),
            update.ended.map(|end| end.to_string()).unwrap_or_default(),
            if update.started { "1" } else { "" }.to_owned(),
            late_time.map(|time| time.to_string()).unwrap_or_default(),
            values.len().to_string(),
        ];
        if update.has_changes() {
            args[2].clone_from(&update.update_id);
        }
        for (name, value) in values {
            args.push(name.to_owned());
            args.push(value);
        }
        args.extend(update.messages.iter().map(stored_fields::entry));
        let keys = [self.keys().conversation(id), self.keys().known(id)];
        Ok(scripts::APPLY.call(&keys, args))
    }

    async fn claim(
        &self,
        id: &ConversationId,
        token: &str,
        lease: Duration,
    ) -> Result<Option<EndClaim>, StoreError> {
        let command = self.claim_command(id, token, lease, None);
        let result = self.send_one(command).await?;
        match idle::claim_result(result)? {
            idle::ClaimResult::Claimed(claim) => Ok(Some(claim)),
            idle::ClaimResult::Held {
                has_newer_messages: true,
                ..
            } => Err(StoreError::new(
                "another caller has a claim without the latest messages",
            )),
            _ => Ok(None),
        }
    }

    pub(crate) fn claim_command(
        &self,
        id: &ConversationId,
        token: &str,
        lease: Duration,
        idle_for: Option<Duration>,
    ) -> Cmd {
        let idle = idle_for.map(|idle| millis(idle).to_string());
        let args = [
            token.to_owned(),
            millis(lease).to_string(),
            idle.unwrap_or_default(),
        ];
        scripts::CLAIM.call(&[self.keys().conversation(id)], &args[..])
    }
}

/// Converts a result of the server.
pub(crate) fn parse<T: FromRedisValue>(value: Option<Value>) -> Result<T, StoreError> {
    let value = value.ok_or_else(|| StoreError::new("a result is missing"))?;
    redis::from_redis_value(value).map_err(StoreError::new)
}

#[cfg(feature = "rustls")]
fn install_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread installed a provider.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
}

#[cfg(not(feature = "rustls"))]
fn install_provider() {}

impl ConversationStore for RedisStore {
    fn load<'a>(&'a self, id: &'a ConversationId) -> StoreFuture<'a, Option<StoredConversation>> {
        Box::pin(self.load_conversation(id))
    }

    fn apply<'a>(&'a self, updates: &'a [ConversationUpdate]) -> StoreFuture<'a, ()> {
        Box::pin(self.apply_updates(updates))
    }

    fn claim_end<'a>(
        &'a self,
        id: &'a ConversationId,
        token: &'a str,
        lease: Duration,
    ) -> StoreFuture<'a, Option<EndClaim>> {
        Box::pin(self.claim(id, token, lease))
    }

    fn claim_idle<'a>(
        &'a self,
        request: &'a IdleRequest,
    ) -> StoreFuture<'a, Vec<ClaimedConversation>> {
        Box::pin(idle::claim_idle(self, request))
    }

    fn confirm_end<'a>(&'a self, id: &'a ConversationId, number: u64) -> StoreFuture<'a, ()> {
        let args = [number.to_string()];
        let command = scripts::CONFIRM.call(&[self.keys().conversation(id)], &args[..]);
        Box::pin(async move { self.send_one(command).await.map(drop) })
    }

    fn publish_ledger<'a>(&'a self, replica: &'a str, ledger: &'a Ledger) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let json = serde_json::to_string(ledger).map_err(StoreError::new)?;
            let retention = self.inner.retention_ms.to_string();
            let args = [retention.as_str(), replica, json.as_str()];
            let command = scripts::PUBLISH_LEDGER.call(&[self.keys().ledgers()], &args[..]);
            self.send_one(command).await.map(drop)
        })
    }

    fn read_ledgers(&self) -> StoreFuture<'_, Vec<ReplicaLedger>> {
        Box::pin(async move {
            let args = [self.inner.retention_ms.to_string()];
            let command = scripts::READ_LEDGERS.call(&[self.keys().ledgers()], &args[..]);
            let ledgers: Vec<String> = parse(Some(self.send_one(command).await?))?;
            let parsed = ledgers.chunks_exact(3).map(|ledger| {
                let age = ledger[1].parse().map_err(StoreError::new)?;
                let counts = serde_json::from_str(&ledger[2]).map_err(StoreError::new)?;
                let age = Duration::from_millis(age);
                Ok(ReplicaLedger::new(ledger[0].clone(), counts, age))
            });
            parsed.collect()
        })
    }
}

impl std::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
