// What the spec and Segment say of an event, in words.

import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const STATUSES = {
  ok: ["check", "As the spec has it"],
  note: ["note", "Fine, with a remark"],
  warning: ["warning", "Not quite as the spec has it"],
  error: ["error", "Against the spec"],
  rejected: ["rejected", "Segment would not keep this"],
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
    h("p", {}, h("span", { class: "visually-hidden" }, `${level}: `), renderInlineCode(message ?? code ?? "")),
    h("span", { class: "finding-location" }, [path, code].filter(Boolean).join("  ·  ")),
  );
}

/// Text in which what stands between backticks is code.
function renderInlineCode(text) {
  return String(text)
    .split(/(`[^`]*`)/)
    .filter((part) => part !== "")
    .map((part) => (/^`[^`]*`$/.test(part) ? h("code", { dir: "auto" }, part.slice(1, -1)) : part));
}

/// The paths that findings point at, for the tree.
export const findingPaths = (verdict) =>
  new Set((verdict?.findings ?? []).filter((finding) => finding.path && finding.severity !== "note").map((finding) => finding.path));
