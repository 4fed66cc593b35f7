// What the page says in passing: toasts for the eye, and a quiet line for screen readers.

import { byId, h, setText } from "./dom.js";
import { icon } from "./icons.js";

export function showToast(text, { isError = false } = {}) {
  const container = byId("toasts");
  const toast = h("div", { class: isError ? "toast error" : "toast" }, icon(isError ? "error" : "check"), text);
  container.append(toast);
  while (container.children.length > 3) container.firstChild.remove();
  setTimeout(() => toast.remove(), isError ? 7000 : 2600);
}

/// So often at most is a count of new events read out: a stream of them must not talk all the time.
const ANNOUNCE_INTERVAL_MS = 5000;
let pendingCount = 0;
let timer = 0;

export function announceEvents(count) {
  pendingCount += count;
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    setText(byId("announcer"), pendingCount === 1 ? "1 new event" : `${pendingCount} new events`);
    pendingCount = 0;
  }, ANNOUNCE_INTERVAL_MS);
}
