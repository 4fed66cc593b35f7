//! A server until Ctrl-C.

use std::{
    error::Error,
    io::{self, Write as _},
};

use copilot_track_inspector::Builder;

use crate::interrupted;

pub(crate) async fn run(builder: Builder) -> Result<(), Box<dyn Error>> {
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
    interrupted().await;
    Ok(())
}
