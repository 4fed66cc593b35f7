// How an event came here: request, batch, bytes, clock.

import { h, said } from "../ui/dom.js";
import { text } from "../model/event.js";
import { bytes, duration, exact } from "../util/format.js";

/// Clocks further apart than this make Segment's correction of timestamps show.
const SKEWED_MS = 5000;

export function deliveryFacts(event) {
  const its = event.delivery ?? {};
  const list = h("dl", { class: "facts" });
  const fact = (name, value, { strong = false, hint } = {}) => {
    if (value === undefined || value === null || value === "") return;
    list.append(h("dt", {}, name), h("dd", { class: strong ? "strong" : undefined, title: hint }, value));
  };
  fact("Request", its.request !== undefined && `No. ${its.request}${its.path ? ` to ${its.path}` : ""}`);
  if (its.batchSize !== undefined) {
    fact("Batch", its.batchSize === 1 ? "alone" : `${(its.index ?? 0) + 1} of ${its.batchSize} events`);
  }
  if (its.retryCount !== undefined) {
    fact("Retries", its.retryCount === 0 ? "none, first attempt" : `arrived at retry ${its.retryCount}`, { strong: its.retryCount > 0, hint: "The request's X-Retry-Count" });
  }
  fact("Answered", its.status);
  fact("Encoding", encoding(its));
  if (its.bodyBytes !== undefined) {
    fact("Request's body", its.wireBytes !== undefined && its.wireBytes !== its.bodyBytes ? `${bytes(its.bodyBytes)}, ${bytes(its.wireBytes)} on the wire` : bytes(its.bodyBytes));
  }
  fact("Sent at", its.sentAt && exact(its.sentAt));
  if (typeof its.skewMs === "number") {
    fact("Clock", skew(its.skewMs), { strong: Math.abs(its.skewMs) > SKEWED_MS, hint: "Arrival here minus sentAt: the way, and how far the clocks are apart" });
  }
  fact("Library", its.library && said(text(its.library).slice(0, 120)));
  fact("Write key", its.writeKey && h("code", {}, said(text(its.writeKey))));
  return list;
}

function encoding({ encoding, bodyBytes, wireBytes }) {
  if (!encoding || encoding === "identity") return "not compressed";
  const ratio = bodyBytes && wireBytes ? `, ${(bodyBytes / wireBytes).toFixed(1)} to 1` : "";
  return `${encoding}${ratio}`;
}

function skew(ms) {
  if (ms < 0) return `sent ${duration(-ms)} ahead of our clock`;
  return `arrived ${duration(ms)} after it was sent`;
}
