// The ids of an event, and its times.

import { displayText } from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { fullTimestamp } from "../util/format.js";

/// Who, which ids, when.
export function renderIdentity(event) {
  const list = h("dl", { class: "field-list" });
  const addField = (name, value, isCode = true) => {
    if (value === undefined || value === null || value === "") return;
    const content = bdi(displayText(value).slice(0, 400));
    list.append(h("dt", {}, name), h("dd", {}, isCode ? h("code", {}, content) : content));
  };
  addField("User", event.userId);
  addField("Anonymous", event.anonymousId);
  addField("Conversation", event.conversationId);
  addField("Message", event.messageId);
  addField("Envelope", event.envelopeId);
  addField("Happened", Number.isNaN(Date.parse(event.timestamp ?? "")) ? event.timestamp : fullTimestamp(event.timestamp), false);
  addField("Arrived", fullTimestamp(event.receivedAt), false);
  return list;
}
