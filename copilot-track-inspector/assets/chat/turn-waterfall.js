// Renders a turn as a waterfall.

import { bdi, h } from "../ui/dom.js";
import { formatCount, formatDuration, plural } from "../util/format.js";

const SVG = "http://www.w3.org/2000/svg";
/// The width of the drawing, in its own units.
const WIDTH = 1000;
/// The minimum width of a bar, so that short steps are visible.
const MIN_BAR = 6;

/// Renders the button that shows or hides the waterfall, with the turn's totals.
export function renderTurnButton(turn, seq, { isOpen, onToggle }) {
  const parts = [
    `answered in ${formatDuration(turn.elapsed)}`,
    turn.tools > 0 && `${turn.tools} ${plural(turn.tools, "tool")}`,
    turn.tokens !== undefined && `${formatCount(turn.tokens)} tokens`,
    turn.cost !== undefined && `$${turn.cost.toFixed(turn.cost < 0.1 ? 4 : 2)}`,
  ];
  return h(
    "button",
    {
      class: "button link turn-button",
      type: "button",
      "aria-expanded": String(isOpen),
      "data-focus-key": `turn-${seq}`,
      onclick: onToggle,
    },
    parts.filter(Boolean).join(" · "),
  );
}

export function renderWaterfall(turn) {
  const total = Math.max(turn.elapsed, ...turn.steps.map(({ end }) => end), 1);
  return h(
    "ol",
    { class: "waterfall", "aria-label": "Steps of this turn" },
    turn.steps.map((step) =>
      h(
        "li",
        {},
        bdi(step.label, { class: "step-name", title: step.label }),
        bar(step, total),
        h(
          "span",
          { class: "step-duration" },
          step.start === undefined
            ? `at ${formatDuration(step.end)}`
            : formatDuration(step.end - step.start),
        ),
        step.outcome && h("span", { class: "step-outcome" }, step.outcome),
      ),
    ),
  );
}

function bar({ kind, start, end }, total) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} 10`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", `step-bar ${kind}`);
  svg.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS(SVG, "rect");
  const from = ((start ?? end) / total) * WIDTH;
  const width = Math.max(MIN_BAR, ((end - (start ?? end)) / total) * WIDTH);
  rect.setAttribute("x", String(Math.max(0, Math.min(WIDTH - width, from))));
  rect.setAttribute("width", String(width));
  rect.setAttribute("height", "10");
  rect.setAttribute("rx", "3");
  svg.append(rect);
  return svg;
}
