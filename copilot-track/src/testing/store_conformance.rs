//! Checks that an implementation of [`ConversationStore`] is correct.
//!
//! Call [`check`] in a test with each new implementation. It needs a store without conversations
//! whose ids start with `conformance-`.
//!
//! ```
//! use copilot_track::testing::{MemoryStore, store_conformance};
//!
//! # #[tokio::main]
//! # async fn main() {
//! store_conformance::check(&MemoryStore::new()).await;
//! # }
//! ```

use std::time::{Duration, Instant};

use crate::event::context::event_context::Context;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::user::User;
use crate::ledger::counts::Ledger;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::store::conversation_store::{
    ClaimedConversation, ConversationStore, EndClaim, IdleRequest,
};
use crate::store::conversation_update::{ConversationUpdate, CountedMessage};
use crate::store::stored_conversation::{MESSAGE_WINDOW, StoredConversation};
use crate::util::random;

const LEASE: Duration = Duration::from_secs(3_600);
/// How long a check waits for a short time to pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs all checks.
///
/// # Panics
/// Panics if the store does not behave as [`ConversationStore`] describes, or returns an error.
pub async fn check(store: &dyn ConversationStore) {
    messages_count_once(store).await;
    the_window_is_large_enough(store).await;
    fields_are_kept(store).await;
    a_repeated_update_changes_nothing(store).await;
    a_late_value_replaces_no_newer_one(store).await;
    many_updates_are_written_at_once(store).await;
    ends_are_claimed_once(store).await;
    expired_claims_are_repeated(store).await;
    ends_without_the_store_are_adopted(store).await;
    idle_conversations_are_claimed_once(store).await;
    activity_delays_the_idle_end(store).await;
    the_longest_durations_are_accepted(store).await;
    ledgers_are_replaced(store).await;
}

/// Returns an id that no other check uses.
fn new_id(name: &str) -> ConversationId {
    let unique = random::uuid(u64::from(std::process::id())).simple();
    ok(ConversationId::new(format!(
        "conformance-{name}-{{{unique}}}"
    )))
}

#[track_caller]
#[allow(clippy::panic, reason = "the checks are run by tests")]
fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("the store returned an error: {error}"))
}

fn message(id: impl AsRef<str>, from_customer: bool) -> CountedMessage {
    CountedMessage::new(ok(MessageId::new(id)), from_customer)
}

fn update(id: &ConversationId, update_id: &str) -> ConversationUpdate {
    ConversationUpdate::new(id.clone(), update_id)
}

fn with_messages(id: &ConversationId, messages: &[(&str, bool)]) -> ConversationUpdate {
    let mut update = update(id, "messages");
    let messages = messages.iter().map(|(id, sent)| message(id, *sent));
    update.messages = messages.collect();
    update
}

async fn apply(store: &dyn ConversationStore, updates: &[ConversationUpdate]) {
    ok(store.apply(updates).await);
}

async fn load(store: &dyn ConversationStore, id: &ConversationId) -> StoredConversation {
    ok(store.load(id).await).unwrap_or_default()
}

/// Repeats `attempt` until it returns a value.
async fn eventually<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt().await {
            return value;
        }
        assert!(
            start.elapsed() < PATIENCE,
            "nothing happened in {PATIENCE:?}"
        );
        // The time that the checks wait for is a few milliseconds.
        std::thread::sleep(Duration::from_millis(1));
    }
}

async fn messages_count_once(store: &dyn ConversationStore) {
    let id = new_id("messages");
    assert_eq!(ok(store.load(&id).await), None, "an unknown conversation");
    let first = with_messages(&id, &[("m-1", true), ("m-2", false)]);
    apply(store, std::slice::from_ref(&first)).await;
    apply(store, &[first]).await;
    // Another process received the same message, and one more.
    let mut second = with_messages(&id, &[("m-1", true), ("m-3", true)]);
    "other".clone_into(&mut second.update_id);
    // The same id in the other direction is another message.
    second.messages.push(message("m-1", false));
    apply(store, &[second]).await;
    let stored = load(store, &id).await;
    let counts = (stored.messages_sent, stored.messages_received);
    assert_eq!(counts, (2, 2), "numbers of messages sent and received");
    assert!(stored.started, "a conversation with messages has started");
    let recent = [
        message("m-1", false),
        message("m-3", true),
        message("m-2", false),
        message("m-1", true),
    ];
    assert_eq!(stored.recent_messages, recent, "the newest first");
}

