//! The support copilot of a small shop, tracked.
//!
//! What to read, and copy from:
//!
//! - [`tools`] and [`answers`] are the copilot's business code. One attribute a function is all
//!   that tracking takes there.
//! - [`session`] is the loop of turns, the only place that holds a tracked conversation.
//! - [`events`] is an event of the shop's own.
//! - This file makes the tracker, and shuts it down.
//!
//! The rest is a shop ([`shop`], [`chart`]), a stand-in for a model ([`assistant`]), a terminal
//! ([`input`], [`options`], [`screen`]), and an inspector in Segment's place ([`collector`],
//! [`report`]).

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

/// How long the last events may take to go out.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let ran = match options::parse(env::args_os().skip(1)) {
        Ok(Command::Run(options)) => run(options).await,
        Ok(Command::Help) => writeln!(io::stdout(), "{}", options::HELP)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
        Err(error) => {
            eprintln!("support-copilot: {error}\nTry `support-copilot --help`.");
            return ExitCode::from(2);
        }
    };
    ran.unwrap_or_else(|error| {
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
        screen.line(&format!("page     › {}", collector.url()))?;
        if options.wait_for_viewer {
            collector.wait_for_viewer().await;
        }
    }
    if options.mode == Mode::Terminal {
        let to = if collector.is_some() {
            "that page"
        } else {
            "Segment"
        };
        screen.dimmed(&format!(
            "This is the support copilot of a small shop. Try “what can you do?”; /quit ends.\n\
             Its events go to {to}."
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
    // However the talk ended, the conversation did, and what was tracked goes out.
    conversation.end();
    let report = tracker.shutdown(SHUTDOWN_TIMEOUT).await;
    result?;

    if let Some(collector) = &collector {
        report::print_received(&mut screen, &collector.received().await?)?;
    }
    report::print_ledger(&mut screen, &tracker, &report)?;
    if let (true, Some(collector)) = (options.stay, &collector) {
        screen.line(&format!(
            "\nThe page stays at {} until Ctrl-C.",
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

/// Sends to Segment, if there is a write key for it, and to an inspector in this process if not.
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

/// Whoever reads our output has read enough; that is no failure.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
