//! A complete example: the support copilot of a small shop, tracked with `copilot-track`.
//!
//! ```text
//! cargo run --bin support-copilot              # chat with it
//! cargo run --bin support-copilot -- --demo    # play a built-in conversation
//! ```
//!
//! Read these files first:
//!
//! - [`tools`] and [`answers`]: the copilot's business code. Tracking needs one attribute per
//!   function.
//! - [`session`]: the loop over the turns. Only this module and this file use the tracked
//!   conversation.
//! - [`events`]: a custom event.
//! - This file: the start and the shutdown of the tracker.
//!
//! The rest is the shop ([`shop`], [`chart`]), a stand-in for a language model ([`assistant`]), the
//! terminal ([`input`], [`options`], [`screen`]), and an inspector that receives the events if
//! there is no Segment write key ([`collector`], [`report`]).

mod answers;
mod assistant;
mod chart;
mod collector;
mod events;
mod input;
mod options;
mod report;
mod screen;
mod session;
mod shop;
mod tools;

use std::{
    env,
    error::Error,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use copilot_track::{Tracker, User};

use crate::{
    collector::Collector,
    options::{Command, Mode, Options},
    report::LiveView,
    screen::Screen,
    session::Session,
    shop::Shop,
};

/// The maximum time that the shutdown waits for the last events to be delivered.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let result = match options::parse(env::args_os().skip(1)) {
        Ok(Command::Run(options)) => run(options).await,
        Ok(Command::Help) => writeln!(io::stdout(), "{}", options::HELP)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
        Err(error) => {
            eprintln!("support-copilot: {error}\nTry `support-copilot --help`.");
            return ExitCode::from(2);
        }
    };
    result.unwrap_or_else(|error| {
        if is_broken_pipe(&*error) {
            return ExitCode::SUCCESS;
        }
        eprintln!("support-copilot: {error}");
        ExitCode::FAILURE
    })
}

async fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let shop = Arc::new(Shop::open()?);
    let (tracker, collector) = tracker(&options).await?;
    let mut screen = Screen::stdout(options.charts);

    if let Some(collector) = &collector {
        screen.line(&format!("Inspector: {}", collector.url()))?;
        if options.wait_for_viewer {
            collector.wait_for_viewer().await;
        }
    }
    if options.mode == Mode::Terminal {
        let to = if collector.is_some() {
            "the inspector"
        } else {
            "Segment"
        };
        screen.dimmed(&format!(
            "This is the support copilot of a small shop. Try “what can you do?”, or /quit to leave.\n\
             Its events are sent to {to}."
        ))?;
    }
    let conversation = tracker.conversation(User::new_anonymous());
    let result = {
        let lines = match options.mode {
            Mode::Demo => input::demo(),
            Mode::Terminal | Mode::Pipe => input::stdin(),
        };
        let mut session = Session::new(conversation.clone(), shop, &mut screen);
        session.set_pause(options.pace);
        if let (true, Some(collector)) = (options.live, &collector) {
            session.set_live_view(LiveView::new(collector));
        }
        session.run(lines, options.mode != Mode::Terminal).await
    };
    // End the conversation and deliver its events even if the session returned an error.
    conversation.end();
    let report = tracker.shutdown(SHUTDOWN_TIMEOUT).await;
    result?;

    if let Some(collector) = &collector {
        report::print_received(&mut screen, &collector.received().await?)?;
    }
    report::print_ledger(&mut screen, &tracker, &report)?;
    if let (true, Some(collector)) = (options.stay, &collector) {
        screen.line(&format!(
            "\nThe page stays open at {} until you press Ctrl-C.",
            collector.url()
        ))?;
        tokio::signal::ctrl_c().await?;
    }
    Ok(if report.is_all_delivered() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Creates a tracker. It sends events to Segment if `SEGMENT_WRITE_KEY` is set, and to an inspector
/// in this process otherwise.
async fn tracker(options: &Options) -> Result<(Tracker, Option<Collector>), Box<dyn Error>> {
    if env::var_os("SEGMENT_WRITE_KEY").is_some() {
        return Ok((Tracker::from_env()?, None));
    }
    let collector = Collector::start(options).await?;
    let tracker = Tracker::builder()
        .write_key("a-local-write-key")
        .endpoint(collector.url())
        .build()?;
    Ok((tracker, Some(collector)))
}

/// Returns whether a program that reads the output, such as `head`, closed the pipe. That is not a
/// failure.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
