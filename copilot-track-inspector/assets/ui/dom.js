// The only place that makes elements. Text goes in as text nodes: nothing here parses HTML, so
// what a customer wrote can never become an element.

/// `h("button", { class: "ghost", onclick }, "Copy")`. Children are nodes, texts, lists or nothing.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child);
  }
}

/// What a customer or a program wrote: its direction is its own, and does not leak into ours.
export function bdi(text, attributes = {}) {
  return h("bdi", { dir: "auto", ...attributes }, text);
}

/// Replaces what is in an element.
export function setChildren(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/// Sets a text only where it changed: an unchanged one would be read aloud again, and laid out.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const byId = (id) => document.getElementById(id);
