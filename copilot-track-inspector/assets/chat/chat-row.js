// A row of the chat as an element. Nothing here keeps state.

import { h, said } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { body, extras, happenedAt, properties, roleInWords, text, title } from "../model/event.js";
import { rating, stars } from "./feedback.js";
import { bytes, clock, dayInWords, duration, exact, relative } from "../util/format.js";

/// Longer messages are folded; about what a dozen lines hold.
const FOLD_CHARS = 900;
const FOLD_LINES = 12;
/// So many extra properties stand on a row; the rest is in the event itself.
const MOST_TAGS = 6;

/// `context`: `{ selected, cursor, times, now, full(seq), isOpen(seq), select(seq), toggle(seq) }`.
export function rowElement(row, context) {
  if (row.kind === "day") {
    return h("div", { class: "row" }, h("div", { class: "divider" }, dayInWords(row.at)));
  }
  if (row.kind === "gap") {
    return h("div", { class: "row is-gap" }, h("div", { class: "divider" }, "Events may be missing here: they made room before this page had them"));
  }
  const build = BUILDERS[row.kind] ?? slim;
  return h(
    "div",
    { class: `row is-${row.kind}` },
    h("div", { class: "row-line" }, build(row.event, context, row)),
  );
}

const BUILDERS = { sent: message, received: message, tool, media: card, component: card, feedback: lone, started: mark, ended: mark };

/// The part of a row that selects its event.
function selectable(tag, event, context, attributes, ...children) {
  const isSelected = event.seq === context.selected;
  return h(
    tag,
    {
      ...attributes,
      class: `${attributes.class}${isSelected ? " is-selected" : ""}`,
      role: "button",
      tabindex: event.seq === context.cursor ? "0" : "-1",
      "aria-pressed": String(isSelected),
      "data-seq": event.seq,
      "data-focus": event.seq,
      onclick: () => {
        // Whoever marks text wants the text.
        if (String(getSelection()) === "") context.select(event.seq);
      },
    },
    ...children,
  );
}

export function time(event, context, attributes = {}) {
  const at = happenedAt(event);
  return h(
    "time",
    { class: "time", "data-at": at, title: exact(at), ...attributes },
    context.times === "exact" ? clock(at) : relative(at, context.now),
  );
}

function message(event, context, row) {
  const its = properties(event);
  const isSent = row.kind === "sent";
  const role = roleInWords(its.role) || (isSent ? "customer" : "agent");
  const said_ = context.full(event.seq) ?? body(event);
  const isLong = said_.isCut || said_.text.length > FOLD_CHARS || lines(said_.text) > FOLD_LINES;
  const isOpen = context.isOpen(event.seq);
  const completion = text(its.completion);
  const content =
    said_.text === ""
      ? h("span", { class: "text none" }, "No text")
      : said(said_.text, { class: isLong && !isOpen ? "text folded" : "text" });
  const size = event.textBytes ?? said_.text.length;
  return [
    h(
      "div",
      { class: "said-by" },
      said(role, { class: "role" }),
      time(event, context),
    ),
    selectable(
      "div",
      event,
      context,
      {
        class: completion === "cancelled" || completion === "error" ? "bubble cut-off" : "bubble",
        "aria-label": `${role} said: ${said_.text.slice(0, 160)}${said_.text.length > 160 ? "…" : ""}`,
      },
      content,
    ),
    marks(
      completion === "cancelled" && h("span", { class: "tag cancelled" }, icon("rejected"), "cancelled midway"),
      completion === "error" && h("span", { class: "tag error" }, icon("error"), "ended in an error"),
      completion && completion !== "cancelled" && completion !== "error" && tag("completion", completion),
      typeof its.first_chunk_ms === "number" && tag("first chunk", duration(its.first_chunk_ms)),
      typeof its.duration_ms === "number" && tag("took", duration(its.duration_ms)),
      ...tags(event),
      verdict(event),
      isLong &&
        h(
          "button",
          {
            class: "button link",
            type: "button",
            "aria-expanded": String(isOpen),
            "data-focus": `fold-${event.seq}`,
            onclick: () => context.toggle(event.seq),
          },
          isOpen ? "Show less" : `Show all (${bytes(size)})`,
        ),
    ),
    row.feedback.map((one) => feedback(one, context)),
  ];
}

function lines(text) {
  let found = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found += 1;
  return found;
}

function marks(...children) {
  const there = children.filter(Boolean);
  return there.length === 0 ? undefined : h("div", { class: "marks" }, there);
}

function tag(name, value) {
  return h(
    "span",
    { class: "tag", title: value.length > 24 ? value.slice(0, 1000) : undefined },
    said(name, { class: "name" }),
    said(value.slice(0, 200), { class: "value" }),
  );
}

