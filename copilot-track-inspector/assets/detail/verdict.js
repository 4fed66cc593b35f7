// The verdict on an event, which says whether the event follows the spec and Segment's rules.

import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const STATUSES = {
  ok: ["check", "No problems"],
  note: ["note", "Note"],
  warning: ["warning", "Warning"],
  error: ["error", "Error"],
  rejected: ["rejected", "Segment would discard this"],
};

const SOURCES = {
  spec: "Spec",
  tracking_api: "Tracking API",
  warehouse: "Warehouse",
  tracking_plan: "Tracking plan",
};

export function renderVerdict(verdict) {
  const status = STATUSES[verdict?.status] ? verdict.status : "ok";
  const [iconName] = STATUSES[status];
  return h(
    "div",
    { class: `verdict ${status}` },
    h("div", { class: "verdict-header" }, icon(iconName), verdictHeading(verdict)),
    (verdict?.findings ?? []).map(renderFinding),
  );
}

/// Returns the heading of a verdict: its status, and the sources of its worst findings.
export function verdictHeading(verdict) {
  const [, label] = STATUSES[verdict?.status] ?? STATUSES.ok;
  const sources = new Set(
    (verdict?.findings ?? [])
      .filter((finding) => finding.severity === verdict.status)
      .map((finding) => SOURCES[finding.source])
      .filter(Boolean),
  );
  return sources.size === 0 ? label : `${label}: ${[...sources].join(", ")}`;
}

const SEVERITIES = ["note", "warning", "error", "rejected"];

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

/// Renders text in backticks as code.
function renderInlineCode(text) {
  return String(text)
    .split(/(`[^`]*`)/)
    .filter((part) => part !== "")
    .map((part) => (/^`[^`]*`$/.test(part) ? h("code", { dir: "auto" }, part.slice(1, -1)) : part));
}

/// Returns the paths that have findings more severe than a note, each with its worst severity.
export function findingPaths(verdict) {
  const paths = new Map();
  // The worst finding comes first.
  for (const { path, severity } of verdict?.findings ?? []) {
    if (path && severity !== "note" && SEVERITIES.includes(severity) && !paths.has(path))
      paths.set(path, severity);
  }
  return paths;
}
