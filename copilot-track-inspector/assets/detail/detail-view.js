// The right column, which shows the selected event.

import * as api from "../api/client.js";
import { eventTime, eventTitle } from "../model/event.js";
import { bdi, h, setChildren } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { parseJson } from "../util/exact-json.js";
import { fullTimestamp } from "../util/format.js";
import { CodePanel } from "./code-panel.js";
import { renderDelivery } from "./delivery.js";
import { renderIdentity } from "./identity.js";
import { renderJsonTree } from "./json-tree.js";
import { renderSizeMeter } from "./size-meter.js";
import { renderVerdict } from "./verdict.js";

export class DetailView {
  seq;
  #event;
  #abortController = new AbortController();

  constructor(root, { onClose, origin }) {
    this.root = root;
    this.onClose = onClose;
    this.codePanel = new CodePanel(origin);
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
        h("p", {}, "Select an event to see its verdict, JSON, and delivery details."),
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
          event ? `#${event.seq} · ${fullTimestamp(eventTime(event))}` : "",
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
    const body = h(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": "Event details" },
      h(
        "div",
        { class: "detail-body" },
        h("section", { class: "detail-section" }, renderVerdict(event.verdict)),
        h("section", { class: "detail-section" }, this.codePanel.render(event)),
        this.#renderBatchFields(event),
        h(
          "section",
          { class: "detail-section" },
          h("h3", {}, "Size"),
          renderSizeMeter(event.sizeBytes ?? 0),
        ),
        h(
          "section",
          { class: "detail-section" },
          h(
            "div",
            { class: "detail-section-header" },
            h("h3", {}, "Delivery"),
            this.codePanel.renderSendAgain(),
          ),
          renderDelivery(event),
        ),
        h(
          "section",
          { class: "detail-section" },
          h("h3", {}, "IDs and times"),
          renderIdentity(event),
        ),
      ),
    );
    setChildren(this.root, this.#renderHeader(event), body);
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

  /// Copies the event in the selected format.
  async copy() {
    if (this.#event) await this.codePanel.copy();
  }
}
