// What the spec and Segment say of an event, in words.

import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const HEADS = {
  ok: ["check", "As the spec has it"],
  note: ["note", "Fine, with a remark"],
  warning: ["warning", "Not quite as the spec has it"],
  error: ["error", "Against the spec"],
  rejected: ["rejected", "Segment would not keep this"],
};

export function verdictPart(verdict) {
  const status = HEADS[verdict?.status] ? verdict.status : "ok";
  const [picture, words] = HEADS[status];
  return h(
    "div",
    { class: `verdict ${status}` },
    h("div", { class: "verdict-head" }, icon(picture), words),
    (verdict?.findings ?? []).map(finding),
  );
}

const SEVERITIES = ["note", "warning", "error"];

function finding({ severity, code, path, message }) {
  const level = SEVERITIES.includes(severity) ? severity : "note";
  return h(
    "div",
    { class: `finding ${level}` },
    icon(level),
    h("p", {}, h("span", { class: "unseen" }, `${level}: `), ticked(message ?? code ?? "")),
    h("span", { class: "where" }, [path, code].filter(Boolean).join("  ·  ")),
  );
}

/// Text in which what stands between backticks is code.
function ticked(text) {
  return String(text)
    .split(/(`[^`]*`)/)
    .filter((part) => part !== "")
    .map((part) => (/^`[^`]*`$/.test(part) ? h("code", { dir: "auto" }, part.slice(1, -1)) : part));
}

/// The paths that findings point at, for the tree.
export const badPaths = (verdict) =>
  new Set((verdict?.findings ?? []).filter((one) => one.path && one.severity !== "note").map((one) => one.path));
