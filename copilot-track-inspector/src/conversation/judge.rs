//! Checks the order and the counts of a conversation's events.

use super::timeline::{End, Timeline};
use crate::verdict::{
    code::FindingCode,
    findings::{Severity, Verdict},
};

/// Checks a conversation. The result depends only on the events, not on the order in which they
/// arrived, so it changes if a late event explains an earlier finding.
pub(crate) fn judge(timeline: &Timeline) -> Verdict {
    let mut verdict = Verdict::default();
    check_boundaries(timeline, &mut verdict);
    check_message_count(timeline, &mut verdict);
    check_users(timeline, &mut verdict);
    check_tools(timeline, &mut verdict);
    verdict
}

fn check_boundaries(timeline: &Timeline, verdict: &mut Verdict) {
    if timeline.starts > 1 {
        let event = timeline.last_start.map(|start| start.seq);
        verdict.add_about(
            event,
            Severity::Warning,
            FindingCode::StartedTwice,
            format!(
                "the conversation has {} Conversation Started events; the spec sends one, when the conversation begins",
                timeline.starts
            ),
        );
    } else if timeline.starts == 0 && timeline.has_events() && !timeline.evicted {
        verdict.add_about(
            None,
            Severity::Note,
            FindingCode::NotStarted,
            "no Conversation Started event has arrived",
        );
    }
    if timeline.ends.windows(2).any(is_repeated) {
        verdict.add_about(
            timeline.ends.last().map(|end| end.position.seq),
            Severity::Warning,
            FindingCode::EndedTwice,
            format!(
                "the conversation has {} Conversation Ended events without a message between them",
                timeline.end_count
            ),
        );
    }
    if let (Some(end), Some(message)) = (timeline.ends.last(), timeline.last_message)
        && message > end.position
        && timeline.last_start.is_none_or(|start| start < end.position)
    {
        verdict.add_about(
            Some(message.seq),
            Severity::Warning,
            FindingCode::MessageAfterEnd,
            "a message follows the end of the conversation; send Conversation Ended after the last message, or use a new conversation id",
        );
    }
}

/// Returns whether the same number of messages precedes two ends, so that no message is between
/// them.
fn is_repeated(pair: &[End]) -> bool {
    matches!(pair, [one, other] if one.message_count == other.message_count)
}

/// Compares `message_count` with the number of messages. If the start is missing, earlier messages
/// may have been sent before this inspector ran.
fn check_message_count(timeline: &Timeline, verdict: &mut Verdict) {
    let Some(end) = timeline.ends.last() else {
        return;
    };
    let is_complete = timeline.starts > 0
        && !timeline.evicted
        && timeline
            .last_message
            .is_none_or(|message| message < end.position);
    if let (true, Some(count)) = (is_complete, end.message_count)
        && count != timeline.messages
    {
        verdict.add_about(
            Some(end.position.seq),
            Severity::Warning,
            FindingCode::MessageCountDiffers,
            format!(
                "`message_count` is {count}, but the conversation has {} {}",
                timeline.messages,
                if timeline.messages == 1 {
                    "message"
                } else {
                    "messages"
                }
            ),
        );
    }
}

fn check_users(timeline: &Timeline, verdict: &mut Verdict) {
    let mut unexplained = timeline
        .users
        .iter()
        .filter(|(user, _)| !timeline.identified.contains(user));
    // The first user needs no Identify call, unless the user was anonymous at first.
    let first = timeline
        .anonymous_only
        .or_else(|| Some(unexplained.next()?.1));
    if first.is_none() {
        return;
    }
    if let Some((user, seq)) = unexplained.next() {
        let user: String = user.chars().take(80).collect();
        verdict.add_about(
            Some(*seq),
            Severity::Warning,
            FindingCode::UserChanged,
            format!(
                "the user changes to `{user}` without an Identify call, so Segment does not link the events before and after the change"
            ),
        );
    }
}

fn check_tools(timeline: &Timeline, verdict: &mut Verdict) {
    if timeline.tools == 1 && timeline.others == 0 && !timeline.evicted {
        verdict.add_about(
            timeline.first_tool,
            Severity::Warning,
            FindingCode::ToolWithoutMessage,
            "the conversation consists of one tool call; a tool call belongs to the conversation whose message caused it, so send that `conversationId`",
        );
    }
}
