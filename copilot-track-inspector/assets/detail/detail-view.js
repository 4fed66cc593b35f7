// The right column: the selected event.

import * as api from "../api/client.js";
import { eventTitle } from "../model/event.js";
import { bdi, h, setChildren } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { showToast } from "../ui/toasts.js";
import { copyText } from "../util/clipboard.js";
import { escapedJson, parseJson } from "../util/exact-json.js";
import { fullTimestamp } from "../util/format.js";
import * as settings from "../util/settings.js";
import { toCurl } from "./copy-as-curl.js";
import { toRust } from "./copy-as-rust.js";
import { renderDelivery } from "./delivery.js";
import { renderIdentity } from "./identity.js";
import { renderJsonTree } from "./json-tree.js";
import { renderSizeMeter } from "./size-meter.js";
import { findingPaths, renderVerdict } from "./verdict.js";

const FORMATS = [
  { id: "tree", label: "Tree", copyName: "JSON" },
  { id: "raw", label: "JSON", copyName: "JSON" },
  { id: "curl", label: "curl", copyName: "curl" },
  { id: "rust", label: "Rust", copyName: "Rust" },
];

export class DetailView {
  seq;
  #event;
  #abortController = new AbortController();

  constructor(root, { onClose, origin }) {
    this.root = root;
    this.origin = origin;
    this.onClose = onClose;
    this.format = FORMATS.some((format) => format.id === settings.get("eventFormat"))
      ? settings.get("eventFormat")
      : "tree";
    this.clear();
  }

  clear() {
    this.#abortController.abort();
    this.seq = undefined;
    this.#event = undefined;
    setChildren(
      this.root,
      h(
        "div",
        { class: "empty-state" },
        icon("note"),
        h("h2", {}, "No event selected"),
        h("p", {}, "Select an event to see its verdict, JSON and delivery details."),
      ),
    );
  }

  async show(seq) {
    if (seq === this.seq) return;
    this.#abortController.abort();
    this.#abortController = new AbortController();
    const controller = this.#abortController;
    this.seq = seq;
    // Keep showing the previous event for a moment, to avoid flicker while the user steps through
    // events.
    const spinnerTimer = setTimeout(() => {
      this.#event = undefined;
      setChildren(
        this.root,
        this.#renderHeader(),
        h("div", { class: "empty-state" }, h("span", { class: "spinner" })),
      );
    }, 250);
    try {
      const event = parseJson(await api.getEventText(seq, controller.signal));
      if (controller !== this.#abortController) return;
      clearTimeout(spinnerTimer);
      this.#event = event;
      this.#render();
    } catch (error) {
      clearTimeout(spinnerTimer);
      if (controller !== this.#abortController || error.name === "AbortError") return;
      const message =
        error.status === 404
          ? "This event is no longer stored. It was removed to make room for newer events, or it was deleted."
          : error.message;
      this.#showError(message);
    }
  }

  #showError(message) {
    const seq = this.seq;
    this.#event = undefined;
    setChildren(
      this.root,
      this.#renderHeader(),
      h(
        "div",
        { class: "empty-state" },
        icon("error"),
        h("h2", {}, "Failed to load the event"),
        h("p", {}, message),
        h(
          "button",
          {
            class: "button",
            type: "button",
            onclick: () => {
              this.seq = undefined;
              this.show(seq);
            },
          },
          "Try again",
        ),
      ),
    );
  }

  #renderHeader(event) {
    return h(
      "header",
      { class: "column-header" },
      h(
        "button",
        {
          class: "button ghost icon-only back-button",
          type: "button",
          "aria-label": "Back to conversation",
          onclick: this.onClose,
        },
        icon("back"),
      ),
      h(
        "div",
        { class: "detail-title" },
        h("h2", {}, event ? bdi(eventTitle(event)) : "Event"),
        h(
          "p",
          {},
          event ? `#${event.seq} · ${fullTimestamp(event.timestamp ?? event.receivedAt)}` : "",
        ),
      ),
      h(
        "button",
        {
          class: "button ghost icon-only close-button",
          type: "button",
          "aria-label": "Close event",
          title: "Close (Esc)",
          onclick: this.onClose,
        },
        icon("close"),
      ),
    );
  }

