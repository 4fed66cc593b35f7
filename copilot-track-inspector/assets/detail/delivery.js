// How an event came here: request, batch, bytes, clock.

import { displayText } from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { formatBytes, formatDuration, fullTimestamp } from "../util/format.js";

/// Clocks further apart than this make Segment's correction of timestamps show.
const SKEW_WARNING_MS = 5000;

export function renderDelivery(event) {
  const delivery = event.delivery ?? {};
  const list = h("dl", { class: "field-list" });
  const addField = (name, value, { isNotable = false, tooltip } = {}) => {
    if (value === undefined || value === null || value === "") return;
    list.append(h("dt", {}, name), h("dd", { class: isNotable ? "is-notable" : undefined, title: tooltip }, value));
  };
  addField("Request", delivery.request !== undefined && `No. ${delivery.request}${delivery.path ? ` to ${delivery.path}` : ""}`);
  if (delivery.batchSize !== undefined) {
    addField("Batch", delivery.batchSize === 1 ? "alone" : `${(delivery.index ?? 0) + 1} of ${delivery.batchSize} events`);
  }
  if (delivery.retryCount !== undefined) {
    addField("Retries", delivery.retryCount === 0 ? "none, first attempt" : `arrived at retry ${delivery.retryCount}`, { isNotable: delivery.retryCount > 0, tooltip: "The request's X-Retry-Count" });
  }
  addField("Answered", delivery.status);
  addField("Encoding", formatEncoding(delivery));
  if (delivery.bodyBytes !== undefined) {
    addField("Request's body", delivery.wireBytes !== undefined && delivery.wireBytes !== delivery.bodyBytes ? `${formatBytes(delivery.bodyBytes)}, ${formatBytes(delivery.wireBytes)} on the wire` : formatBytes(delivery.bodyBytes));
  }
  addField("Sent at", delivery.sentAt && fullTimestamp(delivery.sentAt));
  if (typeof delivery.skewMs === "number") {
    addField("Clock", formatSkew(delivery.skewMs), { isNotable: Math.abs(delivery.skewMs) > SKEW_WARNING_MS, tooltip: "Arrival here minus sentAt: the way, and how far the clocks are apart" });
  }
  addField("Library", delivery.library && bdi(displayText(delivery.library).slice(0, 120)));
  addField("Write key", delivery.writeKey && h("code", {}, bdi(displayText(delivery.writeKey))));
  return list;
}

function formatEncoding({ encoding, bodyBytes, wireBytes }) {
  if (!encoding || encoding === "identity") return "not compressed";
  const ratio = bodyBytes && wireBytes ? `, ${(bodyBytes / wireBytes).toFixed(1)} to 1` : "";
  return `${encoding}${ratio}`;
}

function formatSkew(ms) {
  if (ms < 0) return `sent ${formatDuration(-ms)} ahead of our clock`;
  return `arrived ${formatDuration(ms)} after it was sent`;
}
