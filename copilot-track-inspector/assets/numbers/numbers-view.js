// The view with the figures about all events. It fills the space of the chat and of the selected
// event, so that the list next to it shows the conversations behind a figure.

import * as api from "../api/client.js";
import { h, setChildren, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { clockTime, formatCount, plural } from "../util/format.js";
import { renderBarPlot } from "./bar-plot.js";
import { numberCards } from "./figures.js";

/// While events arrive, the figures are reloaded at most this often.
const REFRESH_INTERVAL_MS = 2000;

export class NumbersView {
  isOpen = false;
  #shown = "";
  #timer = 0;
  #abortController = new AbortController();

  /// `onFilter({ q, problems })` shows the conversations that a search finds, and `filterUrl(q)`
  /// returns the address that does the same. `onPlay()` plays a sample conversation.
  constructor(root, { onBack, onFilter, filterUrl, onPlay }) {
    this.onFilter = onFilter;
    this.filterUrl = filterUrl;
    this.onPlay = onPlay;
    this.status = h("p", {});
    this.body = h("div", { class: "numbers-body" });
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": "Figures" },
      this.body,
    );
    setChildren(
      root,
      h(
        "header",
        { class: "column-header" },
        h(
          "button",
          {
            class: "button ghost icon-only back-button",
            type: "button",
            "aria-label": "Back to conversations",
            onclick: onBack,
          },
          icon("back"),
        ),
        h("div", { class: "chat-title" }, h("h2", {}, "Numbers"), this.status),
        h(
          "button",
          {
            class: "button ghost icon-only close-button",
            type: "button",
            "aria-label": "Close numbers",
            title: "Close (Esc)",
            onclick: onBack,
          },
          icon("close"),
        ),
      ),
      this.scroller,
    );
  }

  open() {
    this.isOpen = true;
    return this.#load();
  }

  close() {
    this.isOpen = false;
    this.#abortController.abort();
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /// Reloads the figures soon, because events have arrived or were removed.
  refresh() {
    if (!this.isOpen || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#load();
    }, REFRESH_INTERVAL_MS);
  }

  async #load() {
    this.#abortController.abort();
    this.#abortController = new AbortController();
    const { signal } = this.#abortController;
    if (this.#shown === "") setChildren(this.body, h("span", { class: "spinner" }));
    try {
      const numbers = await api.getNumbers(signal);
      if (!signal.aborted) this.#render(numbers);
    } catch (error) {
      if (!signal.aborted) this.#renderError(error);
    }
  }

  #render(numbers) {
    const { events } = numbers;
    setText(
      this.status,
      `${formatCount(events)} stored ${plural(events, "event")} · updated ${clockTime(Date.now(), false)}`,
    );
    const shown = JSON.stringify({ ...numbers, lastSeq: undefined });
    if (shown === this.#shown) return;
    this.#shown = shown;
    const focusKey = document.activeElement?.dataset?.focusKey;
    setChildren(
      this.body,
      events === 0
        ? h(
            "div",
            { class: "empty-state" },
            icon("numbers"),
            h("h2", {}, "No events yet"),
            h("p", {}, "Figures about all conversations appear here as events arrive."),
            h(
              "button",
              { class: "button", type: "button", onclick: this.onPlay },
              icon("play"),
              "Play a sample conversation",
            ),
          )
        : h(
            "div",
            { class: "number-cards" },
            numberCards(numbers).map((card) => this.#renderCard(card)),
          ),
    );
    // Rendering removes the focused link.
    if (focusKey)
      this.body
        .querySelector(`[data-focus-key="${CSS.escape(focusKey)}"]`)
        ?.focus({ preventScroll: true });
  }

  #renderError(error) {
    this.#shown = "";
    setChildren(
      this.body,
      h(
        "div",
        { class: "empty-state" },
        icon("error"),
        h("h2", {}, "Failed to load the numbers"),
        h("p", {}, error.message),
        h("button", { class: "button", type: "button", onclick: () => this.#load() }, "Try again"),
      ),
    );
  }

  #renderCard({ id, title, figure, details, links = [], plot }) {
    const titleId = `number-${id}`;
    const isUnknown = figure.text === undefined;
    const hasPlot = plot !== undefined && plot.rows.length > 0;
    return h(
      "section",
      { class: `number-card ${hasPlot ? "has-plot" : ""}`, "aria-labelledby": titleId },
      h("h3", { id: titleId }, title),
      h(
        "p",
        { class: isUnknown ? "figure is-unknown" : "figure" },
        isUnknown ? "unknown" : this.#renderLink(figure, figure.text, `${title}: `, `${id} figure`),
      ),
      details.filter(Boolean).map((line) => h("p", { class: "detail-line" }, line)),
      links.length > 0 &&
        h(
          "p",
          { class: "detail-line links" },
          links.map((link) => this.#renderLink(link, link.text, "", `${id} ${link.query}`)),
        ),
      hasPlot &&
        renderBarPlot(plot, (row, text, prefix) =>
          this.#renderLink(row, text, prefix, `${id} ${row.label}`),
        ),
    );
  }

  /// Renders a link to the conversations behind a value. `prefix` is read by screen readers only,
  /// because the value has no meaning without it.
  #renderLink({ query, onlyProblems }, text, prefix, focusKey) {
    if (query === undefined) return text;
    return h(
      "a",
      {
        href: this.filterUrl(query),
        title: query ? `Show the conversations with ${query}` : "Show the conversations",
        "data-focus-key": focusKey,
        onclick: (event) => {
          // Other clicks open a new tab or window.
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          this.onFilter({ q: query, problems: onlyProblems === true });
        },
      },
      prefix && h("span", { class: "visually-hidden" }, prefix),
      text,
    );
  }
}