  #render() {
    const event = this.#event;
    this.codePanel = h("div", {
      id: "event-code",
      role: "tabpanel",
      "aria-labelledby": "format-tabs",
    });
    const body = h(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": "Event details" },
      h(
        "div",
        { class: "detail-body" },
        h("section", { class: "detail-section" }, renderVerdict(event.verdict)),
        h(
          "section",
          { class: "detail-section" },
          h(
            "div",
            { class: "detail-section-header" },
            this.#renderTabs(),
            this.#renderCopyButton(),
          ),
          this.codePanel,
        ),
        this.#renderBatchFields(event),
        h(
          "section",
          { class: "detail-section" },
          h("h3", {}, "Size"),
          renderSizeMeter(event.sizeBytes ?? 0),
        ),
        h("section", { class: "detail-section" }, h("h3", {}, "Delivery"), renderDelivery(event)),
        h(
          "section",
          { class: "detail-section" },
          h("h3", {}, "IDs and times"),
          renderIdentity(event),
        ),
      ),
    );
    setChildren(this.root, this.#renderHeader(event), body);
    this.#renderCode();
  }

  /// Renders the fields that the batch sets for all of its events. Segment merges them into each
  /// event.
  #renderBatchFields({ batchContext: context, batchIntegrations: integrations }) {
    if (context === undefined && integrations === undefined) return undefined;
    const shared = {};
    if (context !== undefined) shared.context = context;
    if (integrations !== undefined) shared.integrations = integrations;
    return h(
      "section",
      { class: "detail-section" },
      h("h3", {}, "From the batch"),
      renderJsonTree(shared),
    );
  }

  #renderTabs() {
    this.tabs = FORMATS.map(({ id, label }) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          "data-format": id,
          "aria-controls": "event-code",
          onclick: () => this.#selectFormat(id),
          onkeydown: (event) => this.#handleArrowKey(event, id),
        },
        label,
      ),
    );
    return h(
      "div",
      {
        class: "segmented-control",
        role: "tablist",
        id: "format-tabs",
        "aria-label": "Event format",
      },
      this.tabs,
    );
  }

  #handleArrowKey(event, id) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const index = FORMATS.findIndex((format) => format.id === id);
    const next = (index + step + FORMATS.length) % FORMATS.length;
    this.#selectFormat(FORMATS[next].id);
    this.tabs[next].focus();
  }

  #selectFormat(id) {
    this.format = id;
    settings.set("eventFormat", id);
    this.#renderCode();
  }

  #renderCopyButton() {
    return h(
      "button",
      {
        class: "button",
        type: "button",
        id: "copy-button",
        title: "Copy (C)",
        onclick: () => this.copy(),
      },
      icon("copy"),
      h("span", { id: "copy-label" }),
    );
  }

  #renderCode() {
    for (const tab of this.tabs) {
      const isSelected = tab.dataset.format === this.format;
      tab.setAttribute("aria-selected", String(isSelected));
      tab.setAttribute("tabindex", isSelected ? "0" : "-1");
    }
    const { copyName } = FORMATS.find((format) => format.id === this.format);
    this.root.querySelector("#copy-label").textContent = `Copy ${copyName}`;
    const event = this.#event;
    setChildren(
      this.codePanel,
      this.format === "tree"
        ? renderJsonTree(event.raw, findingPaths(event.verdict))
        : h(
            "pre",
            { class: "code-block", dir: "ltr", tabindex: "0", translate: "no" },
            this.#formattedText(),
          ),
    );
  }

  #formattedText() {
    const { raw } = this.#event;
    if (this.format === "curl") return toCurl(raw, this.origin);
    if (this.format === "rust") return toRust(raw);
    return escapedJson(raw, 2);
  }

  /// Copies the event in the selected format.
  async copy() {
    if (!this.#event) return;
    const { copyName } = FORMATS.find((format) => format.id === this.format);
    const copied = await copyText(this.#formattedText());
    showToast(
      copied
        ? `Copied as ${copyName}`
        : "The browser blocked copying. Select the text and copy it manually.",
      { isError: !copied },
    );
  }
}
