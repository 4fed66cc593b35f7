// The bar at the top, with the connection status, totals, and buttons.

import { h, setChildren, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatCount, plural } from "../util/format.js";

const STATUS_LABELS = {
  live: "Live",
  paused: "Paused",
  connecting: "Connecting",
  reconnecting: "Reconnecting",
};

export class TopBar {
  constructor(root, { togglePause, toggleNumbers }) {
    this.connection = h(
      "span",
      { class: "connection", role: "status", id: "connection" },
      "Connecting",
    );
    this.totals = h("div", { class: "totals", id: "totals" });
    this.forwarding = h("span", { class: "forwarding", id: "forwarding", hidden: true });
    this.numbersButton = h(
      "button",
      {
        class: "button ghost icon-only",
        type: "button",
        id: "numbers-button",
        "aria-label": "Numbers",
        "aria-pressed": "false",
        title: "Numbers",
        onclick: toggleNumbers,
      },
      icon("numbers"),
    );
    this.pauseButton = h("button", {
      class: "button ghost icon-only",
      type: "button",
      id: "pause-button",
      onclick: togglePause,
    });
    this.chaosButton = h(
      "button",
      { class: "button ghost icon-only", type: "button", id: "chaos-button", title: "Chaos" },
      icon("bolt"),
    );
    this.menuButton = h(
      "button",
      {
        class: "button ghost icon-only",
        type: "button",
        id: "menu-button",
        "aria-label": "Menu",
        title: "Menu",
      },
      icon("more"),
    );
    setChildren(
      root,
      h("h1", { class: "brand" }, icon("logo"), h("span", { class: "brand-name" }, "Inspector")),
      this.connection,
      this.forwarding,
      this.totals,
      h(
        "div",
        { class: "actions", role: "toolbar", "aria-label": "Inspector" },
        this.numbersButton,
        this.pauseButton,
        this.chaosButton,
        this.menuButton,
      ),
    );
    this.setPaused(false);
  }

  setStatus(status) {
    this.connection.dataset.status = status;
    setText(this.connection, STATUS_LABELS[status]);
  }

  setPaused(isPaused) {
    setChildren(this.pauseButton, icon(isPaused ? "play" : "pause"));
    this.pauseButton.setAttribute("aria-label", isPaused ? "Resume" : "Pause");
    this.pauseButton.setAttribute("title", isPaused ? "Resume (P)" : "Pause (P)");
    this.pauseButton.setAttribute("aria-pressed", String(isPaused));
    this.pauseButton.classList.toggle("is-active", isPaused);
  }

  /// Shows whether the view with the figures is open.
  setNumbersOpen(isOpen) {
    this.numbersButton.setAttribute("aria-pressed", String(isOpen));
  }

  /// Shows how many events were forwarded to Segment. `forward` is undefined if none are.
  setForwarding(forward) {
    const key = JSON.stringify(forward);
    if (this.shownForwarding === key) return;
    this.shownForwarding = key;
    this.forwarding.hidden = !forward;
    if (!forward) return;
    const { to, queued, forwarded, failed, lastError } = forward;
    this.forwarding.classList.toggle("has-failed", failed > 0 || lastError !== undefined);
    this.forwarding.title = [
      `Events are forwarded to ${to}`,
      `${formatCount(queued)} waiting`,
      lastError && `last error: ${lastError}`,
    ]
      .filter(Boolean)
      .join(" · ");
    setChildren(
      this.forwarding,
      icon("forward"),
      h("span", { class: "label" }, h("b", {}, formatCount(forwarded)), " forwarded"),
      failed > 0 && h("span", {}, h("b", {}, formatCount(failed)), " failed"),
      failed === 0 && lastError !== undefined && h("span", {}, "retrying"),
    );
  }

  /// Shows the server's totals, in the bar and in the document title.
  setTotals({ events = 0, conversations = 0, bad = 0, requests = 0, evicted = 0 }) {
    const key = [events, conversations, bad, requests, evicted].join();
    if (this.shownTotals === key) return;
    this.shownTotals = key;
    setChildren(
      this.totals,
      total(conversations, "conversation", { class: "secondary" }),
      total(events, "event"),
      bad > 0 && total(bad, "problem", { class: "problems" }),
      requests > 0 && total(requests, "request", { class: "secondary" }),
      evicted > 0 &&
        h(
          "span",
          { class: "secondary", title: "Older events removed to make room for newer ones" },
          h("b", {}, formatCount(evicted)),
          " evicted",
        ),
    );
    document.title =
      events === 0
        ? "Inspector"
        : `${formatCount(events)} ${plural(events, "event")}${bad > 0 ? `, ${formatCount(bad)} ${plural(bad, "problem")}` : ""} · Inspector`;
  }
}

function total(number, noun, attributes = {}) {
  return h("span", attributes, h("b", {}, formatCount(number)), ` ${plural(number, noun)}`);
}
