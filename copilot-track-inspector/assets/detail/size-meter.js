// The size of an event, against Segment's limit.

import { h } from "../ui/dom.js";
import { bytes } from "../util/format.js";

/// Segment's limit on an event, envelope included.
const LIMIT = 32 * 1024;

const SVG = "http://www.w3.org/2000/svg";

export function sizeMeter(size) {
  const share = Math.max(0, size / LIMIT);
  const state = share > 1 ? "over" : share > 0.8 ? "near" : "";
  const bar = document.createElementNS(SVG, "svg");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `${Math.round(share * 100)} percent of Segment's limit`);
  bar.setAttribute("preserveAspectRatio", "none");
  bar.setAttribute("viewBox", "0 0 1000 6");
  const fill = document.createElementNS(SVG, "rect");
  fill.setAttribute("width", String(Math.max(6, Math.min(1000, share * 1000))));
  fill.setAttribute("height", "6");
  bar.append(fill);
  const percent = share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %`;
  return h(
    "div",
    { class: `meter ${state}` },
    h("div", { class: "meter-words" }, h("span", {}, bytes(size)), h("span", {}, `${percent} of 32 KB`)),
    bar,
  );
}
