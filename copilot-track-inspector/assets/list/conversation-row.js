// A row of the list: one conversation.

import { userLabel } from "../model/event.js";
import { bdi, h, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { clockTime, formatCount, fullTimestamp, isoDate, relativeTime } from "../util/format.js";

/// A conversation is live when something arrived so recently.
const LIVE_MS = 10_000;

/// `context`: `{ selected, cursor, times, now, open(id), focused(id) }`.
export function renderConversation(conversation, context) {
  const name = userLabel(conversation.user);
  const hasNoUserId = !conversation.user?.userId;
  const isSelected = conversation.id === context.selected;
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
    bdi(name, { class: hasNoUserId && !conversation.user?.anonymousId ? "user-name placeholder" : "user-name" }),
    h("time", { class: "last-active" }),
    conversation.preview
      ? bdi(conversation.preview.replace(/\s+/g, " "), { class: "preview" })
      : h("span", { class: "preview placeholder" }, "Nothing said yet"),
    h(
      "span",
      { class: "counts" },
      renderCount("message", conversation.messages, "message"),
      conversation.tools > 0 && renderCount("tool", conversation.tools, "tool"),
      typeof conversation.rating === "number" &&
        h("span", { class: "rating", title: `Rated ${conversation.rating}` }, icon("star"), formatRating(conversation.rating)),
      conversation.problems > 0 &&
        h("span", { class: "badge", title: `Events that the spec or Segment objects to: ${conversation.problems}` }, `${formatCount(conversation.problems)} ${conversation.problems === 1 ? "problem" : "problems"}`),
      conversation.ended && h("span", { class: "badge ended" }, "ended"),
    ),
  );
  updateActivity(element, conversation, context);
  return element;
}

function renderCount(iconName, number, noun) {
  return h(
    "span",
    { title: `${number} ${number === 1 ? noun : `${noun}s`}` },
    icon(iconName),
    formatCount(number),
    h("span", { class: "visually-hidden" }, number === 1 ? ` ${noun}` : ` ${noun}s`),
  );
}

export function updateActivity(element, conversation, context) {
  const at = Date.parse(conversation.lastAt);
  const { now } = context;
  const isLive = now - at < LIVE_MS;
  element.classList.toggle("is-live", isLive);
  const dot = element.querySelector(".live-dot");
  if (isLive) dot.setAttribute("title", "Active in the last seconds");
  else dot.removeAttribute("title");
  const time = element.querySelector(".last-active");
  setText(time, context.timeFormat === "exact" ? compactTime(at, now) : relativeTime(at, now));
  time.setAttribute("title", fullTimestamp(at));
}

/// The time of today, the day of all before.
const compactTime = (at, now) => (isoDate(at) === isoDate(now) ? clockTime(at, false) : isoDate(at));

const formatRating = (rating) => (Number.isInteger(rating) ? String(rating) : rating.toFixed(1));

/// An id for the document: conversations' ids may hold anything.
function hashText(text) {
  let hash = 5381;
  for (let i = 0; i < text.length; i += 1) hash = (hash * 33 + text.charCodeAt(i)) | 0;
  return (hash >>> 0).toString(36);
}
