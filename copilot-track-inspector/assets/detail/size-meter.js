// A meter that compares an event's size with Segment's limit.

import { h } from "../ui/dom.js";
import { formatBytes } from "../util/format.js";

/// Segment's limit on the size of an event, including its envelope.
const MAX_EVENT_BYTES = 32 * 1024;

const SVG = "http://www.w3.org/2000/svg";

export function renderSizeMeter(size) {
  const share = Math.max(0, size / MAX_EVENT_BYTES);
  const state = share > 1 ? "is-over-limit" : share > 0.8 ? "is-near-limit" : "";
  const bar = document.createElementNS(SVG, "svg");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `${Math.round(share * 100)}% of Segment's limit`);
  bar.setAttribute("preserveAspectRatio", "none");
  bar.setAttribute("viewBox", "0 0 1000 6");
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("width", String(Math.max(6, Math.min(1000, share * 1000))));
  rect.setAttribute("height", "6");
  bar.append(rect);
  const label = share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;
  return h(
    "div",
    { class: `meter ${state}` },
    h(
      "div",
      { class: "meter-labels" },
      h("span", {}, formatBytes(size)),
      h("span", {}, `${label} of 32 KB`),
    ),
    bar,
  );
}