async fn the_window_is_large_enough(store: &dyn ConversationStore) {
    let id = new_id("window");
    let mut update = update(&id, "many");
    let messages = (0..MESSAGE_WINDOW).map(|number| message(number.to_string(), true));
    update.messages = messages.collect();
    for _ in 0..2 {
        apply(store, std::slice::from_ref(&update)).await;
        let count = load(store, &id).await.message_count();
        assert_eq!(count, MESSAGE_WINDOW as u64);
    }
}

async fn fields_are_kept(store: &dyn ConversationStore) {
    let id = new_id("fields");
    let mut first = update(&id, "first");
    first.started = true;
    first.user = Some(ok(User::anonymous("visitor \u{1F600}")));
    first.latest_message_id = Some(ok(MessageId::new("m-1")));
    first.content = Some(Content::Masked);
    first.consent = Some(Consent::new().category("Analytics", true));
    first.context = Some(Context::new().locale("de-DE"));
    apply(store, std::slice::from_ref(&first)).await;
    let mut expected = StoredConversation {
        started: true,
        user: first.user,
        latest_message_id: first.latest_message_id,
        content: first.content,
        consent: first.consent,
        context: first.context,
        ..StoredConversation::default()
    };
    assert_eq!(load(store, &id).await, expected);

    let mut second = update(&id, "second");
    second.user = Some(ok(User::both("123", "visitor")));
    expected.user.clone_from(&second.user);
    apply(store, &[second]).await;
    assert_eq!(
        load(store, &id).await,
        expected,
        "the other fields are kept"
    );
}

async fn a_repeated_update_changes_nothing(store: &dyn ConversationStore) {
    let id = new_id("repeated");
    let mut older = update(&id, "older");
    older.content = Some(Content::Full);
    let mut newer = update(&id, "newer");
    newer.content = Some(Content::Hidden);
    apply(store, std::slice::from_ref(&older)).await;
    apply(store, &[newer]).await;
    // The answer to the first write was lost.
    apply(store, &[older]).await;
    assert_eq!(load(store, &id).await.content, Some(Content::Hidden));
}

async fn a_late_value_replaces_no_newer_one(store: &dyn ConversationStore) {
    let id = new_id("late");
    let consent = |granted| Some(Consent::new().category("Analytics", granted));
    let with_consent = |update_id: &str, granted: bool| {
        let mut update = update(&id, update_id);
        update.consent = consent(granted);
        update
    };
    let Some(earlier) = Instant::now().checked_sub(PATIENCE) else {
        // The clock of this system has just started.
        return;
    };
    apply(store, &[with_consent("newer", false)]).await;
    // Another process dropped these changes before, and writes them now.
    let mut late = with_consent("late", true);
    late.context = Some(Context::new().locale("de-DE"));
    late.late_since = Some(earlier);
    apply(store, std::slice::from_ref(&late)).await;
    let stored = load(store, &id).await;
    assert_eq!(stored.consent, consent(false), "a newer value is kept");
    assert_eq!(stored.context, late.context, "there was no newer value");

    // These changes were dropped before those of the previous update.
    let mut older = with_consent("older", true);
    older.context = Some(Context::new().locale("fr-FR"));
    older.late_since = earlier.checked_sub(PATIENCE);
    apply(store, &[older]).await;
    let stored = load(store, &id).await;
    assert_eq!(
        stored.context, late.context,
        "a late value has its own time"
    );

    // These changes were dropped after the newer value was written.
    let mut latest = with_consent("latest", true);
    latest.late_since = Some(Instant::now());
    apply(store, &[latest]).await;
    assert_eq!(load(store, &id).await.consent, consent(true));
    apply(store, &[with_consent("on time", false)]).await;
    assert_eq!(load(store, &id).await.consent, consent(false));
}

async fn many_updates_are_written_at_once(store: &dyn ConversationStore) {
    let ids: Vec<_> = (0..1_000)
        .map(|number| new_id(&number.to_string()))
        .collect();
    let updates = ids.iter().map(|id| with_messages(id, &[("m-1", true)]));
    apply(store, &updates.collect::<Vec<_>>()).await;
    for id in ids.iter().step_by(100) {
        assert_eq!(load(store, id).await.message_count(), 1);
    }
}

