// Renders what the chat shows when there are no events.

import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { renderWelcome } from "./welcome.js";

/// `state` is "welcome", "unselected", "loading", "no-events", or "error".
export function renderEmptyState(state, { origin, error, onRetry, onPlay }) {
  return h("div", { class: "empty-state" }, content(state, { origin, error, onRetry, onPlay }));
}

function content(state, { origin, error, onRetry, onPlay }) {
  switch (state) {
    case "welcome":
      return [
        icon("event"),
        h("h2", {}, "Listening for events"),
        h(
          "p",
          {},
          "Point an app at this address, using any write key. Its conversations appear here as they happen.",
        ),
        renderWelcome({ origin, onPlay }),
      ];
    case "unselected":
      return [
        icon("message"),
        h("h2", {}, "No conversation selected"),
        h("p", {}, "Select one on the left, or press J."),
      ];
    case "loading":
      return h("span", { class: "spinner" });
    case "no-events":
      return [
        icon("message"),
        h("h2", {}, "No events here"),
        h(
          "p",
          {},
          "No events have arrived for this conversation, or they were deleted. New events appear automatically.",
        ),
      ];
    default:
      return [
        icon("error"),
        h("h2", {}, "Failed to load the conversation"),
        h("p", {}, error),
        h("button", { class: "button", type: "button", onclick: onRetry }, "Try again"),
      ];
  }
}
