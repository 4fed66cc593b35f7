//! The times of updates that are written late.

use std::time::{Duration, Instant};

use copilot_track::store::{ConversationUpdate, StoreError};
use redis::{RedisResult, Value};

use crate::millis::millis;
use crate::redis_store::{RedisStore, parse};
use crate::scripts;

/// The time of an answer that is fast enough for a conversion between two clocks.
const FAST: Duration = Duration::from_millis(20);
/// The maximum number of attempts to get a fast answer.
const ATTEMPTS: u32 = 3;
/// The time after which no further attempt starts. The attempts and the write have one timeout of
/// 5 s, which is enough for each server that answers within 2.5 s. The first attempt can be slow,
/// because the server was busy for a moment.
const MAX_TIME: Duration = Duration::from_millis(1_600);

/// The answers to a question about the time.
struct ServerTimes {
    /// When the question was sent.
    asked: Instant,
    round_trip: Duration,
    answers: Vec<RedisResult<Value>>,
}

/// Returns the times at which the values of late updates count as written, on the clocks of the
/// servers of their conversations. The result has one entry per update. It is `None` if the update
/// is not late.
///
/// A time on the clock of the server is the same for each attempt to write the update, even if the
/// server executes the attempt much later. The conversion makes the time of an update up to one
/// round trip too late, so a slow conversion is repeated if there is time.
pub(crate) async fn late_times(
    store: &RedisStore,
    updates: &[ConversationUpdate],
) -> Result<Vec<Option<RedisResult<u64>>>, StoreError> {
    let commands: Vec<_> = updates
        .iter()
        .filter(|update| update.late_since.is_some())
        .map(|update| {
            let key = store.keys().conversation(&update.conversation_id);
            scripts::TIME.call(&[key], Vec::<String>::new())
        })
        .collect();
    if commands.is_empty() {
        return Ok(vec![None; updates.len()]);
    }
    let mut best: Option<ServerTimes> = None;
    let started = Instant::now();
    for _ in 0..ATTEMPTS {
        let is_fast = best.as_ref().is_some_and(|best| best.round_trip <= FAST);
        if is_fast || started.elapsed() >= MAX_TIME {
            break;
        }
        let asked = Instant::now();
        let answers = store.send_each(&commands).await?;
        let round_trip = asked.elapsed();
        if best
            .as_ref()
            .is_none_or(|best| round_trip < best.round_trip)
        {
            best = Some(ServerTimes {
                asked,
                round_trip,
                answers,
            });
        }
    }
    let Some(ServerTimes { asked, answers, .. }) = best else {
        return Err(StoreError::new("the server sent no time"));
    };
    let mut answers = answers.into_iter();
    let times = updates.iter().map(|update| {
        let Some(since) = update.late_since else {
            return Ok(None);
        };
        let answer = answers.next();
        let answer = answer.ok_or_else(|| StoreError::new("a result is missing"))?;
        let now: u64 = match answer {
            Ok(answer) => parse(Some(answer))?,
            Err(error) => return Ok(Some(Err(error))),
        };
        let age = asked.saturating_duration_since(since);
        Ok(Some(Ok(now.saturating_sub(millis(age)))))
    });
    times.collect()
}
