//! The server, which runs on its own thread.

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

/// A server on a loopback port that follows its [`FaultPlan`] and records its requests.
///
/// It runs on its own thread, independently of the test's executor.
#[derive(Debug)]
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A port on which nothing listens yet.
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
    /// Returns the URL that the server will have.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts listening.
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
                let listener = self.socket.listen(1024).expect("a reserved port");
                listening.send(()).expect("a receiver");
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
    /// Starts a server with this plan.
    #[must_use]
    pub fn start(plan: FaultPlan) -> Self {
        Self::reserve().start(plan)
    }

    /// Starts a server that accepts everything.
    #[must_use]
    pub fn healthy() -> Self {
        Self::start(FaultPlan::always(Behavior::ok()))
    }

    /// Reserves a port on which nothing listens until the server is started.
    #[must_use]
    pub fn reserve() -> ReservedPort {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .expect("a free port");
        // Lets the server start on the same port later. The option is set after the port is chosen,
        // so that two servers never share a port.
        socket.set_reuseaddr(true).expect("the socket option");
        let address = socket.local_addr().expect("an address");
        ReservedPort { socket, address }
    }

    /// Returns the URL of the server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops the server and closes its connections. Nothing listens on the port until the server is
    /// started again. Returns the requests so far.
    #[must_use]
    pub fn stop(self) -> (ReservedPort, RequestLog) {
        let (address, shared) = (self.address, Arc::clone(&self.shared));
        drop(self);
        let socket = TcpSocket::new_v4().expect("a socket");
        // The server's closed connections still use the port for a while.
        socket.set_reuseaddr(true).expect("the socket option");
        socket.bind(address).expect("the same port");
        let log = shared.lock().log.clone();
        (ReservedPort { socket, address }, log)
    }

    /// Replaces the plan.
    pub fn set_plan(&self, plan: FaultPlan) {
        self.shared.lock().plan = plan;
    }

    /// Returns the requests so far.
    #[must_use]
    pub fn log(&self) -> RequestLog {
        self.shared.lock().log.clone()
    }

    /// Waits until the log satisfies a condition, and returns the log. Panics after
    /// [`TEST_TIMEOUT`].
    pub fn wait_until(&self, what: &str, reached: impl Fn(&RequestLog) -> bool) -> RequestLog {
        let (state, waited) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), TEST_TIMEOUT, |state| {
                !reached(&state.log)
            })
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "the server did not receive {what}");
        state.log.clone()
    }

    /// Waits until the server has read at least `requests` requests.
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
        // Taking a behavior from the plan removes it. The server therefore waits for a request
        // before it takes the next one.
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
        let behavior = behavior.for_request(&request);
        request.status = behavior.response_status(&request);
        let status = request.status;
        // The request is recorded before the response is sent, so the log never lags behind the
        // client.
        shared.change(|state| state.log.requests.push(request));
        if !behavior.perform(status, &mut stream).await {
            return;
        }
    }
}
