// The right column: the selected event.

import * as api from "../api/client.js";
import { copy } from "../util/clipboard.js";
import { curl } from "./copy-as-curl.js";
import { rust } from "./copy-as-rust.js";
import { deliveryFacts } from "./delivery.js";
import { fill, h, said } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { parse, safeJson } from "../util/exact-json.js";
import { kind, title } from "../model/event.js";
import { identityFacts } from "./identity.js";
import { jsonTree } from "./json-tree.js";
import { toast } from "../ui/toasts.js";
import * as settings from "../util/settings.js";
import { exact } from "../util/format.js";
import { sizeMeter } from "./size-meter.js";
import { badPaths, verdictPart } from "./verdict.js";

const FORMS = [
  { id: "tree", label: "Tree", what: "JSON" },
  { id: "raw", label: "JSON", what: "JSON" },
  { id: "curl", label: "curl", what: "curl" },
  { id: "rust", label: "Rust", what: "Rust" },
];

export class DetailView {
  seq;
  #event;
  #abort = new AbortController();

  constructor(root, { close, origin }) {
    this.root = root;
    this.origin = origin;
    this.close = close;
    this.form = FORMS.some((one) => one.id === settings.get("code")) ? settings.get("code") : "tree";
    this.clear();
  }

  clear() {
    this.#abort.abort();
    this.seq = undefined;
    this.#event = undefined;
    fill(
      this.root,
      h("div", { class: "empty" }, icon("note"), h("h2", {}, "No event selected"), h("p", {}, "Choose one to see its verdict, its JSON and how it came here.")),
    );
  }

  async show(seq) {
    if (seq === this.seq) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    const mine = this.#abort;
    this.seq = seq;
    // What was there stays, and can be copied, until the next is there: no flicker while one goes
    // through events.
    const slow = setTimeout(() => {
      this.#event = undefined;
      fill(this.root, this.#head(), h("div", { class: "empty" }, h("span", { class: "spinner" })));
    }, 250);
    try {
      const event = parse(await api.eventText(seq, mine.signal));
      if (mine !== this.#abort) return;
      clearTimeout(slow);
      this.#event = event;
      this.#draw();
    } catch (error) {
      clearTimeout(slow);
      if (mine !== this.#abort || error.name === "AbortError") return;
      const words = error.status === 404 ? "It is no longer kept: newer events have taken its place, or all were deleted." : error.message;
      this.#failed(words);
    }
  }

  #failed(words) {
    const seq = this.seq;
    this.#event = undefined;
    fill(
      this.root,
      this.#head(),
      h(
        "div",
        { class: "empty" },
        icon("error"),
        h("h2", {}, "Not loaded"),
        h("p", {}, words),
        h("button", { class: "button", type: "button", onclick: () => { this.seq = undefined; this.show(seq); } }, "Try again"),
      ),
    );
  }

  #head(event) {
    return h(
      "header",
      { class: "head" },
      h("button", { class: "button quiet square back", type: "button", "aria-label": "Back to the conversation", onclick: this.close }, icon("back")),
      h(
        "div",
        { class: "detail-title" },
        h("h2", {}, event ? said(title(event)) : "Event"),
        h("p", {}, event ? `No. ${event.seq} · ${exact(event.timestamp ?? event.receivedAt)}` : ""),
      ),
      h("button", { class: "button quiet square close", type: "button", "aria-label": "Close the event", title: "Close (Esc)", onclick: this.close }, icon("close")),
    );
  }

  #draw() {
    const event = this.#event;
    this.code = h("div", { id: "code", role: "tabpanel", "aria-labelledby": "code-tabs" });
    const body = h(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": "Details" },
      h(
        "div",
        { class: "detail-body" },
        h("section", { class: "part" }, verdictPart(event.verdict)),
        h(
          "section",
          { class: "part" },
          h("div", { class: "part-head" }, this.#tabs(), this.#copyButton()),
          this.code,
        ),
        this.#fromBatch(event),
        h("section", { class: "part" }, h("h3", {}, "Size"), sizeMeter(event.sizeBytes ?? 0)),
        h("section", { class: "part" }, h("h3", {}, "Delivery"), deliveryFacts(event)),
        h("section", { class: "part" }, h("h3", {}, "Ids and times"), identityFacts(event)),
      ),
    );
    fill(this.root, this.#head(event), body);
    this.root.dataset.kind = kind(event);
    this.#drawCode();
  }

  /// What the batch said for all of its events, which Segment merges into each.
  #fromBatch({ batchContext: context, batchIntegrations: integrations }) {
    if (context === undefined && integrations === undefined) return undefined;
    const shared = {};
    if (context !== undefined) shared.context = context;
    if (integrations !== undefined) shared.integrations = integrations;
    return h("section", { class: "part" }, h("h3", {}, "From its batch"), jsonTree(shared));
  }

  #tabs() {
    this.tabs = FORMS.map(({ id, label }) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          "data-form": id,
          "aria-controls": "code",
          onclick: () => this.#choose(id),
          onkeydown: (key) => this.#arrow(key, id),
        },
        label,
      ),
    );
    return h("div", { class: "segments", role: "tablist", id: "code-tabs", "aria-label": "The event as" }, this.tabs);
  }

  #arrow(key, id) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key.key];
    if (!step) return;
    key.preventDefault();
    key.stopPropagation();
    const at = FORMS.findIndex((one) => one.id === id);
    const next = (at + step + FORMS.length) % FORMS.length;
    this.#choose(FORMS[next].id);
    this.tabs[next].focus();
  }

  #choose(id) {
    this.form = id;
    settings.set("code", id);
    this.#drawCode();
  }

  #copyButton() {
    return h(
      "button",
      { class: "button", type: "button", id: "copy", title: "Copy what is shown (C)", onclick: () => this.copy() },
      icon("copy"),
      h("span", { id: "copy-label" }),
    );
  }

  #drawCode() {
    for (const tab of this.tabs) {
      const is = tab.dataset.form === this.form;
      tab.setAttribute("aria-selected", String(is));
      tab.setAttribute("tabindex", is ? "0" : "-1");
    }
    const { what } = FORMS.find((one) => one.id === this.form);
    this.root.querySelector("#copy-label").textContent = `Copy ${what}`;
    const event = this.#event;
    fill(
      this.code,
      this.form === "tree"
        ? jsonTree(event.raw, badPaths(event.verdict))
        : h("pre", { class: "code", dir: "ltr", tabindex: "0", translate: "no" }, this.#text()),
    );
  }

  #text() {
    const { raw } = this.#event;
    if (this.form === "curl") return curl(raw, this.origin);
    if (this.form === "rust") return rust(raw);
    return safeJson(raw, 2);
  }

  /// Copies the form that is shown.
  async copy() {
    if (!this.#event) return;
    const { what } = FORMS.find((one) => one.id === this.form);
    const done = await copy(this.#text());
    toast(done ? `Copied as ${what}` : "The browser did not let us copy. Mark the text and copy it by hand.", { isError: !done });
  }
}
