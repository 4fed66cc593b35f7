//! A server until Ctrl-C.

use std::{
    error::Error,
    io::{self, Write as _},
    time::Duration,
};

use copilot_track_inspector::{InspectorBuilder, WriteErrors};

use crate::signal::interrupted;

/// Where writes fail and succeed by turns, a line is enough at such times.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) async fn run(builder: InspectorBuilder) -> Result<(), Box<dyn Error>> {
    let inspector = builder.start().await?;
    let url = inspector.url();
    writeln!(
        io::stdout(),
        "\
copilot-track inspector {version}

  page              {url}
  terminal          copilot-track-inspector tail --url {url}

To let a copilot send here:

  copilot-track     COPILOT_TRACK_ENDPOINT={url} SEGMENT_WRITE_KEY=local
  analytics-node    new Analytics({{ writeKey: 'local', host: '{url}' }})
  analytics-python  analytics.write_key, analytics.host = 'local', '{url}'

Ctrl-C ends it.",
        version = env!("CARGO_PKG_VERSION"),
    )?;
    tokio::select! {
        () = interrupted() => {}
        () = report_write_errors(inspector.write_errors()) => {}
    }
    Ok(())
}

/// Tells of a file that cannot be written, and of its being written again.
async fn report_write_errors(mut errors: WriteErrors) {
    loop {
        let line = match errors.changed().await {
            Some(error) => format!(
                "events cannot be written ({error}); trackers are answered with 503, and send them again"
            ),
            None => "events are written again".to_owned(),
        };
        // Where nobody hears it, the page tells it too.
        let _ = writeln!(io::stderr(), "copilot-track-inspector: {line}");
        tokio::time::sleep(MIN_INTERVAL).await;
    }
}
