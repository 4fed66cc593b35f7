//! One of three processes that answer a customer's message together: an HTTP service, a tool
//! server, and a queue worker. Each of them starts the next one and sends it JSON lines.
//!
//! The service prints its port and ends when its standard input is closed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "errors end the program")]

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use copilot_track::spec::ComponentLoaded;
use copilot_track::{
    Content, TrackEvent as _, Tracker, Turn, TurnContext, User, tracked_reply, tracked_tool,
};
use serde_json::{Map, Value, json};

/// A JSON line. It contains the context of the turn and the customer's message.
type Line = Map<String, Value>;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (role, endpoint) = (arguments.next().unwrap(), arguments.next().unwrap());
    let builder = Tracker::builder().write_key("test-key").endpoint(&endpoint);
    let tracker = match role.as_str() {
        // Only the first process hides content.
        "service" => builder.content(Content::Hidden),
        _ => builder,
    };
    let tracker = tracker.build().unwrap();
    match role.as_str() {
        "service" => serve(&tracker, Next::start("tools", &endpoint)),
        "tools" => run_tools(&tracker, Next::start("worker", &endpoint)),
        "worker" => work(&tracker),
        _ => panic!("unknown role {role}"),
    }
    let report = tracker.shutdown_blocking(Duration::from_secs(20));
    assert!(report.is_all_delivered(), "{role}: {report}");
}

/// The next process.
struct Next {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Next {
    fn start(role: &str, endpoint: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([role, endpoint])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    /// Sends the current turn and the customer's message.
    fn send(&mut self, question: &str) {
        let mut line = Line::new();
        Turn::current().unwrap().context().inject(&mut line);
        line.insert("question".to_owned(), question.into());
        writeln!(self.input, "{}", Value::Object(line)).unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Closes the input of the process and waits until it ends.
    fn stop(mut self) {
        drop(self.input);
        assert!(self.process.wait().unwrap().success());
    }
}

fn serve(tracker: &Tracker, tools: Next) {
    let tools = Arc::new(Mutex::new(tools));
    let app = Router::new()
        .route("/chat", post(chat))
        .with_state((tracker.clone(), Arc::clone(&tools)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        let stopped = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
        axum::serve(listener, app)
            .with_graceful_shutdown(async { drop(stopped.await) })
            .await
            .unwrap();
    });
    drop(runtime);
    let tools = Arc::try_unwrap(tools).ok().unwrap();
    tools.into_inner().unwrap().stop();
}

type App = (Tracker, Arc<Mutex<Next>>);

async fn chat(State((tracker, tools)): State<App>, question: String) -> String {
    let conversation = tracker.conversation(User::known("123").unwrap());
    let turn = conversation.turn(question.clone());
    let text = turn.run(answer(&tools, &question)).await;
    conversation.end();
    text
}

#[tracked_reply]
#[allow(clippy::unused_async, reason = "a reply of a service is async")]
async fn answer(tools: &Mutex<Next>, question: &str) -> String {
    check_price();
    let mut tools = tools.lock().unwrap();
    tools.send(question);
    format!("You asked: {question} {} left.", tools.receive()["left"])
}

#[tracked_tool(type = "Price Request", action = "check price")]
fn check_price() {}

fn run_tools(tracker: &Tracker, mut worker: Next) {
    for_each_turn(tracker, |turn, question| {
        let left = turn.in_scope(|| {
            worker.send(question);
            stock_level()
        });
        turn.track(ComponentLoaded::new("Stock").text("note", question));
        println!("{}", json!({ "left": left }));
    });
    worker.stop();
}

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
fn stock_level() -> u32 {
    3
}

fn work(tracker: &Tracker) {
    for_each_turn(tracker, |turn, question| {
        turn.in_scope(order_supplies);
        turn.track(ComponentLoaded::new("Order").text("note", question));
    });
}

#[tracked_tool(type = "Order Request", action = "order supplies")]
fn order_supplies() {}

fn for_each_turn(tracker: &Tracker, mut answer: impl FnMut(&Turn, &str)) {
    for line in io::stdin().lines() {
        let line: Line = serde_json::from_str(&line.unwrap()).unwrap();
        let context = TurnContext::extract(&line).unwrap().unwrap();
        let turn = tracker.continue_turn(context).unwrap();
        answer(&turn, line["question"].as_str().unwrap());
    }
}
