//! Takes batches on loopback and counts the events in them. A process of its own, so that its CPU
//! is not the client's.
//!
//! It prints three addresses: one answers at once, one after 100 ms, one never. Lines on standard
//! input are questions: `reset` empties the counts, `count` prints them as `name value` lines and
//! an empty one. It ends with its standard input.

mod counts;
mod http;

use std::io::{self, BufRead as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use counts::Counts;
use http::Answer;

fn main() -> io::Result<()> {
    let counts = Arc::new(Counts::default());
    for (name, answer) in [
        ("fast", Answer::AtOnce),
        ("slow", Answer::After(Duration::from_millis(100))),
        ("never", Answer::Never),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        println!("{name} http://{}", listener.local_addr()?);
        let counts = Arc::clone(&counts);
        std::thread::spawn(move || http::serve(&listener, answer, &counts));
    }
    // A port at which nobody listens: taken, and given back.
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
