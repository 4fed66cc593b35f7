// The verdict on an event, which says whether the event follows the spec and Segment's rules.

import { renderInlineCode, SEVERITIES, SOURCES, STATUSES, verdictHeading } from "../model/verdict.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatCount, plural } from "../util/format.js";

/// Further findings are shown on request, so that the event itself stays in reach.
const MAX_SHOWN = 10;

export function renderVerdict(verdict) {
  const status = STATUSES[verdict?.status] ? verdict.status : "ok";
  const [iconName] = STATUSES[status];
  return h(
    "div",
    { class: `verdict ${status}` },
    h("div", { class: "verdict-header" }, icon(iconName), verdictHeading(verdict)),
    renderFindings(verdict ?? {}),
  );
}

/// Renders the first findings, and a button that shows the others.
function renderFindings({ findings = [], omitted = 0 }) {
  const end =
    omitted > 0 ? [h("div", { class: "more-findings" }, omittedText(omitted))] : [];
  const rest = findings.slice(MAX_SHOWN);
  if (rest.length === 0) return [...findings.map(renderFinding), ...end];
  const more = h(
    "div",
    { class: "more-findings" },
    h(
      "button",
      {
        class: "button link",
        type: "button",
        onclick: () => {
          const findings = rest.map(renderFinding);
          more.replaceWith(...findings, ...end);
          // The focus would otherwise move to the start of the page.
          findings[0].tabIndex = -1;
          findings[0].focus();
        },
      },
      `Show ${rest.length} more ${plural(rest.length, "finding")}`,
    ),
  );
  return [...findings.slice(0, MAX_SHOWN).map(renderFinding), more];
}

const omittedText = (count) =>
  `${formatCount(count)} further ${plural(count, "finding")} ${count === 1 ? "is" : "are"} not shown.`;

function renderFinding({ severity, source, code, path, message }) {
  const level = SEVERITIES.includes(severity) ? severity : "note";
  return h(
    "div",
    { class: `finding ${level}` },
    icon(level),
    h(
      "p",
      {},
      h("span", { class: "visually-hidden" }, `${level}: `),
      renderInlineCode(message ?? code ?? ""),
    ),
    h(
      "span",
      { class: "finding-location" },
      [SOURCES[source], path, code].filter(Boolean).join("  ·  "),
    ),
  );
}