function tags(event) {
  const all = extras(event);
  const shown = all.slice(0, MOST_TAGS).map(([name, value]) => tag(name.slice(0, 60), value));
  if (all.length > MOST_TAGS) shown.push(h("span", { class: "tag" }, `${all.length - MOST_TAGS} more`));
  return shown;
}

const WORDS = { note: "note", warning: "warning", error: "error", rejected: "rejected" };

function verdict(event) {
  const status = event.verdict?.status;
  if (!WORDS[status] || status === "note") return undefined;
  const first = event.verdict.findings?.[0]?.message;
  return h("span", { class: `tag ${status}`, title: first }, icon(status), WORDS[status]);
}

function feedback(event, context) {
  const value = rating(event);
  return selectable(
    "div",
    event,
    context,
    { class: "feedback" },
    starRow(value),
    h("span", {}, typeof value === "number" ? `rated ${value}` : `rated ${text(value).slice(0, 60) || "nothing"}`),
    tags(event),
    verdict(event),
    time(event, context),
  );
}

function starRow(value) {
  const full = stars(value);
  if (full === undefined) return icon("star");
  return h(
    "span",
    { class: "stars", "aria-hidden": "true" },
    [1, 2, 3, 4, 5].map((n) => {
      const star = icon("star");
      if (n <= full) star.classList.add("full");
      return star;
    }),
  );
}

/// Feedback on the conversation, or on a message that is not here.
function lone(event, context) {
  return feedback(event, context);
}

const OUTCOMES = { ok: "ok", error: "error", panicked: "error", cancelled: "cancelled" };

function tool(event, context) {
  const its = properties(event);
  const outcome = text(its.outcome);
  return selectable(
    "div",
    event,
    context,
    { class: "chip" },
    icon("tool"),
    h("span", { class: "unseen" }, "Tool "),
    said(text(its.type).slice(0, 120) || "no type", { class: "type" }),
    its.action !== undefined && said(text(its.action).slice(0, 200), { class: "action" }),
    outcome && h("span", { class: `tag ${OUTCOMES[outcome] ?? ""}` }, said(outcome.slice(0, 40))),
    its.error_type !== undefined && tag("error", text(its.error_type)),
    typeof its.duration_ms === "number" && h("span", { class: "tag" }, duration(its.duration_ms)),
    // The spec's default says nothing: most tools are called for the customer.
    its.role !== undefined && its.role !== "customer" && tag("role", text(its.role)),
    tags(event),
    verdict(event),
    time(event, context),
  );
}

function card(event, context, row) {
  const its = properties(event);
  const isMedia = row.kind === "media";
  const name = text(its.type).slice(0, 160) || "no type";
  return selectable(
    "div",
    event,
    context,
    { class: "card" },
    h("span", { class: "picture" }, icon(isMedia ? "media" : "component")),
    isMedia && h("span", { class: "unseen" }, "Media "),
    said(name, { class: "type" }),
    h(
      "span",
      { class: "below" },
      isMedia ? said(text(its.sub_type).slice(0, 60) || "no sub_type") : "component",
      event.event === "Custom Component Loaded" && h("span", { class: "tag" }, "custom"),
      tags(event),
      verdict(event),
      time(event, context),
    ),
  );
}

function mark(event, context, row) {
  const isEnd = row.kind === "ended";
  const messages = properties(event).message_count;
  return h(
    "div",
    { class: "divider" },
    selectable(
      "div",
      event,
      context,
      { class: "mark" },
      icon(isEnd ? "flag" : "start"),
      isEnd ? "Conversation ended" : "Conversation started",
      isEnd && messages !== undefined && h("span", { class: "time" }, `${text(messages).slice(0, 12)} messages`),
      tags(event),
      verdict(event),
      time(event, context),
    ),
  );
}

const PICTURES = { identify: "person", page: "page", screen: "page", group: "group", alias: "alias" };

/// Identify, page, screen, group, alias, and events of the app's own.
function slim(event, context, row) {
  return selectable(
    "div",
    event,
    context,
    { class: "slim" },
    icon(PICTURES[row.kind] ?? "event"),
    said(title(event).slice(0, 160), { class: "type" }),
    ["identify", "alias", "group"].includes(row.kind) && who(event),
    tags(event),
    verdict(event),
    time(event, context),
  );
}

function who(event) {
  const ids = [];
  if (event.groupId) ids.push(tag("group", text(event.groupId)));
  if (event.previousId) ids.push(tag("was", text(event.previousId)));
  if (event.userId) ids.push(tag("user", text(event.userId)));
  else if (event.anonymousId) ids.push(tag("anonymous", text(event.anonymousId)));
  return ids;
}
