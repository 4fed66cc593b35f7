// Sends the events of a conversation again.

import * as api from "../api/client.js";
import { parseJson, stringifyJson } from "../util/exact-json.js";

/// Limits of a request. Segment's limits are 500 KB and 2,500 calls.
const MAX_BATCH_CHARS = 100_000;
const MAX_BATCH_CALLS = 500;

/// Returns the calls of exported events, as JSON. With `copyId`, the calls belong to a new
/// conversation with this id: they have new envelope ids, and the last one happened at `now`.
/// Requests that were not JSON are left out. Pure function.
export function callsToSend(lines, { copyId, now, newId } = {}) {
  const events = lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parseJson(line))
    .filter(({ raw }) => raw !== null && typeof raw === "object" && !Array.isArray(raw));
  const last = events.reduce((last, event) => Math.max(last, Date.parse(event.occurredAt)), 0);
  return events.map(({ raw, occurredAt }) => {
    // The key is shortened, and the page sets its own time of sending.
    const { writeKey: _, sentAt: __, ...call } = raw;
    return stringifyJson(
      copyId === undefined
        ? call
        : copy(call, copyId, newId(), new Date(now - (last - Date.parse(occurredAt)))),
    );
  });
}

function copy(call, conversationId, messageId, at) {
  const key = call.type === "identify" || call.type === "group" ? "traits" : "properties";
  const { originalTimestamp: _, ...kept } = call;
  const copied = { ...kept, messageId, timestamp: at.toISOString() };
  if (call[key]?.conversationId !== undefined) copied[key] = { ...call[key], conversationId };
  return copied;
}

/// Groups calls into batches that the inspector accepts. Pure function.
export function batchesOf(calls) {
  const batches = [];
  let chars = Infinity;
  for (const call of calls) {
    if (chars + call.length > MAX_BATCH_CHARS || batches.at(-1).length === MAX_BATCH_CALLS) {
      batches.push([]);
      chars = 0;
    }
    batches.at(-1).push(call);
    chars += call.length;
  }
  return batches;
}

/// Sends the events of a conversation again, and returns their number.
export async function sendConversationAgain(id, options) {
  const calls = callsToSend(await api.exportConversation(id), options);
  for (const batch of batchesOf(calls)) await api.sendCallText(...batch);
  return calls.length;
}

/// Returns a random id. `crypto.randomUUID` requires HTTPS or localhost.
export function randomId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
