//! Runs an inspector until Ctrl-C.

use std::{
    error::Error,
    io::{self, Write as _},
    time::Duration,
};

use copilot_track_inspector::{Inspector, InspectorBuilder, StartError, WriteErrors};

use crate::{error::message_with_sources, signal::Interrupts};

/// The minimum time between two lines of output, which limits the output if writes alternately fail
/// and succeed.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) async fn run(builder: InspectorBuilder, has_token: bool) -> Result<(), Box<dyn Error>> {
    let inspector = builder.start().await.map_err(|error| explain(&error))?;
    // The handlers must exist before a script that reads the output can send a signal.
    let interrupts = Interrupts::listen()?;
    let url = inspector.url();
    let urls = inspector.urls();
    let pages = urls.join("\n                    ");
    let forward = forward_line(&inspector);
    // The token itself is not printed.
    let (token, token_option) = if has_token {
        let page = urls.first().unwrap_or(&url);
        let line = format!("\n  token             open the page once as {page}/?token=TOKEN");
        (line, " --token TOKEN")
    } else {
        (String::new(), "")
    };
    writeln!(
        io::stdout(),
        "\
copilot-track inspector {version}

  page              {pages}{token}
  terminal          copilot-track-inspector tail --url {url}{token_option}{forward}

To send events here:

  copilot-track     COPILOT_TRACK_ENDPOINT={url} SEGMENT_WRITE_KEY=local
  analytics-node    new Analytics({{ writeKey: 'local', host: '{url}' }})
  analytics-python  analytics.write_key, analytics.host = 'local', '{url}'
  analytics-next    AnalyticsBrowser.load({{ writeKey: 'local', cdnURL: '{url}' }})

Press Ctrl-C to stop.",
        version = env!("CARGO_PKG_VERSION"),
    )?;
    tokio::select! {
        () = interrupts.received() => {}
        () = report_write_errors(inspector.write_errors()) => {}
    }
    Ok(())
}

/// Returns the line with the URL to which events are forwarded. The write key is never printed.
#[cfg(feature = "forward")]
fn forward_line(inspector: &Inspector) -> String {
    let forwarding = inspector.forwarding();
    forwarding.map_or_else(String::new, |it| format!("\n  forwards to       {}", it.to))
}

#[cfg(not(feature = "forward"))]
fn forward_line(_: &Inspector) -> String {
    String::new()
}

/// Returns the message of an error, together with the options that can resolve the error.
fn explain(error: &StartError) -> String {
    let hint = match error {
        StartError::Listen { .. } => {
            "; choose another address with `--listen`, such as 127.0.0.1:0 for a free port"
        }
        StartError::Remote(_) => " with `--allow-remote`",
        StartError::Forward(_) => " (`--forward KEY` and `--forward-to URL`)",
        _ => "",
    };
    format!("{}{hint}", message_with_sources(error))
}

/// Prints a line when writes start to fail, and another when they succeed again.
async fn report_write_errors(mut errors: WriteErrors) {
    loop {
        let line = match errors.changed().await {
            Some(error) => {
                format!("events cannot be written ({error}); trackers receive status 503 and retry")
            }
            None => "events can be written again".to_owned(),
        };
        // If stderr is closed, the page still shows the error.
        let _ = writeln!(io::stderr(), "copilot-track-inspector: {line}");
        tokio::time::sleep(MIN_INTERVAL).await;
    }
}