async fn ends_are_claimed_once(store: &dyn ConversationStore) {
    let id = new_id("ends");
    let claim = async |token: &str| ok(store.claim_end(&id, token, LEASE).await);
    assert_eq!(claim("a").await, None, "an unknown conversation");
    apply(store, &[update(&id, "activity")]).await;
    assert_eq!(claim("a").await, None, "a conversation without messages");

    apply(
        store,
        &[with_messages(&id, &[("m-1", true), ("m-2", false)])],
    )
    .await;
    let first = Some(EndClaim::new(1, 2));
    assert_eq!(claim("a").await, first);
    assert_eq!(claim("b").await, None, "another caller has the claim");
    apply(store, &[with_messages(&id, &[("m-3", true)])]).await;
    assert_eq!(claim("a").await, first, "the answer was lost");
    assert_newer_than_claim(store, &id, "b").await;
    assert!(!load(store, &id).await.is_ended());

    ok(store.confirm_end(&id, 2).await);
    // Another number was confirmed.
    assert_newer_than_claim(store, &id, "b").await;
    for _ in 0..2 {
        ok(store.confirm_end(&id, 1).await);
    }
    let stored = load(store, &id).await;
    assert_eq!((stored.ends, stored.messages_at_end), (1, 2));

    // The third message continued the conversation.
    assert_eq!(claim("b").await, Some(EndClaim::new(2, 3)));
    ok(store.confirm_end(&id, 1).await);
    ok(store.confirm_end(&id, 2).await);
    assert!(load(store, &id).await.is_ended());
    assert_eq!(claim("a").await, None, "there are no new messages");
}

/// Checks that a claim fails while another caller has a claim without the latest messages.
async fn assert_newer_than_claim(store: &dyn ConversationStore, id: &ConversationId, token: &str) {
    let claim = store.claim_end(id, token, LEASE).await;
    assert!(
        claim.is_err(),
        "the claim of another caller does not include the latest messages: {claim:?}"
    );
}

async fn expired_claims_are_repeated(store: &dyn ConversationStore) {
    let id = new_id("expired");
    apply(store, &[with_messages(&id, &[("m-1", true)])]).await;
    let short = Duration::from_millis(1);
    let claim = async |token: &str| store.claim_end(&id, token, short).await.ok().flatten();
    let first = EndClaim::new(1, 1);
    assert_eq!(claim("a").await, Some(first));
    // While the first claim is valid, the second one is `None`.
    let again = eventually(async || claim("b").await).await;
    assert_eq!(again, first.attempt(2), "the event may have been sent");
    let again = eventually(async || claim("c").await.filter(|claim| claim.attempt > 2)).await;
    assert_eq!(again, first.attempt(3));

    // While the claim is valid, the next one fails, because there is a newer message.
    apply(store, &[with_messages(&id, &[("m-2", false)])]).await;
    let claim = async || store.claim_end(&id, "d", LEASE).await.ok().flatten();
    let next = eventually(claim).await;
    assert_eq!(next, EndClaim::new(2, 2), "the conversation continued");
    // The confirmation of the claim that expired is late.
    ok(store.confirm_end(&id, 1).await);
    assert_eq!(load(store, &id).await.ends, 0);
    ok(store.confirm_end(&id, 2).await);
    let stored = load(store, &id).await;
    assert_eq!((stored.ends, stored.messages_at_end), (2, 2));
}

async fn ends_without_the_store_are_adopted(store: &dyn ConversationStore) {
    let id = new_id("adopted");
    apply(store, &[with_messages(&id, &[("m-1", true)])]).await;
    let claim = ok(store.claim_end(&id, "a", LEASE).await);
    assert_eq!(claim, Some(EndClaim::new(1, 1)));
    let mut late = with_messages(&id, &[("m-2", true)]);
    "late".clone_into(&mut late.update_id);
    late.ended = Some(1);
    apply(store, &[late]).await;
    let stored = load(store, &id).await;
    assert_eq!((stored.ends, stored.messages_at_end), (1, 2));
    assert_eq!(ok(store.claim_end(&id, "b", LEASE).await), None);
    apply(store, &[with_messages(&id, &[("m-3", true)])]).await;
    let next = ok(store.claim_end(&id, "b", LEASE).await);
    assert_eq!(next, Some(EndClaim::new(2, 3)));
}

