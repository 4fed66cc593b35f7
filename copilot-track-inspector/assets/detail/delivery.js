// Shows how an event was delivered: the request, batch, size, and timing.

import { displayText } from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { formatBytes, formatDuration, fullTimestamp } from "../util/format.js";

/// Clock differences larger than this are highlighted, because Segment corrects timestamps by the
/// difference.
const SKEW_WARNING_MS = 5000;

export function renderDelivery(event) {
  const delivery = event.delivery ?? {};
  const list = h("dl", { class: "field-list" });
  const addField = (name, value, { isNotable = false, tooltip } = {}) => {
    if (value === undefined || value === null || value === "") return;
    list.append(
      h("dt", {}, name),
      h("dd", { class: isNotable ? "is-notable" : undefined, title: tooltip }, value),
    );
  };
  addField(
    "Request",
    delivery.request !== undefined &&
      `#${delivery.request}${delivery.path ? ` to ${delivery.path}` : ""}`,
  );
  if (delivery.batchSize !== undefined) {
    addField(
      "Batch",
      delivery.batchSize === 1
        ? "single event"
        : `${(delivery.index ?? 0) + 1} of ${delivery.batchSize} events`,
    );
  }
  if (delivery.retryCount !== undefined) {
    addField(
      "Retries",
      delivery.retryCount === 0 ? "none" : `arrived on retry ${delivery.retryCount}`,
      { isNotable: delivery.retryCount > 0, tooltip: "The X-Retry-Count header of the request" },
    );
  }
  addField("Response status", delivery.status);
  addField("Encoding", formatEncoding(delivery));
  if (delivery.bodyBytes !== undefined) {
    addField(
      "Request body",
      delivery.wireBytes !== undefined && delivery.wireBytes !== delivery.bodyBytes
        ? `${formatBytes(delivery.bodyBytes)} (${formatBytes(delivery.wireBytes)} compressed)`
        : formatBytes(delivery.bodyBytes),
    );
  }
  addField("Sent at", delivery.sentAt && fullTimestamp(delivery.sentAt));
  if (typeof delivery.skewMs === "number") {
    addField("Clock skew", formatSkew(delivery.skewMs), {
      isNotable: Math.abs(delivery.skewMs) > SKEW_WARNING_MS,
      tooltip: "Time of arrival minus sentAt: network time plus the difference between the clocks",
    });
  }
  addField("Library", delivery.library && bdi(displayText(delivery.library).slice(0, 120)));
  addField("Write key", delivery.writeKey && h("code", {}, bdi(displayText(delivery.writeKey))));
  return list;
}

function formatEncoding({ encoding, bodyBytes, wireBytes }) {
  if (!encoding || encoding === "identity") return "none";
  const ratio = bodyBytes && wireBytes ? ` (${(bodyBytes / wireBytes).toFixed(1)}:1)` : "";
  return `${encoding}${ratio}`;
}

function formatSkew(ms) {
  if (ms < 0) return `sent ${formatDuration(-ms)} ahead of the inspector's clock`;
  return `arrived ${formatDuration(ms)} after it was sent`;
}
