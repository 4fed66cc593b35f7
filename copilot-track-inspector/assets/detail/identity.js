// The ids of an event, and its times.

import { text } from "../model/event.js";
import { h, said } from "../ui/dom.js";
import { exact } from "../util/format.js";

/// Who, which ids, when.
export function identityFacts(event) {
  const list = h("dl", { class: "facts" });
  const fact = (name, value, isCode = true) => {
    if (value === undefined || value === null || value === "") return;
    const shown = said(text(value).slice(0, 400));
    list.append(h("dt", {}, name), h("dd", {}, isCode ? h("code", {}, shown) : shown));
  };
  fact("User", event.userId);
  fact("Anonymous", event.anonymousId);
  fact("Conversation", event.conversationId);
  fact("Message", event.messageId);
  fact("Envelope", event.envelopeId);
  fact("Happened", Number.isNaN(Date.parse(event.timestamp ?? "")) ? event.timestamp : exact(event.timestamp), false);
  fact("Arrived", exact(event.receivedAt), false);
  return list;
}
