// Parts that several kinds of chat rows share. `context` is described in chat-row.js.

import { eventTime, extraProperties } from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { clockTime, formatDuration, formatElapsed, fullTimestamp } from "../util/format.js";

/// Maximum number of extra properties shown on a row.
const MAX_TAGS = 6;

/// Creates the part of a row that selects its event. It is a button, unless `attributes` has another
/// role, because a button cannot contain links.
export function selectable(tag, event, context, attributes, ...children) {
  const isSelected = event.seq === context.selected;
  const role = attributes.role ?? "button";
  return h(
    tag,
    {
      ...attributes,
      class: `${attributes.class}${isSelected ? " is-selected" : ""}`,
      role,
      tabindex: event.seq === context.cursor ? "0" : "-1",
      [selectionAttribute(role)]: String(isSelected),
      "data-seq": event.seq,
      "data-focus-key": event.seq,
      onclick: () => {
        // A click that ends the selection of text does not select the event.
        if (String(getSelection()) === "") context.onSelect(event.seq);
      },
    },
    ...children,
  );
}

/// Returns the attribute that marks a selected element with this role.
export const selectionAttribute = (role) => (role === "button" ? "aria-pressed" : "aria-current");

/// Shows the time since the previous row, or the exact time if there is none or the user prefers
/// it. Marks late events.
export function timestamp(event, context) {
  const at = eventTime(event);
  const isExact = context.timeFormat === "exact" || context.sincePrevious === undefined;
  return [
    event.late && lateTag(event, at),
    h(
      "time",
      { class: "timestamp", title: fullTimestamp(at) },
      isExact
        ? clockTime(at, context.timeFormat === "exact")
        : formatElapsed(context.sincePrevious),
    ),
  ];
}

function lateTag(event, at) {
  const delay = formatDuration(Date.parse(event.receivedAt) - at);
  return h(
    "span",
    {
      class: "tag late",
      title: `Arrived ${delay} after it happened, and after later events of this conversation`,
    },
    "late",
  );
}

export function renderTag(name, value) {
  return h(
    "span",
    { class: "tag", title: value.length > 24 ? value.slice(0, 1000) : undefined },
    bdi(name, { class: "name" }),
    bdi(value.slice(0, 200), { class: "value" }),
  );
}

export function extraTags(event) {
  const all = extraProperties(event);
  const shown = all.slice(0, MAX_TAGS).map(([name, value]) => renderTag(name.slice(0, 60), value));
  if (all.length > MAX_TAGS)
    // The server leaves out properties if there are many.
    shown.push(h("span", { class: "tag" }, `${all.length - MAX_TAGS}${event.cut ? "+" : ""} more`));
  return shown;
}

const VERDICT_LABELS = { note: "note", warning: "warning", error: "error", rejected: "rejected" };

export function verdictTag(event) {
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
