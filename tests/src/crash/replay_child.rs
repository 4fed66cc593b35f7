//! A process that replays dead letters until it is killed or finished.

use std::error::Error;

use copilot_track::segment::message::BatchMessage;

use crate::timeout::TEST_TIMEOUT;
use crate::trackers::tracker_builder;

/// Replays a file of dead letters in small batches, and prints `complete` or the report. A hook
/// drops every event whose `number` is divisible by 10. The arguments are the file, the file for
/// letters that are rejected again, the endpoint, and optionally the directory of a spool.
///
/// # Errors
/// Returns an error if the arguments are invalid, if the tracker cannot be built, or if the replay
/// fails.
pub fn replay(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [file, own, endpoint, spool @ ..] = arguments else {
        return Err("arguments: FILE OWN_FILE ENDPOINT [SPOOL]".into());
    };
    let mut builder = tracker_builder(endpoint);
    if let [spool] = spool {
        builder = builder.spool(spool.as_str());
    }
    let tracker = builder
        .flush_at(50)
        .max_in_flight(1)
        .dead_letters(own)
        .before_send(|message| match &message {
            BatchMessage::Track(track)
                if track.properties["number"]
                    .as_u64()
                    .is_some_and(|n| n % 10 == 0) =>
            {
                None
            }
            _ => Some(message),
        })
        .build()?;
    let replay = tracker.replay_dead_letters(file, TEST_TIMEOUT)?;
    if replay.complete {
        println!("complete");
    } else {
        println!("{replay}");
    }
    Ok(())
}
