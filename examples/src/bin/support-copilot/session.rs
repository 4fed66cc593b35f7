//! The conversation, turn by turn: the only place that holds a tracked conversation.
//!
//! Everything that a turn calls is tracked by the attributes on it; nothing is passed down.

use std::{
    io::{self, Write},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use crate::{
    answers::{self, Answer, Outcome, Shows},
    assistant::{self, Memory, Plan},
    events::ItemPurchased,
    screen::Screen,
    shop::Shop,
};

/// The pause between words where a person watches them appear.
const PACE: Duration = Duration::from_millis(25);

const HELP: &str = "           /rate N rates the last answer from 1 to 5 · /quit ends · \
                    anything else is a message";

pub(crate) struct Session<'a, W> {
    shop: Arc<Shop>,
    screen: &'a mut Screen<W>,
    memory: Memory,
}

/// Whether the conversation goes on.
enum Flow {
    On,
    End,
}

impl<'a, W: Write> Session<'a, W> {
    pub(crate) fn new(shop: Arc<Shop>, screen: &'a mut Screen<W>) -> Self {
        Self {
            shop,
            screen,
            memory: Memory::default(),
        }
    }

    /// Takes messages until there are no more, or one of the two says goodbye. `echo` repeats
    /// them, where they were not typed at this terminal.
    pub(crate) async fn run(&mut self, mut lines: mpsc::Receiver<String>, echo: bool) -> io::Result<()> {
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        loop {
            self.screen.prompt()?;
            let line = tokio::select! {
                line = lines.recv() => line,
                _ = &mut interrupted => None,
            };
            let Some(line) = line else {
                return self.screen.end();
            };
            if echo {
                self.screen.echo(&line)?;
            }
            let flow = match line.split_once(char::is_whitespace).unwrap_or((&line, "")) {
                ("", _) => Flow::On,
                ("/quit", _) => Flow::End,
                ("/help", _) => self.help()?,
                ("/rate", rating) => self.rate(rating)?,
                (command, _) if command.starts_with('/') => self.help()?,
                _ => self.turn(&line).await?,
            };
            if let Flow::End = flow {
                return Ok(());
            }
        }
    }
}
