//! The server: a thread of its own, on a loopback port.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;

use crate::fault_server::behavior::Behavior;
use crate::fault_server::fault_plan::FaultPlan;
use crate::fault_server::http::read_request;
use crate::fault_server::request_log::RequestLog;
use crate::timeout::TEST_TIMEOUT;

/// A server on loopback that misbehaves as its plan says, and remembers what it was sent.
///
/// Runs on a thread of its own, so that it works whatever a test does to its own executor.
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A port at which nothing listens yet.
#[derive(Debug)]
pub struct ReservedPort {
    socket: TcpSocket,
    address: SocketAddr,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    plan: FaultPlan,
    log: RequestLog,
}

impl ReservedPort {
    /// Where the server will be.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Begins to listen.
    #[must_use]
    pub fn start(self, plan: FaultPlan) -> FaultServer {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                plan,
                log: RequestLog::default(),
            }),
            changed: Condvar::new(),
        });
        let (stop, stopped) = oneshot::channel();
        let (listening, ready) = std::sync::mpsc::channel();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = self.socket.listen(1024).expect("a port of our own");
                listening.send(()).expect("someone who waits");
                tokio::select! {
                    () = accept(listener, theirs) => {}
                    _ = stopped => {}
                }
            });
        });
        ready.recv().expect("a server that listens");
        FaultServer {
            address: self.address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl FaultServer {
    /// A server that does as the plan says.
    #[must_use]
    pub fn start(plan: FaultPlan) -> Self {
        Self::reserve().start(plan)
    }

    /// A server at which all is well.
    #[must_use]
    pub fn healthy() -> Self {
        Self::start(FaultPlan::always(Behavior::ok()))
    }

    /// A port at which nothing listens until it is started.
    #[must_use]
    pub fn reserve() -> ReservedPort {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .expect("a free port");
        // For a later start at the same port; set after the port is chosen, so that no two servers
        // share one.
        socket.set_reuseaddr(true).expect("an option");
        let address = socket.local_addr().expect("an address");
        ReservedPort { socket, address }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Goes away, connections included: nothing listens at its port until it is started again.
    /// Returns what it was sent.
    #[must_use]
    pub fn stop(self) -> (ReservedPort, RequestLog) {
        let (address, shared) = (self.address, Arc::clone(&self.shared));
        drop(self);
        let socket = TcpSocket::new_v4().expect("a socket");
        // The connections that it had linger for a while.
        socket.set_reuseaddr(true).expect("an option");
        socket.bind(address).expect("the same port");
        let log = shared.lock().log.clone();
        (ReservedPort { socket, address }, log)
    }

    /// Replaces what is left of the plan.
    pub fn set_plan(&self, plan: FaultPlan) {
        self.shared.lock().plan = plan;
    }

    /// What it was sent so far.
    #[must_use]
    pub fn log(&self) -> RequestLog {
        self.shared.lock().log.clone()
    }

    /// Waits until what it was sent is as expected, and returns it.
    pub fn wait_until(&self, what: &str, reached: impl Fn(&RequestLog) -> bool) -> RequestLog {
        let (state, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), TEST_TIMEOUT, |state| {
                !reached(&state.log)
            })
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "the server never saw {what}");
        state.log.clone()
    }

    /// Waits until it has read so many requests.
    pub fn wait_for_requests(&self, requests: usize) -> RequestLog {
        self.wait_until(&format!("{requests} requests"), |log| {
            log.requests.len() >= requests
        })
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the server panicked"
            );
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            shared.change(|state| state.log.connections += 1);
            tokio::spawn(serve(stream, Arc::clone(&shared)));
        }
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut buffer = Vec::new();
    loop {
        // A connection that stays idle has no part in the plan.
        if buffer.is_empty() && !matches!(stream.peek(&mut [0]).await, Ok(1..)) {
            return;
        }
        let behavior = shared.change(|state| state.plan.next());
        if matches!(behavior, Behavior::CloseUnread) {
            shared.change(|state| state.log.unread += 1);
            return;
        }
        let Some(mut request) = read_request(&mut stream, &mut buffer).await else {
            return;
        };
        request.status = behavior.response_status(&request);
        let status = request.status;
        // RecordedRequest before it is status: what the client knows, the log knows.
        shared.change(|state| state.log.requests.push(request));
        if !behavior.perform(status, &mut stream).await {
            return;
        }
    }
}
