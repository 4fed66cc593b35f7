// Renders the rows of the chat. The functions are stateless.

import { h } from "../ui/dom.js";
import { longDate } from "../util/format.js";
import { renderBoundary, renderCard, renderCompact, renderToolCall } from "./event-rows.js";
import { renderFeedback } from "./feedback-row.js";
import { renderMessage } from "./message-row.js";

/// `context` is `{ selected, cursor, timeFormat, fullText(seq), isExpanded(seq), onSelect(seq),
/// onToggle(seq), isTurnOpen(seq), onToggleTurn(seq), hasMarkdown }`. The functions for rows also receive `sincePrevious`, the time since the
/// previous row in milliseconds.
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
        "Events may be missing here: the inspector removed some before this page could load them",
      ),
    );
  }
  const render = RENDERERS[row.kind] ?? renderCompact;
  return h(
    "div",
    { class: `chat-row kind-${row.kind}` },
    h("div", { class: "chat-row-content" }, render(row.event, { ...context, sincePrevious: row.sincePrevious }, row)),
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
