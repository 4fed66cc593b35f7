//! The loop over the turns. Only this module and `main` use the tracked conversation.
//!
//! The tracked functions that a turn calls find the current turn without a parameter.

use std::{
    io::{self, Write},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use copilot_track::{Conversation, MessageId, Turn, User};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use crate::{
    answers::{self, Attachment, Outcome},
    assistant::{self, Memory, Plan},
    events::ItemPurchased,
    report::LiveView,
    screen::Screen,
    shop::Shop,
};

/// The pause between streamed words in a terminal.
const WORD_DELAY: Duration = Duration::from_millis(25);

const HELP: &str = "           /rate N rates the last answer from 1 to 5 · /quit leaves · \
                    anything else is a message to the copilot";

pub(crate) struct Session<'a, W> {
    conversation: Conversation,
    shop: Arc<Shop>,
    screen: &'a mut Screen<W>,
    memory: Memory,
    last_reply: Option<MessageId>,
    live_view: Option<LiveView<'a>>,
    pause: Duration,
}

/// Whether the conversation continues.
enum Flow {
    Continue,
    End,
}

/// Waits for Ctrl-C, or forever if the signal cannot be received.
async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl<'a, W: Write> Session<'a, W> {
    pub(crate) fn new(
        conversation: Conversation,
        shop: Arc<Shop>,
        screen: &'a mut Screen<W>,
    ) -> Self {
        Self {
            conversation,
            shop,
            screen,
            memory: Memory::default(),
            last_reply: None,
            live_view: None,
            pause: Duration::ZERO,
        }
    }

    /// Sets the pause before each message that is not typed in this terminal.
    pub(crate) fn set_pause(&mut self, pause: Duration) {
        self.pause = pause;
    }

    /// Prints the events of each turn as the inspector receives them.
    pub(crate) fn set_live_view(&mut self, live_view: LiveView<'a>) {
        self.live_view = Some(live_view);
    }

    /// Answers messages until there are no more, or until the customer leaves. If `echo` is set,
    /// prints each message. This is needed for messages that were not typed in this terminal.
    pub(crate) async fn run(
        &mut self,
        mut lines: mpsc::Receiver<String>,
        echo: bool,
    ) -> io::Result<()> {
        let mut ctrl_c = pin!(ctrl_c());
        loop {
            if !echo {
                self.screen.prompt()?;
            }
            let line = tokio::select! {
                line = lines.recv() => line,
                () = &mut ctrl_c => None,
            };
            let Some(line) = line else {
                return self.screen.end_line();
            };
            if echo {
                tokio::time::sleep(self.pause).await;
                self.screen.prompt()?;
                self.screen.echo(&line)?;
            }
            let flow = match line.split_once(char::is_whitespace).unwrap_or((&line, "")) {
                ("", _) => Flow::Continue,
                ("/quit", _) => Flow::End,
                ("/help", _) => self.help()?,
                ("/rate", rating) => self.rate(rating)?,
                (command, _) if command.starts_with('/') => self.help()?,
                _ => self.turn(&line).await?,
            };
            if let Some(live_view) = &mut self.live_view {
                live_view
                    .show(self.conversation.tracker(), self.screen)
                    .await?;
            }
            if let Flow::End = flow {
                return Ok(());
            }
        }
    }

    /// Answers one message.
    async fn turn(&mut self, message: &str) -> io::Result<Flow> {
        let turn = self.conversation.turn(message);
        let mut next = Some(assistant::decide(
            message,
            &self.memory,
            self.shop.catalog(),
        ));
        let mut flow = Flow::Continue;
        while let Some(plan) = next.take() {
            self.memory.remember(&plan);
            if plan == Plan::Goodbye {
                flow = Flow::End;
            }
            if let Plan::Explain(topic) = plan {
                // The stream is created in the turn's scope, so the turn is also current while the
                // stream is polled.
                let words =
                    turn.in_scope(|| answers::explain(self.shop.clone(), topic, self.word_delay()));
                self.show_stream(words).await?;
                continue;
            }
            let customer = self.memory.customer.as_ref();
            let answer = turn.run(answers::answer(&self.shop, &plan, customer)).await;
            if let Some(outcome) = answer.outcome {
                next = self.apply_outcome(&turn, outcome);
            }
            self.screen.say(&answer.text)?;
            if let Some(attachment) = &answer.attachment {
                turn.in_scope(|| self.screen.show(attachment))?;
                if let Attachment::Order(_) = attachment {
                    turn.custom_component_loaded("Order Card");
                }
            }
        }
        self.last_reply = turn.reply_id();
        Ok(flow)
    }

    /// Applies the outcome of an answer. Returns the plan that can continue now, if any.
    fn apply_outcome(&mut self, turn: &Turn, outcome: Outcome) -> Option<Plan> {
        match outcome {
            Outcome::Identified(customer) => {
                // From now on, each event contains the anonymous id and the customer's id.
                if let Ok(user) = User::known(customer.id.as_str()) {
                    self.conversation.identify(&user);
                }
                self.memory.set_customer(customer)
            }
            Outcome::Ordered(order) => {
                for line in &order.lines {
                    turn.track(ItemPurchased::from(line));
                }
                None
            }
        }
    }

    fn word_delay(&self) -> Duration {
        if self.screen.is_terminal() {
            WORD_DELAY
        } else {
            Duration::ZERO
        }
    }

    async fn show_stream(&mut self, words: impl Stream<Item = String>) -> io::Result<()> {
        let mut words = pin!(words);
        self.screen.begin_reply()?;
        while let Some(word) = words.next().await {
            self.screen.write_words(&word)?;
        }
        self.screen.end_line()
    }

    fn rate(&mut self, rating: &str) -> io::Result<Flow> {
        let notice = match (rating.trim().parse::<u8>(), self.last_reply.clone()) {
            (Ok(rating @ 1..=5), Some(reply)) => {
                self.conversation.rate(reply, rating);
                "           thank you for your rating"
            }
            (Ok(1..=5), None) => "           there is no answer to rate yet",
            _ => "           /rate takes a number from 1 to 5",
        };
        self.screen.dimmed(notice)?;
        Ok(Flow::Continue)
    }

    fn help(&mut self) -> io::Result<Flow> {
        self.screen.dimmed(HELP)?;
        Ok(Flow::Continue)
    }
}
