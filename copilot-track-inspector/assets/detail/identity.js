// An event's ids and times.

import { displayText } from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { fullTimestamp } from "../util/format.js";

export function renderIdentity(event) {
  const list = h("dl", { class: "field-list" });
  const addField = (name, value, isCode = true) => {
    if (value === undefined || value === null || value === "") return;
    const content = bdi(displayText(value).slice(0, 400));
    list.append(h("dt", {}, name), h("dd", {}, isCode ? h("code", {}, content) : content));
  };
  addField("User ID", event.userId);
  addField("Anonymous ID", event.anonymousId);
  addField("Conversation ID", event.conversationId);
  addField("Message ID", event.messageId);
  addField("Envelope ID", event.envelopeId);
  addField(
    "Timestamp",
    Number.isNaN(Date.parse(event.timestamp ?? ""))
      ? event.timestamp
      : fullTimestamp(event.timestamp),
    false,
  );
  addField("Happened", event.occurredAt && fullTimestamp(event.occurredAt), false);
  addField("Received", fullTimestamp(event.receivedAt), false);
  return list;
}
