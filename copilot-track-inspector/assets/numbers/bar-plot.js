// Renders a plot as a table with bars. The table is the plot's text alternative: each value is also
// written next to its bar, so nothing depends on colors.

import { bdi, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const SVG = "http://www.w3.org/2000/svg";
/// The size of a bar, in its own units.
const WIDTH = 1000;
const HEIGHT = 12;
/// The minimum width of a part, so that small values are visible, and the gap between two parts.
const MIN_PART = 8;
const GAP = 4;

/// `renderLink(query, text)` renders the link to the events behind a value.
export function renderBarPlot({ caption, columns, rows, legend }, renderLink) {
  const total = Math.max(1, ...rows.map(({ parts }) => sum(parts)));
  return [
    h(
      "table",
      { class: legend ? "bar-plot has-long-values" : "bar-plot" },
      h("caption", { class: "visually-hidden" }, caption),
      h(
        "colgroup",
        {},
        h("col", { class: "label-column" }),
        h("col"),
        h("col", { class: "value-column" }),
      ),
      h(
        "thead",
        { class: "visually-hidden" },
        h("tr", {}, h("th", { scope: "col" }, columns[0]), h("td"), h("th", { scope: "col" }, columns[1])),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h(
              "th",
              { scope: "row", class: row.isUnknown ? "is-unknown" : undefined, title: row.label },
              row.severity && icon(row.severity),
              row.severity && h("span", { class: "visually-hidden" }, `${row.severity}: `),
              bdi(row.label),
            ),
            h("td", { class: "bar" }, renderBar(row.parts, total)),
            h("td", { class: "value" }, renderLink(row, row.text, `${row.label}: `)),
          ),
        ),
      ),
    ),
    legend &&
      h(
        "ul",
        { class: "bar-legend", "aria-hidden": "true" },
        legend.map(([kind, label]) => h("li", { class: kind }, renderSample(kind), label)),
      ),
  ];
}

function renderBar(parts, total) {
  const svg = createSvg(WIDTH);
  let from = 0;
  for (const { kind, value } of parts) {
    if (value <= 0) continue;
    const width = Math.max(MIN_PART, (value / total) * WIDTH);
    // Parts that became wider must not move the last part out of the drawing.
    const start = Math.min(from, WIDTH - width);
    svg.append(createRect(kind, start, Math.max(MIN_PART - GAP, width - GAP)));
    from = start + width;
  }
  return svg;
}

function renderSample(kind) {
  const svg = createSvg(HEIGHT);
  svg.append(createRect(kind, 0, HEIGHT));
  return svg;
}

function createSvg(width) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

function createRect(kind, x, width) {
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", kind);
  rect.setAttribute("x", String(x));
  rect.setAttribute("width", String(width));
  rect.setAttribute("height", String(HEIGHT));
  return rect;
}

const sum = (parts) => parts.reduce((total, { value }) => total + value, 0);
