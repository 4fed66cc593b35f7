// Renders a row of the conversation list.

import { previewPlaceholder, problemCount } from "../model/conversation-summary.js";
import { isVisible, userLabel, worseStatus } from "../model/event.js";
import { bdi, h, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import {
  clockTime,
  formatCount,
  fullTimestamp,
  isoDate,
  plural,
  relativeTime,
} from "../util/format.js";

/// A conversation counts as live for this long after its last event.
const LIVE_MS = 10_000;

/// `context` is `{ selected, cursor, timeFormat, now, onOpen(id), onFocus(id) }`.
export function renderConversation(conversation, context) {
  const name = userLabel(conversation.user);
  const hasNoUserId = !conversation.user?.userId;
  const isSelected = conversation.id === context.selected;
  const problems = problemCount(conversation);
  const status = worseStatus(conversation.worst, conversation.verdict?.status);
  const element = h(
    "div",
    {
      class: "conversation",
      role: "option",
      id: `c-${hashText(conversation.id)}`,
      tabindex: conversation.id === (context.cursor ?? context.selected) ? "0" : "-1",
      "aria-selected": String(isSelected),
      "data-id": conversation.id,
      "data-focus-key": "row",
      title: conversation.id,
      onclick: () => context.onOpen(conversation.id),
      onfocus: () => context.onFocus(conversation.id),
    },
    h("span", { class: "live-dot", role: "presentation" }),
    bdi(name, {
      class: hasNoUserId && !conversation.user?.anonymousId ? "user-name placeholder" : "user-name",
    }),
    h("time", { class: "last-active" }),
    isVisible(conversation.preview ?? "")
      ? bdi(conversation.preview.replace(/\s+/g, " "), { class: "preview" })
      : h(
          "span",
          { class: "preview placeholder" },
          previewPlaceholder(conversation),
        ),
    h(
      "span",
      { class: "counts" },
      renderCount("message", conversation.messages, "message"),
      conversation.tools > 0 && renderCount("tool", conversation.tools, "tool"),
      typeof conversation.rating === "number" &&
        h(
          "span",
          { class: "rating", title: `Rated ${conversation.rating}` },
          icon("star"),
          formatRating(conversation.rating),
        ),
      problems > 0 &&
        h(
          "span",
          {
            class: `badge ${status}`,
            title: "Problems of the conversation and of its events",
          },
          icon(status),
          formatCount(problems),
          h("span", { class: "noun" }, ` ${plural(problems, "problem")}`),
        ),
      conversation.ended && h("span", { class: "badge ended" }, "ended"),
    ),
  );
  updateActivity(element, conversation, context);
  return element;
}

function renderCount(iconName, number, noun) {
  return h(
    "span",
    { title: `${number} ${plural(number, noun)}` },
    icon(iconName),
    formatCount(number),
    h("span", { class: "visually-hidden" }, ` ${plural(number, noun)}`),
  );
}

/// Updates the row's relative time and its live indicator.
export function updateActivity(element, conversation, context) {
  const at = Date.parse(conversation.lastAt);
  const { now } = context;
  const isLive = now - at < LIVE_MS;
  element.classList.toggle("is-live", isLive);
  const dot = element.querySelector(".live-dot");
  if (isLive) dot.setAttribute("title", "Active in the last 10 seconds");
  else dot.removeAttribute("title");
  const time = element.querySelector(".last-active");
  setText(time, context.timeFormat === "exact" ? compactTime(at, now) : relativeTime(at, now));
  time.setAttribute("title", fullTimestamp(at));
}

/// Returns the time if it is today, and the date otherwise.
const compactTime = (at, now) =>
  isoDate(at) === isoDate(now) ? clockTime(at, false) : isoDate(at);

const formatRating = (rating) => (Number.isInteger(rating) ? String(rating) : rating.toFixed(1));

/// Hashes a conversation id, which can contain any characters, for use in an element's id.
function hashText(text) {
  let hash = 5381;
  for (let i = 0; i < text.length; i += 1) hash = (hash * 33 + text.charCodeAt(i)) | 0;
  return (hash >>> 0).toString(36);
}
