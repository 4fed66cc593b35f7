// Renders the rows of the chat. Stateless.

import {
  displayText,
  eventProperties,
  eventTime,
  eventTitle,
  extraProperties,
  messageBody,
  roleLabel,
} from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import {
  clockTime,
  formatBytes,
  formatDuration,
  fullTimestamp,
  longDate,
  plural,
  relativeTime,
} from "../util/format.js";
import { feedbackRating, starCount } from "./feedback.js";

/// Longer messages are collapsed.
const COLLAPSE_CHARS = 900;
const COLLAPSE_LINES = 12;
/// Maximum number of extra properties shown on a row.
const MAX_TAGS = 6;

/// `context` is `{ selected, cursor, timeFormat, now, fullText(seq), isExpanded(seq),
/// onSelect(seq), onToggle(seq) }`.
export function renderRow(row, context) {
  if (row.kind === "day") {
    return h("div", { class: "chat-row" }, h("div", { class: "divider" }, longDate(row.at)));
  }
  if (row.kind === "gap") {
    return h(
      "div",
      { class: "chat-row kind-gap" },
      h(
        "div",
        { class: "divider" },
        "Events may be missing here: the inspector removed them before this page loaded them",
      ),
    );
  }
  const render = RENDERERS[row.kind] ?? renderCompact;
  return h(
    "div",
    { class: `chat-row kind-${row.kind}` },
    h("div", { class: "chat-row-content" }, render(row.event, context, row)),
  );
}

const RENDERERS = {
  sent: renderMessage,
  received: renderMessage,
  tool: renderToolCall,
  media: renderCard,
  component: renderCard,
  feedback: renderFeedback,
  started: renderBoundary,
  ended: renderBoundary,
};

/// Creates the part of a row that selects its event.
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
      "data-focus-key": event.seq,
      onclick: () => {
        // A click that ends a text selection does not select the event.
        if (String(getSelection()) === "") context.onSelect(event.seq);
      },
    },
    ...children,
  );
}

function timestamp(event, context, attributes = {}) {
  const at = eventTime(event);
  return h(
    "time",
    { class: "timestamp", "data-at": at, title: fullTimestamp(at), ...attributes },
    context.timeFormat === "exact" ? clockTime(at) : relativeTime(at, context.now),
  );
}

function renderMessage(event, context, row) {
  const properties = eventProperties(event);
  const isSent = row.kind === "sent";
  const role = roleLabel(properties.role) || (isSent ? "customer" : "agent");
  const body = context.fullText(event.seq) ?? messageBody(event);
  const isLong =
    body.isTruncated || body.text.length > COLLAPSE_CHARS || countLines(body.text) > COLLAPSE_LINES;
  const isExpanded = context.isExpanded(event.seq);
  const completion = displayText(properties.completion);
  const content =
    body.text === ""
      ? h("span", { class: "message-text placeholder" }, "No text")
      : bdi(body.text, {
          class: isLong && !isExpanded ? "message-text is-collapsed" : "message-text",
        });
  const size = event.textBytes ?? body.text.length;
  return [
    h("div", { class: "message-header" }, bdi(role, { class: "role" }), timestamp(event, context)),
    selectable(
      "div",
      event,
      context,
      {
        class:
          completion === "cancelled" || completion === "error" ? "bubble is-incomplete" : "bubble",
        "aria-label": `${role} said: ${body.text.slice(0, 160)}${body.text.length > 160 ? "…" : ""}`,
      },
      content,
    ),
    messageFooter(
      completion === "cancelled" &&
        h("span", { class: "tag cancelled" }, icon("rejected"), "canceled"),
      completion === "error" &&
        h("span", { class: "tag error" }, icon("error"), "ended with an error"),
      completion &&
        completion !== "cancelled" &&
        completion !== "error" &&
        renderTag("completion", completion),
      typeof properties.first_chunk_ms === "number" &&
        renderTag("first chunk", formatDuration(properties.first_chunk_ms)),
      typeof properties.duration_ms === "number" &&
        renderTag("took", formatDuration(properties.duration_ms)),
      ...extraTags(event),
      verdictTag(event),
      isLong &&
        h(
          "button",
          {
            class: "button link",
            type: "button",
            "aria-expanded": String(isExpanded),
            "data-focus-key": `fold-${event.seq}`,
            onclick: () => context.onToggle(event.seq),
          },
          isExpanded ? "Show less" : `Show all (${formatBytes(size)})`,
        ),
    ),
    row.feedback.map((rating) => renderFeedback(rating, context)),
  ];
}

