// How verdicts and findings are described. Pure functions, except for the one that renders code.

import { h } from "../ui/dom.js";

/// The icon and the label of each status.
export const STATUSES = {
  ok: ["check", "No problems"],
  note: ["note", "Note"],
  warning: ["warning", "Warning"],
  error: ["error", "Error"],
  rejected: ["rejected", "Segment would discard this"],
};

export const SEVERITIES = ["note", "warning", "error", "rejected"];

export const SOURCES = {
  spec: "Spec",
  tracking_api: "Tracking API",
  warehouse: "Warehouse",
  tracking_plan: "Tracking plan",
};

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

/// Renders text in backticks as code.
export function renderInlineCode(text) {
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
