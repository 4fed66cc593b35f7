//! Accepts batches on the loopback interface and counts the events in them. The server is a
//! separate process, so its CPU time does not count as the client's.
//!
//! It prints four `name url` lines and an empty line. `fast` responds at once, `slow` responds
//! after 100 ms, `never` does not respond, and nothing listens on `down`. It reads commands from
//! standard input, one per line. `reset` sets the counts to 0. `count` prints the counts as
//! `name value` lines, followed by an empty line. The server exits when its standard input is
//! closed.

mod counts;
mod http;

use std::io::{self, BufRead as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use counts::Counts;
use http::Response;

fn main() -> io::Result<()> {
    let counts = Arc::new(Counts::default());
    for (name, response) in [
        ("fast", Response::Immediate),
        ("slow", Response::Delayed(Duration::from_millis(100))),
        ("never", Response::Never),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        println!("{name} http://{}", listener.local_addr()?);
        let counts = Arc::clone(&counts);
        std::thread::spawn(move || http::serve(&listener, response, &counts));
    }
    // Nothing listens on this port, because the listener is closed at once.
    let free = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    println!("down http://{free}\n");
    io::stdout().flush()?;
    for line in io::stdin().lock().lines() {
        match line?.trim() {
            "reset" => counts.reset(),
            "count" => counts.print(&mut io::stdout().lock())?,
            _ => {}
        }
    }
    Ok(())
}
