// JSON as a collapsible tree. Children are created when their parent is expanded, and long lists
// are created in chunks. Large events therefore open quickly.

import { bdi, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { ExactNumber } from "../util/exact-json.js";
import { formatBytes } from "../util/format.js";

const CHUNK_SIZE = 100;
const MAX_TEXT_CHARS = 600;

/// `findingPaths` maps each path to highlight, such as `properties.messageBody`, to the severity of
/// its worst finding.
export function renderJsonTree(value, findingPaths = new Map()) {
  return h(
    "div",
    { class: "json-tree", translate: "no" },
    renderNode(undefined, value, { findingPaths, path: "", depth: 0 }),
  );
}

const isBranch = (value) =>
  value !== null && typeof value === "object" && !(value instanceof ExactNumber);

function renderNode(key, value, position) {
  const name =
    key === undefined
      ? []
      : [bdi(String(key), { class: "json-key" }), h("span", { class: "json-punctuation" }, ": ")];
  const severity = position.findingPaths.get(position.path);
  const findingClass = severity ? ` has-finding ${severity}` : "";
  if (!isBranch(value))
    return h("div", { class: `json-leaf${findingClass}` }, name, renderValue(value));
  const isArray = Array.isArray(value);
  const size = isArray ? value.length : Object.keys(value).length;
  const brackets = isArray ? "[]" : "{}";
  if (size === 0)
    return h(
      "div",
      { class: `json-leaf${findingClass}` },
      name,
      h("span", { class: "json-punctuation" }, brackets),
    );
  // Expand the first two levels except `context`, and everything with a finding.
  let isOpen =
    position.depth === 0 ||
    (position.depth === 1 && key !== "context") ||
    position.findingPaths.has(position.path);
  const children = h("ul", {});
  const preview = h("span", { class: "json-punctuation" });
  const toggle = h(
    "button",
    {
      class: "toggle",
      type: "button",
      onclick: () => {
        isOpen = !isOpen;
        update();
      },
    },
    icon("chevron"),
    h("span", {}, name, preview),
  );
  const update = () => {
    toggle.setAttribute("aria-expanded", String(isOpen));
    preview.textContent = isOpen ? brackets[0] : `${brackets[0]} ${size} ${brackets[1]}`;
    children.hidden = !isOpen;
    if (isOpen && children.childElementCount === 0) appendChildren(children, value, position);
  };
  update();
  return h("div", { class: findingClass.trim() }, toggle, children);
}

function appendChildren(list, value, position, from = 0) {
  const entries = Object.entries(value);
  for (const [name, child] of entries.slice(from, from + CHUNK_SIZE)) {
    const path = position.path === "" ? name : `${position.path}.${name}`;
    list.append(
      h(
        "li",
        {},
        renderNode(name, child, {
          findingPaths: position.findingPaths,
          path,
          depth: position.depth + 1,
        }),
      ),
    );
  }
  const remaining = entries.length - from - CHUNK_SIZE;
  if (remaining <= 0) return;
  const more = h(
    "li",
    { class: "json-leaf" },
    h(
      "button",
      {
        class: "button link",
        type: "button",
        onclick: () => {
          more.remove();
          appendChildren(list, value, position, from + CHUNK_SIZE);
        },
      },
      `Show ${Math.min(remaining, CHUNK_SIZE)} more (${remaining} remaining)`,
    ),
  );
  list.append(more);
}

function renderValue(value) {
  if (typeof value === "string") return renderString(value);
  if (typeof value === "number" || value instanceof ExactNumber) {
    return h("span", { class: "json-number" }, String(value));
  }
  return h("span", { class: "json-literal" }, String(value));
}

function renderString(value) {
  const quoted = (text) => bdi(JSON.stringify(text), { class: "json-string" });
  if (value.length <= MAX_TEXT_CHARS) return quoted(value);
  const container = h("span", {});
  const size = formatBytes(new TextEncoder().encode(value).length);
  container.append(
    quoted(value.slice(0, MAX_TEXT_CHARS)),
    "… ",
    h(
      "button",
      {
        class: "button link",
        type: "button",
        onclick: () => container.replaceChildren(quoted(value)),
      },
      `Show all (${size})`,
    ),
  );
  return container;
}