async fn idle_conversations_are_claimed_once(store: &dyn ConversationStore) {
    let (id, silent) = (new_id("idle"), new_id("silent"));
    apply(store, &[update(&silent, "activity")]).await;
    apply(store, &[with_messages(&id, &[("m-1", true)])]).await;
    let claim_idle = async |token: &str, lease: Duration| {
        let request = IdleRequest::new(Duration::from_millis(1), 10_000, lease, token);
        let claimed = ok(store.claim_idle(&request).await);
        let silent = claimed
            .iter()
            .any(|claimed| claimed.conversation_id == silent);
        assert!(!silent, "a conversation without messages");
        let mine = |claimed: &&_| claimed_id(claimed) == &id;
        claimed.iter().find(mine).map(|claimed| claimed.claim)
    };
    // The conversations of other checks are idle, too, and `limit` may be reached.
    let first = eventually(async || claim_idle("a", LEASE).await).await;
    assert_eq!(first, EndClaim::new(1, 1));
    assert_eq!(claim_idle("b", LEASE).await, None);
    ok(store.confirm_end(&id, 1).await);
    assert_eq!(claim_idle("b", LEASE).await, None);

    apply(store, &[with_messages(&id, &[("m-2", true)])]).await;
    let short = Duration::from_millis(1);
    let second = EndClaim::new(2, 2);
    assert_eq!(
        eventually(async || claim_idle("b", short).await).await,
        second
    );
    // The process that had the claim crashed. The search of another check may have got the claim.
    let third = eventually(async || claim_idle("c", LEASE).await).await;
    assert_eq!((third.number, third.message_count), (2, 2));
    assert!(third.attempt > 1);
}

fn claimed_id(claimed: &ClaimedConversation) -> &ConversationId {
    &claimed.conversation_id
}

async fn activity_delays_the_idle_end(store: &dyn ConversationStore) {
    let id = new_id("active");
    apply(store, &[with_messages(&id, &[("m-1", true)])]).await;
    let request = IdleRequest::new(Duration::from_secs(3_600), 10_000, LEASE, "a");
    let claimed = ok(store.claim_idle(&request).await);
    assert!(claimed.iter().all(|claimed| claimed.conversation_id != id));
}

async fn the_longest_durations_are_accepted(store: &dyn ConversationStore) {
    let id = new_id("durations");
    apply(store, &[with_messages(&id, &[("m-1", true)])]).await;
    let request = IdleRequest::new(Duration::MAX, 10, Duration::MAX, "token");
    let idle = ok(store.claim_idle(&request).await);
    assert_eq!(idle, [], "nothing has been idle for so long");
    let claim = ok(store.claim_end(&id, "token", Duration::MAX).await);
    assert_eq!(claim, Some(EndClaim::new(1, 1)));
    let other = ok(store.claim_end(&id, "other", LEASE).await);
    assert_eq!(other, None, "the claim does not expire");
    ok(store.confirm_end(&id, 1).await);
    assert_eq!(load(store, &id).await.ends, 1);
}

/// A store without ledgers is allowed.
async fn ledgers_are_replaced(store: &dyn ConversationStore) {
    let (first, second) = (new_id("replica-1"), new_id("replica-2"));
    let ledger = |emitted| Ledger {
        emitted,
        pending: emitted,
        ..Ledger::default()
    };
    for emitted in [1, 2] {
        ok(store.publish_ledger(first.as_str(), &ledger(emitted)).await);
    }
    ok(store.publish_ledger(second.as_str(), &ledger(3)).await);
    let ledgers = ok(store.read_ledgers().await);
    let ledgers: Vec<_> = ledgers
        .iter()
        .filter(|ledger| [first.as_str(), second.as_str()].contains(&ledger.replica.as_str()))
        .collect();
    if ledgers.is_empty() {
        return;
    }
    assert_eq!(ledgers.len(), 2);
    let total: Ledger = ledgers.iter().map(|ledger| ledger.ledger).sum();
    assert_eq!(total, ledger(5));
    assert!(ledgers.iter().all(|ledger| ledger.age < PATIENCE));
}
