// Ratings, and the messages that they belong to. Pure.

import { eventKind, eventProperties } from "../model/event.js";

/// Which Feedback Submitted rates which message. A messageId can stand on several events (a reply
/// and its tools): feedback belongs to the last message of that id before it, or to the first after
/// it, since batches can overtake one another.
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

/// A rating as stars, when it looks like one of five: an integer or half from 0 to 5.
export function starCount(rating) {
  if (typeof rating !== "number" || rating < 0 || rating > 5) return undefined;
  return Math.round(rating);
}

/// The rating of a feedback event, whatever its type.
export const feedbackRating = (event) => eventProperties(event).rating;
