//! The main thread of an inspector.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
};

use super::config::Config;
#[cfg(feature = "forward")]
use super::config::Secret;
#[cfg(feature = "forward")]
use crate::forward::{
    Forwarder,
    target::{self, TargetError},
};
use crate::{
    app::App,
    base_url::BaseUrl,
    chaos::switch::ChaosSwitch,
    error::StartError,
    http::{
        access::Access,
        hosts::AllowedHosts,
        origins::{self, AllowedOrigins},
        router::router,
        server,
        token::{self, Token},
    },
    store::{event_store::EventStore, plan_checks::PlanChecks, status::Capacity},
    verdict::plan::plan_file::PlanFile,
};

// The default capacities, in events and in bytes.
const DEFAULT_MEMORY_EVENTS: u64 = 200_000;
const DEFAULT_MEMORY_BYTES: u64 = 256 << 20;
#[cfg(feature = "sqlite")]
const DEFAULT_DATABASE_EVENTS: u64 = 10_000_000;
#[cfg(feature = "sqlite")]
const DEFAULT_DATABASE_BYTES: u64 = 8 << 30;

/// How long blocking work may delay shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) type Started = Result<(SocketAddr, Arc<App>, Handle), StartError>;

/// Runs an inspector on the current thread until `stopped` resolves.
pub(super) fn run(
    config: Config,
    started: oneshot::Sender<Started>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = match runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("inspector-worker")
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            // The caller may have dropped its future.
            let _ = started.send(Err(StartError::Thread(error)));
            return;
        }
    };
    runtime.block_on(async {
        let (listener, app, access) = match prepare(config).await {
            Ok(prepared) => prepared,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let address = match listener.local_addr() {
            Ok(address) => address,
            Err(error) => {
                let _ = started.send(Err(StartError::Thread(error)));
                return;
            }
        };
        let base_url = access.base_url.clone();
        let router = router(Arc::clone(&app), access);
        if started.send(Ok((address, app, Handle::current()))).is_err() {
            return;
        }
        tokio::select! {
            () = server::serve(listener, router, base_url) => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
}

async fn prepare(
    config: Config,
) -> Result<(tokio::net::TcpListener, Arc<App>, Access), StartError> {
    let address = config.listen;
    if !address.ip().is_loopback() && !config.allow_remote {
        return Err(StartError::Remote(address));
    }
    let base_url = match &config.base_url {
        Some(url) => Some(BaseUrl::parse(url).ok_or_else(|| StartError::BaseUrl(url.clone()))?),
        None => None,
    };
    if let Some(invalid) = config.origins.iter().find(|it| !origins::is_valid(it)) {
        return Err(StartError::Origin(invalid.clone()));
    }
    if config
        .token
        .as_ref()
        .is_some_and(|it| !token::is_valid(&it.0))
    {
        return Err(StartError::Token);
    }
    let seed = config.seed.unwrap_or_else(random);
    let chaos = ChaosSwitch::new(None, seed);
    chaos.set(config.chaos)?;
    let capacity = |events, bytes| Capacity {
        events: config.max_events.unwrap_or(events),
        bytes: config.max_bytes.unwrap_or(bytes),
    };
    #[cfg(feature = "sqlite")]
    let store = match &config.database {
        None => EventStore::in_memory(capacity(DEFAULT_MEMORY_EVENTS, DEFAULT_MEMORY_BYTES)),
        Some(file) => EventStore::in_database(
            file,
            capacity(DEFAULT_DATABASE_EVENTS, DEFAULT_DATABASE_BYTES),
            config.has_search_index,
        )
        .map_err(|error| StartError::Database {
            file: file.clone(),
            source: crate::error::InspectorError(error),
        })?,
    };
    #[cfg(not(feature = "sqlite"))]
    let store = EventStore::in_memory(capacity(DEFAULT_MEMORY_EVENTS, DEFAULT_MEMORY_BYTES));
    let listener = server::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })?;
    let port = listener.local_addr().map_or(address.port(), |it| it.port());
    let names = config.hosts.into_iter();
    let names = names.chain(base_url.as_ref().map(|base| base.host().to_owned()));
    let access = Access {
        hosts: AllowedHosts::new(names, config.allow_remote),
        origins: AllowedOrigins::new(config.origins),
        token: config.token.map(|it| Token::new(it.0, port)),
        base_url: base_url.clone(),
    };
    #[cfg(feature = "forward")]
    let forwarder = forwarder(
        config.forward_key,
        config.forward_to.as_deref(),
        listener.local_addr().unwrap_or(address),
        base_url.as_ref(),
    )?;
    let mut app = App::new(store, chaos, base_url);
    #[cfg(feature = "forward")]
    {
        app.forwarder = forwarder;
    }
    if let Some(file) = config.plan {
        let plan = PlanFile::open(file, config.accepted);
        let plan = plan.map_err(|(file, source)| StartError::Plan { file, source })?;
        app.plan = Some(PlanChecks::new(plan));
    }
    Ok((listener, Arc::new(app), access))
}

/// Starts to forward events, if there is a write key.
#[cfg(feature = "forward")]
fn forwarder(
    key: Option<Secret>,
    to: Option<&str>,
    own: SocketAddr,
    own_url: Option<&BaseUrl>,
) -> Result<Option<Forwarder>, StartError> {
    let start = || {
        let Some(key) = key else {
            return if to.is_some() {
                Err(TargetError::NoKey)
            } else {
                Ok(None)
            };
        };
        let to = to.unwrap_or(target::SEGMENT_URL);
        let target = target::parse(to, own, own_url)?;
        Forwarder::start(target, key.0).map(Some)
    };
    start().map_err(|error| StartError::Forward(error.to_string()))
}

fn random() -> u64 {
    std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0)
}
