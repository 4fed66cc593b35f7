// Shows the event as a JSON tree, JSON text, a curl command, or Rust code, with tabs and a copy
// button.

import * as api from "../api/client.js";
import { findingPaths } from "../model/verdict.js";
import { h, setChildren } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { showToast } from "../ui/toasts.js";
import { copyText } from "../util/clipboard.js";
import { escapedJson, stringifyJson } from "../util/exact-json.js";
import * as settings from "../util/settings.js";
import { toCurl } from "./copy-as-curl.js";
import { toRust } from "./copy-as-rust.js";
import { renderJsonTree } from "./json-tree.js";

const FORMATS = [
  { id: "tree", label: "Tree", copyName: "JSON" },
  { id: "raw", label: "JSON", copyName: "JSON" },
  { id: "curl", label: "curl", copyName: "curl" },
  { id: "rust", label: "Rust", copyName: "Rust" },
];

export class CodePanel {
  #event;
  #origin;
  #format;
  #tabs;
  #copyLabel;
  #code;

  constructor(origin) {
    this.#origin = origin;
    const saved = settings.get("eventFormat");
    this.#format = FORMATS.find(({ id }) => id === saved) ?? FORMATS[0];
  }

  /// Renders the panel for an event.
  render(event) {
    this.#event = event;
    this.#tabs = FORMATS.map((format) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          "data-format": format.id,
          "aria-controls": "event-code",
          onclick: () => this.#select(format),
          onkeydown: (event) => this.#handleArrowKey(event, format),
        },
        format.label,
      ),
    );
    this.#copyLabel = h("span", {});
    this.#code = h("div", {
      id: "event-code",
      role: "tabpanel",
      "aria-labelledby": "format-tabs",
    });
    this.#update();
    return [
      h(
        "div",
        { class: "detail-section-header" },
        h(
          "div",
          {
            class: "segmented-control",
            role: "tablist",
            id: "format-tabs",
            "aria-label": "Event format",
          },
          this.#tabs,
        ),
        h(
          "button",
          {
            class: "button",
            type: "button",
            id: "copy-button",
            title: "Copy (C)",
            onclick: () => this.copy(),
          },
          icon("copy"),
          this.#copyLabel,
        ),
      ),
      this.#code,
    ];
  }

  #handleArrowKey(event, format) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (FORMATS.indexOf(format) + step + FORMATS.length) % FORMATS.length;
    this.#select(FORMATS[next]);
    this.#tabs[next].focus();
  }

  #select(format) {
    this.#format = format;
    settings.set("eventFormat", format.id);
    this.#update();
  }

  #update() {
    for (const tab of this.#tabs) {
      const isSelected = tab.dataset.format === this.#format.id;
      tab.setAttribute("aria-selected", String(isSelected));
      tab.setAttribute("tabindex", isSelected ? "0" : "-1");
    }
    this.#copyLabel.textContent = `Copy ${this.#format.copyName}`;
    const { raw, verdict } = this.#event;
    setChildren(
      this.#code,
      this.#format.id === "tree"
        ? renderJsonTree(raw, findingPaths(verdict))
        : h(
            "pre",
            { class: "code-block", dir: "ltr", tabindex: "0", translate: "no" },
            this.#text(),
          ),
    );
  }

  #text() {
    const { raw } = this.#event;
    if (this.#format.id === "curl") return toCurl(raw, this.#origin);
    if (this.#format.id === "rust") return toRust(raw);
    return escapedJson(raw, 2);
  }

  /// Renders the button that sends the call again.
  renderSendAgain() {
    return h(
      "button",
      {
        class: "button link",
        type: "button",
        id: "send-again-button",
        title: "Send this call to the inspector again, with the same ids",
        onclick: () => this.#sendAgain(),
      },
      "Send again",
    );
  }

  /// Sends the call again, unchanged except that its shortened write key is left out.
  async #sendAgain() {
    const { writeKey: _, ...call } = this.#event.raw;
    try {
      await api.sendCallText(stringifyJson(call));
      showToast("Sent the call again");
    } catch (error) {
      showToast(error.message, { isError: true });
    }
  }

  /// Copies the event in the selected format.
  async copy() {
    const { copyName } = this.#format;
    const copied = await copyText(this.#text());
    showToast(
      copied
        ? `Copied as ${copyName}`
        : "The browser blocked copying. Select the text and copy it manually.",
      { isError: !copied },
    );
  }
}
