// Turns a conversation's events into chat rows. Pure functions.

import { eventKind, eventTime, messageBody } from "../model/event.js";
import { isoDate } from "../util/format.js";
import { matchFeedback } from "./feedback.js";
import { findTurns } from "./turn.js";

/// Builds the rows. A row is `{ key, kind: "day", at }`, `{ key, kind: "gap" }`, or `{ key, kind,
/// event, feedback, sincePrevious, turn }`. `turn` is the turn that a reply ends. `sincePrevious`
/// is the time since the event of the previous row, in milliseconds. The first row of a day, and
/// the first row after a gap, have none. `feedback` holds the events that rate the row's message.
/// These events do not get rows. `gaps` are ranges `{ from, to }` of `seq` in which events may be
/// missing.
export function buildRows(events, gaps = []) {
  const ratings = matchFeedback(events);
  const turns = findTurns(events);
  const rows = [];
  let currentDate = "";
  let lastSeq;
  let previousAt;
  for (const event of events) {
    if (ratings.matched.has(event.seq)) continue;
    if (lastSeq !== undefined && gaps.some(({ from, to }) => lastSeq < from && event.seq > to)) {
      rows.push({ key: `gap-${event.seq}`, kind: "gap" });
      previousAt = undefined;
    }
    lastSeq = Math.max(lastSeq ?? 0, event.seq);
    const at = eventTime(event);
    const date = isoDate(at);
    if (date !== currentDate && date !== "") {
      // The first day has no divider.
      if (currentDate !== "") {
        rows.push({ key: `day-${event.seq}`, kind: "day", at });
        previousAt = undefined;
      }
      currentDate = date;
    }
    rows.push({
      key: String(event.seq),
      kind: eventKind(event),
      event,
      feedback: ratings.bySeq.get(event.seq) ?? [],
      turn: turns.get(event.seq),
      sincePrevious: previousAt === undefined ? undefined : at - previousAt,
    });
    previousAt = at;
  }
  return rows;
}

/// Returns the `seq`s of all events in display order. Keyboard navigation follows this order.
export function selectableSeqs(rows) {
  const seqs = [];
  for (const row of rows) {
    if (!row.event) continue;
    seqs.push(row.event.seq);
    for (const event of row.feedback) seqs.push(event.seq);
  }
  return seqs;
}

/// Estimates a row's height in pixels, until the row is measured.
export function estimateRowHeight(row) {
  switch (row.kind) {
    case "day":
    case "gap":
      return 44;
    case "sent":
    case "received": {
      const { text } = messageBody(row.event);
      const lines = Math.min(14, Math.ceil(text.length / 68) + (text.match(/\n/g)?.length ?? 0));
      return 58 + 21 * lines + (row.feedback.length > 0 ? 30 : 0);
    }
    case "started":
    case "ended":
      return 48;
    case "media":
    case "component":
      return 74;
    default:
      return 40;
  }
}
