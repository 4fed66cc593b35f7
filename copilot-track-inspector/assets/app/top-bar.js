// The bar at the top: connection status, totals and buttons.

import { fill, h, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { count } from "../util/format.js";

const STATUS_LABELS = { live: "Live", paused: "Paused", connecting: "Connecting", reconnecting: "Reconnecting" };

export class TopBar {
  constructor(root, { togglePause }) {
    this.connection = h("span", { class: "connection", role: "status", id: "connection" }, "Connecting");
    this.totals = h("div", { class: "tallies", id: "tallies" });
    this.pauseButton = h("button", { class: "button quiet square", type: "button", id: "pause", onclick: togglePause });
    this.chaosButton = h("button", { class: "button quiet square", type: "button", id: "chaos", title: "Chaos" }, icon("bolt"));
    this.menuButton = h("button", { class: "button quiet square", type: "button", id: "menu-button", "aria-label": "Menu", title: "Menu" }, icon("more"));
    fill(
      root,
      h("h1", { class: "brand" }, icon("logo"), h("span", { class: "word" }, "Inspector")),
      this.connection,
      this.totals,
      h("div", { class: "actions", role: "toolbar", "aria-label": "Inspector" }, this.pauseButton, this.chaosButton, this.menuButton),
    );
    this.setPaused(false);
  }

  setStatus(status) {
    this.connection.dataset.status = status;
    setText(this.connection, STATUS_LABELS[status]);
  }

  setPaused(isPaused) {
    fill(this.pauseButton, icon(isPaused ? "play" : "pause"));
    this.pauseButton.setAttribute("aria-label", isPaused ? "Go on" : "Pause");
    this.pauseButton.setAttribute("title", isPaused ? "Go on (P)" : "Pause (P)");
    this.pauseButton.setAttribute("aria-pressed", String(isPaused));
    this.pauseButton.classList.toggle("on", isPaused);
  }

  /// Shows the totals of the server's state, here and in the window's title.
  setTotals({ events = 0, conversations = 0, bad = 0, requests = 0, evicted = 0 }) {
    const key = [events, conversations, bad, requests, evicted].join();
    if (this.shownTotals === key) return;
    this.shownTotals = key;
    fill(
      this.totals,
      total(conversations, "conversation", { class: "minor" }),
      total(events, "event"),
      bad > 0 && total(bad, "problem", { class: "bad" }),
      requests > 0 && total(requests, "request", { class: "minor" }),
      evicted > 0 && h("span", { class: "minor", title: "Older events that made room for newer ones" }, h("b", {}, count(evicted)), " evicted"),
    );
    document.title = events === 0 ? "Inspector" : `${count(events)} events${bad > 0 ? `, ${count(bad)} ${bad === 1 ? "problem" : "problems"}` : ""} · Inspector`;
  }
}

function total(number, noun, attributes = {}) {
  return h("span", attributes, h("b", {}, count(number)), ` ${number === 1 ? noun : `${noun}s`}`);
}
