// Helpers that create and update elements. Text is inserted as text nodes, and HTML is never
// parsed. Text from events therefore cannot become markup.

/// Creates an element: `h("button", { class: "ghost", onclick }, "Copy")`. Children are nodes,
/// strings, and arrays. Null, undefined, and false are skipped.
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

/// Wraps text from events in a `bdi` element, so that its direction does not affect the page.
export function bdi(text, attributes = {}) {
  return h("bdi", { dir: "auto", ...attributes }, text);
}

/// Replaces an element's children.
export function setChildren(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/// Sets an element's text only if it changed, to avoid repeated announcements and layout.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const byId = (id) => document.getElementById(id);
