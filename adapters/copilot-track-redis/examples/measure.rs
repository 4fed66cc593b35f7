//! Measures the load on the server: the time of each script and the memory of a conversation.
//!
//! ```sh
//! cargo run --release -p copilot-track-redis --example measure -- redis://127.0.0.1:6379
//! ```
//!
//! The server must be empty.

use std::time::{Duration, Instant};

use copilot_track::store::{
    ConversationStore as _, ConversationUpdate, CountedMessage, IdleRequest,
};
use copilot_track::{ConversationId, MessageId, User};
use copilot_track_redis::RedisStore;

const CONVERSATIONS: usize = 1_000;
/// The number of writes per conversation. Each has two messages, like a turn.
const WRITES: usize = 20;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn update(conversation: usize, write: usize) -> Result<ConversationUpdate> {
    let id = ConversationId::new(format!("00000000-0000-4000-8000-{conversation:012}"))?;
    let mut update = ConversationUpdate::new(id, format!("{conversation:016x}{write:016x}"));
    for from_customer in [true, false] {
        let direction = u8::from(from_customer);
        let message = format!("00000000-0000-400{direction}-{conversation:04}-{write:012}");
        let message = MessageId::new(message)?;
        if from_customer {
            update.latest_message_id = Some(message.clone());
        }
        update
            .messages
            .push(CountedMessage::new(message, from_customer));
    }
    if write == 0 {
        update.user = Some(User::known("00000000-0000-4000-8000-000000000000")?);
    }
    Ok(update)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::args()
        .nth(1)
        .ok_or("the URL of the server is missing")?;
    let store = RedisStore::connect(&url).await?;
    let mut connection = redis::Client::open(url)?
        .get_multiplexed_async_connection()
        .await?;
    let start = Instant::now();
    for write in 0..WRITES {
        let updates: Result<Vec<_>> = (0..CONVERSATIONS)
            .map(|conversation| update(conversation, write))
            .collect();
        store.apply(&updates?).await?;
    }
    let elapsed = start.elapsed() / u32::try_from(CONVERSATIONS * WRITES)?;
    println!("write of one conversation, with the client: {elapsed:?}");

    let start = Instant::now();
    for conversation in 0..CONVERSATIONS {
        let id = update(conversation, 0)?.conversation_id;
        store.load(&id).await?;
    }
    println!(
        "read: {:?}",
        start.elapsed() / u32::try_from(CONVERSATIONS)?
    );

    let lease = Duration::from_secs(60);
    let request = IdleRequest::new(Duration::ZERO, CONVERSATIONS, lease, "measure");
    let start = Instant::now();
    let claimed = store.claim_idle(&request).await?;
    println!("claim of {} ends: {:?}", claimed.len(), start.elapsed());

    let usage = "local bytes = 0; for _, key in ipairs(redis.call('KEYS', '*')) do \
                 bytes = bytes + redis.call('MEMORY', 'USAGE', key) end; return bytes";
    let bytes: usize = redis::cmd("EVAL")
        .arg(usage)
        .arg(0)
        .query_async(&mut connection)
        .await?;
    let messages = 2 * WRITES;
    println!(
        "{} bytes per conversation of {messages} messages",
        bytes / CONVERSATIONS
    );
    let statistics: String = redis::cmd("INFO")
        .arg("commandstats")
        .query_async(&mut connection)
        .await?;
    let commands = ["cmdstat_evalsha:", "cmdstat_hgetall:", "cmdstat_zrevrange:"];
    for line in statistics.lines() {
        if commands.iter().any(|command| line.starts_with(command)) {
            println!("{line}");
        }
    }
    Ok(())
}
