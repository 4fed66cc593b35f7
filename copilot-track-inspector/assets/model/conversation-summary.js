// Keeps summaries of conversations up to date from the events that arrive, without asking the server
// for each. Pure.

import { eventKind, eventProperties, hasProblem } from "./event.js";

/// Folds an event into a summary, in place; makes one where there is none.
///
/// A conversation that the page first hears of in its midst is `partial`: its counts are too low, and
/// the list asks the server when it comes into view.
export function applyEvent(summary, event) {
  const kind = eventKind(event);
  const conversation =
    summary ??
    ({
      id: event.conversationId ?? "",
      user: {},
      startedAt: event.timestamp ?? event.receivedAt,
      lastSeq: 0,
      events: 0,
      messages: 0,
      tools: 0,
      problems: 0,
      ended: false,
      preview: "",
      partial: kind !== "started",
    });
  // A server's answer may already hold what arrives here a moment later.
  if (event.seq <= conversation.lastSeq) return conversation;
  conversation.lastSeq = event.seq;
  conversation.lastAt = event.receivedAt;
  conversation.events += 1;
  if (event.userId) conversation.user = { ...conversation.user, userId: event.userId };
  if (event.anonymousId) conversation.user = { ...conversation.user, anonymousId: event.anonymousId };
  if (hasProblem(event)) conversation.problems += 1;
  if (kind === "sent" || kind === "received") {
    conversation.messages += 1;
    // What the customer came with.
    if (kind === "sent" && !conversation.preview) conversation.preview = (event.text ?? "").slice(0, 200);
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

/// Newest first: `changed` before the rest of `list`, which is in order already.
export function mergeNewestFirst(list, changed) {
  if (changed.size === 0) return list;
  const changedFirst = [...changed].sort((a, b) => b.lastSeq - a.lastSeq);
  const rest = list.filter((conversation) => !changed.has(conversation));
  // Changed ones are newer than all others but for lists that were loaded just now.
  if (rest.length === 0 || changedFirst[changedFirst.length - 1].lastSeq > rest[0].lastSeq) {
    return changedFirst.concat(rest);
  }
  return changedFirst.concat(rest).sort((a, b) => b.lastSeq - a.lastSeq);
}
