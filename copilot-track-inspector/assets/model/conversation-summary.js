// Keeps summaries of conversations up to date from the events that arrive, without asking the server
// for each. Pure.

import { isProblem, kind, properties } from "./event.js";

/// Folds an event into a summary, in place; makes one where there is none.
///
/// A conversation that the page first hears of in its midst is `partial`: its counts are too low, and
/// the list asks the server when it comes into view.
export function fold(summary, event) {
  const its = kind(event);
  const is =
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
      partial: its !== "started",
    });
  // A server's answer may already hold what arrives here a moment later.
  if (event.seq <= is.lastSeq) return is;
  is.lastSeq = event.seq;
  is.lastAt = event.receivedAt;
  is.events += 1;
  if (event.userId) is.user = { ...is.user, userId: event.userId };
  if (event.anonymousId) is.user = { ...is.user, anonymousId: event.anonymousId };
  if (isProblem(event)) is.problems += 1;
  if (its === "sent" || its === "received") {
    is.messages += 1;
    // What the customer came with.
    if (its === "sent" && !is.preview) is.preview = (event.text ?? "").slice(0, 200);
    is.ended = false;
  } else if (its === "started") is.ended = false;
  else if (its === "tool") is.tools += 1;
  else if (its === "ended") is.ended = true;
  else if (its === "feedback") {
    const { rating } = properties(event);
    if (typeof rating === "number") is.rating = rating;
  }
  return is;
}

/// Newest first: `changed` before the rest of `list`, which is in order already.
export function merged(list, changed) {
  if (changed.size === 0) return list;
  const front = [...changed].sort((a, b) => b.lastSeq - a.lastSeq);
  const rest = list.filter((one) => !changed.has(one));
  // Changed ones are newer than all others but for lists that were loaded just now.
  if (rest.length === 0 || front[front.length - 1].lastSeq > rest[0].lastSeq) {
    return front.concat(rest);
  }
  return front.concat(rest).sort((a, b) => b.lastSeq - a.lastSeq);
}
