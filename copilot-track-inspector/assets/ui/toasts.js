// Toasts, and announcements for screen readers.

import { byId, h, setText } from "./dom.js";
import { plural } from "../util/format.js";
import { icon } from "./icons.js";

export function showToast(text, { isError = false } = {}) {
  const container = byId("toasts");
  const toast = h(
    "div",
    { class: isError ? "toast error" : "toast" },
    icon(isError ? "error" : "check"),
    text,
  );
  container.append(toast);
  while (container.children.length > 3) container.firstChild.remove();
  setTimeout(() => toast.remove(), isError ? 7000 : 2600);
}

/// Minimum time between two announcements of new events.
const ANNOUNCE_INTERVAL_MS = 5000;
let pendingCount = 0;
let timer = 0;

/// Announces the number of new events to screen readers.
export function announceEvents(count) {
  pendingCount += count;
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    setText(byId("announcer"), `${pendingCount} new ${plural(pendingCount, "event")}`);
    pendingCount = 0;
  }, ANNOUNCE_INTERVAL_MS);
}
