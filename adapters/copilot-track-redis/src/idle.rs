//! The ends of idle conversations.
//!
//! An index contains the conversations by the time of their last activity. The index and the
//! conversations are in different slots of a cluster, so no script can change both. The index is
//! therefore only a hint: the script that claims an end checks the activity in the conversation
//! itself. An entry that was returned to a caller is moved into the future, so that other callers
//! do not get it, and removed later.

use copilot_track::ConversationId;
use copilot_track::store::{ClaimedConversation, EndClaim, IdleRequest, StoreError};
use redis::Value;

use crate::keys::INDEX_PARTS;
use crate::millis::millis;
use crate::redis_store::{RedisStore, parse};
use crate::scripts;

/// The result of the script that claims an end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ClaimResult {
    Claimed(EndClaim),
    /// There was activity at this time, in milliseconds.
    Active(String),
    /// Another caller has the claim.
    Held {
        /// The end of the claim, in milliseconds.
        until: u64,
        /// Whether the conversation has messages that the claim does not include.
        has_newer_messages: bool,
    },
    /// There are no new messages.
    Nothing,
}

pub(crate) fn claim_result(value: Value) -> Result<ClaimResult, StoreError> {
    let result: Vec<String> = parse(Some(value))?;
    let result: Vec<_> = result.iter().map(String::as_str).collect();
    let number = |number: &str| number.parse().map_err(StoreError::new);
    Ok(match result[..] {
        ["claimed", end, messages, attempt] => {
            let claim = EndClaim::new(number(end)?, number(messages)?);
            ClaimResult::Claimed(claim.attempt(attempt.parse().map_err(StoreError::new)?))
        }
        ["active", time] => ClaimResult::Active(time.to_owned()),
        ["held", until, newer] => ClaimResult::Held {
            until: until.parse().map_err(StoreError::new)?,
            has_newer_messages: newer == "1",
        },
        ["none"] => ClaimResult::Nothing,
        _ => return Err(StoreError::new("the script returned an unknown result")),
    })
}

/// Claims the ends of idle conversations.
pub(crate) async fn claim_idle(
    store: &RedisStore,
    request: &IdleRequest,
) -> Result<Vec<ClaimedConversation>, StoreError> {
    let mut claimed = Vec::new();
    for part in 0..INDEX_PARTS {
        while claimed.len() < request.limit {
            let limit = request.limit - claimed.len();
            if !claim_part(store, request, part, limit, &mut claimed).await? {
                break;
            }
        }
    }
    Ok(claimed)
}

/// Claims the ends of conversations in one part of the index. Returns whether the part can contain
/// more idle conversations.
///
/// If no entry was claimed or removed, this returns `false`. The clock of the part can be ahead of
/// the clocks of the conversations. It would then find the same active conversations again.
async fn claim_part(
    store: &RedisStore,
    request: &IdleRequest,
    part: u32,
    limit: usize,
    claimed: &mut Vec<ClaimedConversation>,
) -> Result<bool, StoreError> {
    let index = [store.keys().index(part)];
    let args = [
        millis(request.idle_for).to_string(),
        limit.to_string(),
        millis(request.lease).to_string(),
    ];
    let leased = store
        .send_one(scripts::LEASE.call(&index, &args[..]))
        .await?;
    let leased: Vec<String> = parse(Some(leased))?;
    let Some((lease_mark, ids)) = leased.split_first() else {
        return Ok(false);
    };
    if ids.is_empty() {
        return Ok(false);
    }
    let is_full = ids.len() >= limit;
    let mut has_progress = false;
    let mut rescheduled = vec![lease_mark.clone()];
    let mut valid_ids = Vec::with_capacity(ids.len());
    for id in ids {
        if let Ok(id) = ConversationId::new(id) {
            valid_ids.push(id);
        } else {
            // Another application has written this entry. It is removed.
            has_progress = true;
            rescheduled.extend([id.clone(), String::new()]);
        }
    }
    let commands: Vec<_> = valid_ids
        .iter()
        .map(|id| store.claim_command(id, &request.token, request.lease, Some(request.idle_for)))
        .collect();
    let results = store.send(&commands).await?;
    for (id, result) in valid_ids.into_iter().zip(results) {
        match claim_result(result)? {
            ClaimResult::Claimed(claim) => {
                has_progress = true;
                claimed.push(ClaimedConversation::new(id, claim));
            }
            ClaimResult::Held { until, .. } => {
                // The entry is found again when the claim has expired.
                let due = until.saturating_sub(millis(request.idle_for));
                rescheduled.extend([id.to_string(), due.to_string()]);
            }
            ClaimResult::Active(time) => rescheduled.extend([id.to_string(), time]),
            ClaimResult::Nothing => {
                has_progress = true;
                rescheduled.extend([id.to_string(), String::new()]);
            }
        }
    }
    if rescheduled.len() > 1 {
        store
            .send_one(scripts::RESCHEDULE.call(&index, rescheduled))
            .await?;
    }
    Ok(is_full && has_progress)
}
