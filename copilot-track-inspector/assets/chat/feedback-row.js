// Renders a rating.

import { displayText } from "../model/event.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { feedbackRating, starCount } from "./feedback.js";
import { extraTags, selectable, timestamp, verdictTag } from "./row-parts.js";

export function renderFeedback(event, context) {
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
