// The bar below the chat's header, with which the user finds events in the conversation.

import { h, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatCount } from "../util/format.js";

const INPUT_DELAY_MS = 150;

export class FindBar {
  #timer = 0;

  /// `onQuery(text)` is called when the text changes, and `onStep(direction)` and `onClose()` when
  /// the user presses a button or a key.
  constructor({ onQuery, onStep, onClose }) {
    this.onQuery = onQuery;
    this.input = h("input", {
      class: "input",
      type: "search",
      placeholder: "Find in this conversation",
      "aria-label": "Find in this conversation",
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      oninput: () => this.#scheduleQuery(),
      onkeydown: (event) => {
        if (event.isComposing) return;
        if (event.key === "Enter") {
          event.preventDefault();
          onStep(event.shiftKey ? -1 : 1);
        } else if (event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          onClose();
        }
      },
    });
    this.count = h("span", { class: "find-count", role: "status" });
    const button = (name, label, onclick) =>
      h(
        "button",
        {
          class: "button ghost icon-only",
          type: "button",
          "aria-label": label,
          title: label,
          onclick,
        },
        icon(name),
      );
    this.element = h(
      "div",
      { class: "find-bar", role: "search", "aria-label": "This conversation", hidden: true },
      h("div", { class: "search-box" }, icon("search"), this.input),
      this.count,
      button("up", "Previous match", () => onStep(-1)),
      button("down", "Next match", () => onStep(1)),
      button("close", "Close", onClose),
    );
  }

  #scheduleQuery() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.onQuery(this.input.value.trim()), INPUT_DELAY_MS);
  }

  open() {
    this.element.hidden = false;
    this.input.focus();
    this.input.select();
  }

  close() {
    clearTimeout(this.#timer);
    this.element.hidden = true;
    this.input.value = "";
  }

  /// Shows a query. If it is empty, hides the bar unless the user is typing in it.
  setQuery(query) {
    clearTimeout(this.#timer);
    if (query === "" && document.activeElement !== this.input) this.element.hidden = true;
    if (query !== "") this.element.hidden = false;
    // Do not change a text that the user is typing.
    if (this.input.value.trim() !== query) this.input.value = query;
  }

  /// Shows the state of a `Find`.
  setMatches({ seqs, index, hasMore, error, query }) {
    this.input.setAttribute("aria-invalid", String(error !== ""));
    let text = "";
    if (error !== "") text = error;
    else if (query === "") text = "";
    else if (seqs.length === 0) text = "No matches";
    else {
      const total = `${formatCount(seqs.length)}${hasMore ? "+" : ""}`;
      text = index < 0 ? `${total} found` : `${formatCount(index + 1)} of ${total}`;
    }
    setText(this.count, text);
  }
}
