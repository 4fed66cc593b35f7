// A conversation's events as the rows of a chat. Pure: the same events give the same rows.

import { body, happenedAt, kind } from "../model/event.js";
import { day } from "../util/format.js";
import { matchFeedback } from "./feedback.js";

/// Rows are `{ key, kind: "day", at }`, `{ key, kind: "gap" }` or `{ key, kind, event, feedback }`; `feedback`
/// holds the events that rate this row's message, which then have no row of their own. `gaps` are stretches
/// `{ from, to }` of numbers of which some may be missing.
export function rows(events, gaps = []) {
  const rated = matchFeedback(events);
  const found = [];
  let today = "";
  let before;
  for (const event of events) {
    if (rated.matched.has(event.seq)) continue;
    if (before !== undefined && gaps.some(({ from, to }) => before < from && event.seq > to)) {
      found.push({ key: `gap-${event.seq}`, kind: "gap" });
    }
    before = event.seq;
    const at = happenedAt(event);
    const its = day(at);
    if (its !== today && its !== "") {
      // The first day needs no line when all of the conversation is of one day.
      if (today !== "") found.push({ key: `day-${event.seq}`, kind: "day", at });
      today = its;
    }
    found.push({
      key: String(event.seq),
      kind: kind(event),
      event,
      feedback: rated.bySeq.get(event.seq) ?? [],
    });
  }
  return found;
}

/// The order in which the keyboard goes through the events: as they are on the page.
export function order(rows) {
  const seqs = [];
  for (const row of rows) {
    if (!row.event) continue;
    seqs.push(row.event.seq);
    for (const event of row.feedback) seqs.push(event.seq);
  }
  return seqs;
}

/// About how high a row will be, in pixels, until it was measured.
export function estimate(row) {
  switch (row.kind) {
    case "day":
    case "gap":
      return 44;
    case "sent":
    case "received": {
      const { text } = body(row.event);
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
