// Renders tool calls, media, components, conversation boundaries, and other events.

import { displayText, eventProperties, eventTitle } from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatDuration, plural } from "../util/format.js";
import { extraTags, renderTag, selectable, timestamp, verdictTag } from "./row-parts.js";

const OUTCOME_CLASSES = { ok: "ok", error: "error", panicked: "error", cancelled: "cancelled" };

export function renderToolCall(event, context) {
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
    displayText(properties.error_type) && renderTag("error", displayText(properties.error_type)),
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

export function renderCard(event, context, row) {
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

export function renderBoundary(event, context, row) {
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

/// Renders custom events and identify, page, screen, group, and alias calls.
export function renderCompact(event, context, row) {
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
