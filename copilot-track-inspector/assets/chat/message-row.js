// Renders a message with its ratings.

import { displayText, eventProperties, eventTime, isVisible, messageBody, roleLabel } from "../model/event.js";
import { bdi, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatBytes, formatDuration } from "../util/format.js";
import { renderFeedback } from "./feedback-row.js";
import { renderMarkdown } from "./markdown.js";
import { extraTags, renderTag, selectable, timestamp, verdictTag } from "./row-parts.js";
import { renderTurnButton, renderWaterfall } from "./turn-waterfall.js";

/// Longer messages are collapsed.
const COLLAPSE_CHARS = 900;
const COLLAPSE_LINES = 12;
/// A longer text is not shown as Markdown, so that it does not become hundreds of thousands of elements.
const MAX_MARKDOWN_CHARS = 50_000;

export function renderMessage(event, context, row) {
  const properties = eventProperties(event);
  const isSent = row.kind === "sent";
  const role = roleLabel(properties.role) || (isSent ? "customer" : "agent");
  const body = context.fullText(event.seq) ?? messageBody(event);
  const isLong =
    body.isTruncated || body.text.length > COLLAPSE_CHARS || countLines(body.text) > COLLAPSE_LINES;
  const isExpanded = context.isExpanded(event.seq);
  const completion = displayText(properties.completion);
  const [roleId, textId] = [`role-${event.seq}`, `text-${event.seq}`];
  const hasMarkdown =
    context.hasMarkdown && !isSent && body.text.length <= MAX_MARKDOWN_CHARS;
  const content = renderText(body.text, {
    id: textId,
    isCollapsed: isLong && !isExpanded,
    hasMarkdown,
  });
  const size = event.textBytes ?? body.text.length;
  return [
    h("div", { class: "message-header" }, bdi(role, { class: "role", id: roleId }), timestamp(event, context)),
    selectable(
      "div",
      event,
      context,
      {
        class:
          completion === "cancelled" || completion === "error" ? "bubble is-incomplete" : "bubble",
        "aria-labelledby": `${roleId} ${textId}`,
        role: hasMarkdown ? "group" : undefined,
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
      row.turn &&
        renderTurnButton(row.turn, event.seq, {
          isOpen: context.isTurnOpen(event.seq),
          onToggle: () => context.onToggleTurn(event.seq),
        }),
    ),
    row.turn && context.isTurnOpen(event.seq) && renderWaterfall(row.turn),
    row.feedback.map((rating) =>
      renderFeedback(rating, {
        ...context,
        sincePrevious: eventTime(rating) - eventTime(event),
      }),
    ),
  ];
}

function renderText(text, { id, isCollapsed, hasMarkdown }) {
  if (!isVisible(text)) {
    const placeholder = text.trim() === "" ? "No text" : "Only invisible characters";
    return h("span", { class: "message-text placeholder", id }, placeholder);
  }
  const className = isCollapsed ? "message-text is-collapsed" : "message-text";
  if (!hasMarkdown) return bdi(text, { id, class: className });
  return h("div", { id, class: `${className} markdown`, dir: "auto" }, renderMarkdown(text));
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
