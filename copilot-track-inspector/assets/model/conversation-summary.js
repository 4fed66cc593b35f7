// Updates conversation summaries from live events, without a request for each event.

import { eventKind, eventProperties, eventTime, hasProblem, worseStatus } from "./event.js";

/// Applies an event to a summary in place, or creates the summary. Returns the summary.
///
/// If the first event seen is not the start of the conversation, the summary is `partial`. Its
/// counts are too low, and the list loads the exact counts when the row becomes visible. The same
/// applies after a late event, whose place in the conversation only the server knows, and after an
/// event that can change the verdict on the conversation.
export function applyEvent(summary, event) {
  const kind = eventKind(event);
  const conversation = summary ?? {
    id: event.conversationId ?? "",
    user: {},
    startedAt: event.occurredAt ?? event.receivedAt,
    lastSeq: 0,
    events: 0,
    messages: 0,
    tools: 0,
    problems: 0,
    ended: false,
    preview: "",
    partial: kind !== "started",
  };
  // The server's response may already include this event.
  if (event.seq <= conversation.lastSeq) return conversation;
  conversation.lastSeq = event.seq;
  if (!(eventTime(event) < Date.parse(conversation.lastAt)))
    conversation.lastAt = event.occurredAt ?? event.receivedAt;
  const isOk = (conversation.verdict?.status ?? "ok") === "ok";
  if (event.late || !isOk || kind === "started" || kind === "ended")
    conversation.partial ||= conversation.id !== "" && conversation.events > 0;
  conversation.events += 1;
  if (event.userId) conversation.user = { ...conversation.user, userId: event.userId };
  if (event.anonymousId)
    conversation.user = { ...conversation.user, anonymousId: event.anonymousId };
  if (hasProblem(event)) conversation.problems += 1;
  conversation.worst = worseStatus(conversation.worst, event.verdict?.status);
  if (event.late) return conversation;
  if (kind === "sent" || kind === "received") {
    conversation.messages += 1;
    // The preview is the customer's first message.
    if (kind === "sent" && !conversation.preview)
      conversation.preview = (event.text ?? "").slice(0, 200);
    conversation.ended = false;
  } else if (kind === "started") conversation.ended = false;
  else if (kind === "tool") conversation.tools += 1;
  else if (kind === "ended") conversation.ended = true;
  else if (kind === "feedback") {
    const { rating } = eventProperties(event);
    if (typeof rating === "number") conversation.rating = rating;
  }
  return conversation;
}

/// Returns the number of problems of a conversation and of its events.
export const problemCount = ({ problems, verdict }) =>
  problems + (verdict?.findings ?? []).filter(({ severity }) => severity !== "note").length;

/// Returns `list` with the `changed` conversations merged in, newest first. `list` is already
/// sorted.
export function mergeNewestFirst(list, changed) {
  if (changed.size === 0) return list;
  const changedFirst = [...changed].sort((a, b) => b.lastSeq - a.lastSeq);
  const rest = list.filter((conversation) => !changed.has(conversation));
  // Changed conversations are newer than the rest, except right after a reload.
  if (rest.length === 0 || changedFirst[changedFirst.length - 1].lastSeq > rest[0].lastSeq) {
    return changedFirst.concat(rest);
  }
  return changedFirst.concat(rest).sort((a, b) => b.lastSeq - a.lastSeq);
}

/// Returns the text that a row shows instead of a preview without visible characters.
export function previewPlaceholder({ messages, preview }) {
  if (!(messages > 0)) return "No messages yet";
  return preview ? "Only invisible characters" : "No message text";
}
