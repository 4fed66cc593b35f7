// The verdict on an event, which says whether the event follows the spec and Segment's rules.

import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const STATUSES = {
  ok: ["check", "Matches the spec"],
  note: ["note", "Matches the spec, with notes"],
  warning: ["warning", "Deviates from the spec"],
  error: ["error", "Violates the spec"],
  rejected: ["rejected", "Segment would discard this"],
};

export function renderVerdict(verdict) {
  const status = STATUSES[verdict?.status] ? verdict.status : "ok";
  const [iconName, label] = STATUSES[status];
  return h(
    "div",
    { class: `verdict ${status}` },
    h("div", { class: "verdict-header" }, icon(iconName), label),
    (verdict?.findings ?? []).map(renderFinding),
  );
}

const SEVERITIES = ["note", "warning", "error"];

function renderFinding({ severity, code, path, message }) {
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
    h("span", { class: "finding-location" }, [path, code].filter(Boolean).join("  ·  ")),
  );
}

/// Renders text in backticks as code.
function renderInlineCode(text) {
  return String(text)
    .split(/(`[^`]*`)/)
    .filter((part) => part !== "")
    .map((part) => (/^`[^`]*`$/.test(part) ? h("code", { dir: "auto" }, part.slice(1, -1)) : part));
}

/// Returns the paths that have findings more severe than a note.
export const findingPaths = (verdict) =>
  new Set(
    (verdict?.findings ?? [])
      .filter((finding) => finding.path && finding.severity !== "note")
      .map((finding) => finding.path),
  );
