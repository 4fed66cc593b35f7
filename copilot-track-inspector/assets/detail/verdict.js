// The verdict on an event, which says whether the event follows the spec and Segment's rules.

import { renderInlineCode, SEVERITIES, SOURCES, STATUSES, verdictHeading } from "../model/verdict.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatCount, plural } from "../util/format.js";

export function renderVerdict(verdict) {
  const status = STATUSES[verdict?.status] ? verdict.status : "ok";
  const [iconName] = STATUSES[status];
  return h(
    "div",
    { class: `verdict ${status}` },
    h("div", { class: "verdict-header" }, icon(iconName), verdictHeading(verdict)),
    (verdict?.findings ?? []).map(renderFinding),
    verdict?.omitted > 0 &&
      h("div", { class: "finding note" }, icon("note"), h("p", {}, omittedText(verdict.omitted))),
  );
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
