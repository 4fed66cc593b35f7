// A row of the list: one conversation.

import { userName } from "../model/event.js";
import { h, said, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { clock, count, day, exact, relative } from "../util/format.js";

/// A conversation is live when something arrived so recently.
const LIVE_MS = 10_000;

/// `context`: `{ selected, cursor, times, now, open(id), focused(id) }`.
export function conversationRow(one, context) {
  const name = userName(one.user);
  const anonymous = !one.user?.userId;
  const isSelected = one.id === context.selected;
  const element = h(
    "div",
    {
      class: "conversation",
      role: "option",
      id: `c-${hashed(one.id)}`,
      tabindex: one.id === (context.cursor ?? context.selected) ? "0" : "-1",
      "aria-selected": String(isSelected),
      "data-id": one.id,
      "data-focus": "row",
      title: one.id,
      onclick: () => context.open(one.id),
      onfocus: () => context.focused(one.id),
    },
    h("span", { class: "dot", role: "presentation" }),
    said(name, { class: anonymous && !one.user?.anonymousId ? "who none" : "who" }),
    h("time", { class: "when" }),
    one.preview
      ? said(one.preview.replace(/\s+/g, " "), { class: "preview" })
      : h("span", { class: "preview none" }, "Nothing said yet"),
    h(
      "span",
      { class: "counts" },
      counter("message", one.messages, "message"),
      one.tools > 0 && counter("tool", one.tools, "tool"),
      typeof one.rating === "number" &&
        h("span", { class: "rating", title: `Rated ${one.rating}` }, icon("star"), trim(one.rating)),
      one.problems > 0 &&
        h("span", { class: "badge", title: `Events that the spec or Segment objects to: ${one.problems}` }, `${count(one.problems)} ${one.problems === 1 ? "problem" : "problems"}`),
      one.ended && h("span", { class: "badge ended" }, "ended"),
    ),
  );
  updateTimes(element, one, context);
  return element;
}

function counter(picture, number, word) {
  return h(
    "span",
    { title: `${number} ${number === 1 ? word : `${word}s`}` },
    icon(picture),
    count(number),
    h("span", { class: "unseen" }, number === 1 ? ` ${word}` : ` ${word}s`),
  );
}

export function updateTimes(element, one, context) {
  const at = Date.parse(one.lastAt);
  const { now } = context;
  const isLive = now - at < LIVE_MS;
  element.classList.toggle("live", isLive);
  const dot = element.querySelector(".dot");
  if (isLive) dot.setAttribute("title", "Active in the last seconds");
  else dot.removeAttribute("title");
  const when = element.querySelector(".when");
  setText(when, context.times === "exact" ? moment(at, now) : relative(at, now));
  when.setAttribute("title", exact(at));
}

/// The time of today, the day of all before.
const moment = (at, now) => (day(at) === day(now) ? clock(at, false) : day(at));

const trim = (rating) => (Number.isInteger(rating) ? String(rating) : rating.toFixed(1));

/// An id for the document: conversations' ids may hold anything.
function hashed(text) {
  let sum = 5381;
  for (let i = 0; i < text.length; i += 1) sum = (sum * 33 + text.charCodeAt(i)) | 0;
  return (sum >>> 0).toString(36);
}