function countLines(text) {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

function messageFooter(...children) {
  const shown = children.filter(Boolean);
  return shown.length === 0 ? undefined : h("div", { class: "message-footer" }, shown);
}

function renderTag(name, value) {
  return h(
    "span",
    { class: "tag", title: value.length > 24 ? value.slice(0, 1000) : undefined },
    bdi(name, { class: "name" }),
    bdi(value.slice(0, 200), { class: "value" }),
  );
}

function extraTags(event) {
  const all = extraProperties(event);
  const shown = all.slice(0, MAX_TAGS).map(([name, value]) => renderTag(name.slice(0, 60), value));
  if (all.length > MAX_TAGS)
    shown.push(h("span", { class: "tag" }, `${all.length - MAX_TAGS} more`));
  return shown;
}

const VERDICT_LABELS = { note: "note", warning: "warning", error: "error", rejected: "rejected" };

function verdictTag(event) {
  const status = event.verdict?.status;
  if (!VERDICT_LABELS[status] || status === "note") return undefined;
  const message = event.verdict.findings?.[0]?.message;
  return h(
    "span",
    { class: `tag ${status}`, title: message },
    icon(status),
    VERDICT_LABELS[status],
  );
}

function renderFeedback(event, context) {
  const value = feedbackRating(event);
  return selectable(
    "div",
    event,
    context,
    { class: "feedback" },
    starRow(value),
    h(
      "span",
      {},
      typeof value === "number"
        ? `rated ${value}`
        : `rated ${displayText(value).slice(0, 60) || "without a value"}`,
    ),
    extraTags(event),
    verdictTag(event),
    timestamp(event, context),
  );
}

function starRow(value) {
  const filled = starCount(value);
  if (filled === undefined) return icon("star");
  return h(
    "span",
    { class: "stars", "aria-hidden": "true" },
    [1, 2, 3, 4, 5].map((position) => {
      const star = icon("star");
      if (position <= filled) star.classList.add("is-filled");
      return star;
    }),
  );
}

const OUTCOME_CLASSES = { ok: "ok", error: "error", panicked: "error", cancelled: "cancelled" };

function renderToolCall(event, context) {
  const properties = eventProperties(event);
  const outcome = displayText(properties.outcome);
  return selectable(
    "div",
    event,
    context,
    { class: "tool-call" },
    icon("tool"),
    h("span", { class: "visually-hidden" }, "Tool "),
    bdi(displayText(properties.type).slice(0, 120) || "no type", { class: "event-title" }),
    properties.action !== undefined &&
      bdi(displayText(properties.action).slice(0, 200), { class: "action" }),
    outcome &&
      h("span", { class: `tag ${OUTCOME_CLASSES[outcome] ?? ""}` }, bdi(outcome.slice(0, 40))),
    properties.error_type !== undefined && renderTag("error", displayText(properties.error_type)),
    typeof properties.duration_ms === "number" &&
      h("span", { class: "tag" }, formatDuration(properties.duration_ms)),
    // Omit the default role.
    properties.role !== undefined &&
      properties.role !== "customer" &&
      renderTag("role", displayText(properties.role)),
    extraTags(event),
    verdictTag(event),
    timestamp(event, context),
  );
}

function renderCard(event, context, row) {
  const properties = eventProperties(event);
  const isMedia = row.kind === "media";
  const name = displayText(properties.type).slice(0, 160) || "no type";
  return selectable(
    "div",
    event,
    context,
    { class: "card" },
    h("span", { class: "card-icon" }, icon(isMedia ? "media" : "component")),
    isMedia && h("span", { class: "visually-hidden" }, "Media "),
    bdi(name, { class: "event-title" }),
    h(
      "span",
      { class: "card-details" },
      isMedia ? bdi(displayText(properties.sub_type).slice(0, 60) || "no sub_type") : "component",
      event.event === "Custom Component Loaded" && h("span", { class: "tag" }, "custom"),
      extraTags(event),
      verdictTag(event),
      timestamp(event, context),
    ),
  );
}

function renderBoundary(event, context, row) {
  const isEnd = row.kind === "ended";
  const messages = eventProperties(event).message_count;
  return h(
    "div",
    { class: "divider" },
    selectable(
      "div",
      event,
      context,
      { class: "boundary" },
      icon(isEnd ? "flag" : "start"),
      isEnd ? "Conversation ended" : "Conversation started",
      isEnd &&
        messages !== undefined &&
        h(
          "span",
          { class: "timestamp" },
          `${displayText(messages).slice(0, 12)} ${plural(messages, "message")}`,
        ),
      extraTags(event),
      verdictTag(event),
      timestamp(event, context),
    ),
  );
}

const ICON_BY_KIND = {
  identify: "person",
  page: "page",
  screen: "page",
  group: "group",
  alias: "alias",
};

/// Renders identify, page, screen, group and alias calls, and custom events.
function renderCompact(event, context, row) {
  return selectable(
    "div",
    event,
    context,
    { class: "compact-event" },
    icon(ICON_BY_KIND[row.kind] ?? "event"),
    bdi(eventTitle(event).slice(0, 160), { class: "event-title" }),
    ["identify", "alias", "group"].includes(row.kind) && identityTags(event),
    extraTags(event),
    verdictTag(event),
    timestamp(event, context),
  );
}

function identityTags(event) {
  const ids = [];
  if (event.groupId) ids.push(renderTag("group", displayText(event.groupId)));
  if (event.previousId) ids.push(renderTag("previous", displayText(event.previousId)));
  if (event.userId) ids.push(renderTag("user", displayText(event.userId)));
  else if (event.anonymousId) ids.push(renderTag("anonymous", displayText(event.anonymousId)));
  return ids;
}
