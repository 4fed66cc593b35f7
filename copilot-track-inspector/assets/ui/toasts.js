// What the page says in passing: toasts for the eye, and a quiet line for screen readers.

import { byId, h, setText } from "./dom.js";
import { icon } from "./icons.js";

export function toast(text, { isError = false } = {}) {
  const box = byId("toasts");
  const one = h("div", { class: isError ? "toast error" : "toast" }, icon(isError ? "error" : "check"), text);
  box.append(one);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => one.remove(), isError ? 7000 : 2600);
}

/// So often at most is a count of new events read out: a stream of them must not talk all the time.
const EVERY_MS = 5000;
let news = 0;
let timer = 0;

export function announceEvents(count) {
  news += count;
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    setText(byId("announcer"), news === 1 ? "1 new event" : `${news} new events`);
    news = 0;
  }, EVERY_MS);
}
