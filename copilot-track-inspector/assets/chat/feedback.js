// Matches ratings to the messages they rate. Pure functions.

import { eventKind, eventProperties } from "../model/event.js";

/// Matches each Feedback Submitted event to the message it rates. Several events can share a
/// `messageId`, for example a reply and its tool calls. Feedback belongs to the last earlier
/// message with the same id. If there is none, it belongs to the first later message with this id,
/// because batches can arrive out of order.
///
/// Returns `bySeq`, a map from a message's `seq` to its feedback events, and `matched`, the `seq`s
/// of all matched feedback events.
export function matchFeedback(events) {
  const messages = new Map();
  for (const event of events) {
    const kind = eventKind(event);
    if ((kind !== "sent" && kind !== "received") || !isId(event.messageId)) continue;
    const seqs = messages.get(event.messageId);
    if (seqs) seqs.push(event.seq);
    else messages.set(event.messageId, [event.seq]);
  }
  const bySeq = new Map();
  const matched = new Set();
  for (const event of events) {
    if (eventKind(event) !== "feedback" || !isId(event.messageId)) continue;
    const seqs = messages.get(event.messageId);
    if (!seqs) continue;
    const seq = seqs.findLast((seq) => seq < event.seq) ?? seqs[0];
    matched.add(event.seq);
    const ratings = bySeq.get(seq);
    if (ratings) ratings.push(event);
    else bySeq.set(seq, [event]);
  }
  return { bySeq, matched };
}

const isId = (id) => typeof id === "string" && id !== "";

/// Returns the number of stars for a rating from 0 to 5, rounded. Returns undefined for other
/// values.
export function starCount(rating) {
  if (typeof rating !== "number" || rating < 0 || rating > 5) return undefined;
  return Math.round(rating);
}

/// Returns the rating of a feedback event. It can have any type.
export const feedbackRating = (event) => eventProperties(event).rating;
