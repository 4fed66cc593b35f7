// JSON as a tree that folds. Children are made when they are opened, and long lists in parts, so that
// an event of any size opens at once.

import { h, said } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { ExactNumber } from "../util/exact-json.js";
import { bytes } from "../util/format.js";

const PART = 100;
const LONG_TEXT = 600;

/// `bad` holds the paths that the verdict objects to, as `properties.messageBody`.
export function jsonTree(value, bad = new Set()) {
  return h("div", { class: "tree", translate: "no" }, node(undefined, value, { bad, path: "", depth: 0 }));
}

const isBranch = (value) =>
  value !== null && typeof value === "object" && !(value instanceof ExactNumber);

function node(key, value, at) {
  const name = key === undefined ? [] : [said(String(key), { class: "key" }), h("span", { class: "muted" }, ": ")];
  const badness = at.bad.has(at.path) ? " bad" : "";
  if (!isBranch(value)) return h("div", { class: `leaf${badness}` }, name, leaf(value));
  const isList = Array.isArray(value);
  const size = isList ? value.length : Object.keys(value).length;
  const brackets = isList ? "[]" : "{}";
  if (size === 0) return h("div", { class: `leaf${badness}` }, name, h("span", { class: "muted" }, brackets));
  // The envelope, properties and traits are what one came for; the context is looked up now and then.
  let isOpen = at.depth === 0 || (at.depth === 1 && key !== "context") || at.bad.has(at.path);
  const children = h("ul", {});
  const summary = h("span", { class: "muted" });
  const toggle = h(
    "button",
    {
      class: "toggle",
      type: "button",
      onclick: () => {
        isOpen = !isOpen;
        show();
      },
    },
    icon("chevron"),
    h("span", {}, name, summary),
  );
  const show = () => {
    toggle.setAttribute("aria-expanded", String(isOpen));
    summary.textContent = isOpen ? brackets[0] : `${brackets[0]} ${size} ${brackets[1]}`;
    children.hidden = !isOpen;
    if (isOpen && children.childElementCount === 0) grow(children, value, at);
  };
  show();
  return h("div", { class: badness.trim() }, toggle, children);
}

function grow(list, value, at, from = 0) {
  const entries = Object.entries(value);
  for (const [name, child] of entries.slice(from, from + PART)) {
    const path = at.path === "" ? name : `${at.path}.${name}`;
    list.append(h("li", {}, node(name, child, { bad: at.bad, path, depth: at.depth + 1 })));
  }
  const left = entries.length - from - PART;
  if (left <= 0) return;
  const more = h(
    "li",
    { class: "leaf" },
    h(
      "button",
      {
        class: "button link",
        type: "button",
        onclick: () => {
          more.remove();
          grow(list, value, at, from + PART);
        },
      },
      `Show ${Math.min(left, PART)} more of ${left}`,
    ),
  );
  list.append(more);
}

function leaf(value) {
  if (typeof value === "string") return textLeaf(value);
  if (typeof value === "number" || value instanceof ExactNumber) {
    return h("span", { class: "number" }, String(value));
  }
  return h("span", { class: "word" }, String(value));
}

function textLeaf(value) {
  const quoted = (text) => said(JSON.stringify(text), { class: "text" });
  if (value.length <= LONG_TEXT) return quoted(value);
  const box = h("span", {});
  const size = bytes(new TextEncoder().encode(value).length);
  box.append(
    quoted(value.slice(0, LONG_TEXT)),
    "… ",
    h(
      "button",
      { class: "button link", type: "button", onclick: () => box.replaceChildren(quoted(value)) },
      `Show all (${size})`,
    ),
  );
  return box;
}
