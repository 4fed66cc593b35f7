// The left column: search, filters, the conversations.

import { fill, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { VirtualList } from "../ui/virtual-list.js";
import { conversationRow, updateTimes } from "./conversation-row.js";

const ROW = 77;

export class ListView {
  cursor;
  selected;
  times = "relative";

  constructor(root, store, { open, now }) {
    this.store = store;
    this.open = open;
    this.now = now;
    this.#build(root);
    this.virtual = new VirtualList({
      scroller: this.scroller,
      canvas: this.canvas,
      key: (one) => one.id,
      estimate: () => ROW,
      version: (one) => this.#version(one),
      render: (one) => conversationRow(one, this.#context()),
      margin: 300,
      newestFirst: true,
      onscroll: () => this.#scrolled(),
    });
  }

  #build(root) {
    this.search = h("input", {
      class: "field",
      type: "search",
      placeholder: "Search ids, users, events, text",
      "aria-label": "Search conversations",
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      oninput: () => this.#searched(),
    });
    const clear = h(
      "button",
      { class: "button quiet clear", type: "button", "aria-label": "Clear the search", onclick: () => this.clearSearch() },
      icon("close"),
    );
    this.filters = [
      this.#filter("Problems", "problems", true, "warning"),
      this.#filter("Open", "ended", false),
      this.#filter("Ended", "ended", true),
    ];
    this.outside = h(
      "button",
      {
        class: "filter",
        type: "button",
        "aria-pressed": "false",
        title: "Calls that belong to no conversation",
        onclick: () => this.open(""),
      },
      icon("outside"),
      "Outside",
      h("span", { class: "unseen" }, " conversations"),
    );
    this.scroller = h("div", {
      class: "scroller",
      role: "listbox",
      "aria-label": "Conversations, newest first",
      tabindex: "0",
    });
    this.canvas = h("div", { class: "canvas", role: "presentation" });
    this.below = h("div", { role: "presentation" });
    this.scroller.append(this.canvas, this.below);
    fill(
      root,
      h(
        "div",
        { class: "list-tools", role: "search" },
        h("div", { class: "search" }, icon("search"), this.search, clear, h("kbd", { "aria-hidden": "true" }, "/")),
        h(
          "div",
          { class: "filters", role: "group", "aria-label": "Filters" },
          this.filters.map((one) => one.button),
          this.outside,
        ),
      ),
      this.scroller,
    );
  }

  #filter(label, name, value, picture) {
    const button = h(
      "button",
      {
        class: "filter",
        type: "button",
        "aria-pressed": "false",
        onclick: () => {
          const off = name === "problems" ? false : undefined;
          this.store.setFilter({ [name]: this.store.filter[name] === value ? off : value });
          this.scroller.scrollTop = 0;
        },
      },
      picture && icon(picture),
      label,
    );
    return { button, name, value };
  }

  #searched() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.scroller.scrollTop = 0;
      this.store.setFilter({ q: this.search.value.trim() });
    }, 150);
  }

  clearSearch() {
    this.search.value = "";
    this.#searched();
    this.search.focus();
  }

  get isEmpty() {
    return this.store.items.length === 0;
  }

  draw() {
    const { store } = this;
    for (const { button, name, value } of this.filters) {
      button.setAttribute("aria-pressed", String(store.filter[name] === value));
    }
    this.outside.setAttribute("aria-pressed", String(this.selected === ""));
    const items = store.items.filter((one) => one.id !== "");
    this.scroller.setAttribute("aria-busy", String(store.loading && items.length === 0));
    this.virtual.set(items);
    this.#below(items);
    this.#complete();
  }

  #below(items) {
    const { store } = this;
    let state = "end";
    if (store.error) state = `error ${store.error}`;
    else if (items.length === 0) state = store.loading ? "loading" : store.isFiltered ? "nothing" : "empty";
    else if (store.more) state = "more";
    if (this.belowState === state) return;
    this.belowState = state;
    this.below.className = ["more", "end"].includes(state) ? "list-more" : "empty";
    if (state === "more") fill(this.below, "Older ones follow as you scroll");
    else if (state === "end") fill(this.below);
    else if (state === "loading") fill(this.below, h("span", { class: "spinner" }));
    else if (state === "nothing") {
      fill(
        this.below,
        icon("filter"),
        h("h2", {}, "Nothing matches"),
        h("p", {}, "No conversation has this."),
        h("button", { class: "button", type: "button", onclick: () => this.clearAll() }, "Clear the filters"),
      );
    } else if (state === "empty") {
      fill(this.below, icon("message"), h("h2", {}, "No conversations yet"), h("p", {}, "They show up here as their events arrive."));
    } else {
      fill(
        this.below,
        icon("error"),
        h("h2", {}, "Not loaded"),
        h("p", {}, store.error),
        h("button", { class: "button", type: "button", onclick: () => store.load() }, "Try again"),
      );
    }
  }

  clearAll() {
    this.search.value = "";
    this.store.setFilter({ q: "", problems: false, ended: undefined });
  }

  #context() {
    return {
      selected: this.selected,
      cursor: this.cursor,
      times: this.times,
      now: this.now(),
      open: (id) => this.open(id),
      focused: (id) => this.#focused(id),
    };
  }

  #version(one) {
    return [one.lastSeq, one.events, one.problems, one.ended, one.rating, one.partial, one.preview?.length].join();
  }

  /// Moves the clock on, in what is in view.
  tick() {
    for (const one of this.virtual.visible) {
      const element = this.virtual.element(one.id);
      if (element) updateTimes(element, one, this.#context());
    }
  }

  select(id) {
    this.selected = id;
    if (id) this.cursor = id;
    for (const one of this.virtual.visible) {
      this.virtual.element(one.id)?.setAttribute("aria-selected", String(one.id === id));
    }
    this.outside.setAttribute("aria-pressed", String(id === ""));
    this.#rove();
  }

  #focused(id) {
    this.cursor = id;
    this.#rove();
  }

  /// One row alone is in the order of the Tab key.
  #rove() {
    let any = false;
    for (const one of this.virtual.visible) {
      const is = one.id === this.cursor;
      any ||= is;
      this.virtual.element(one.id)?.setAttribute("tabindex", is ? "0" : "-1");
    }
    this.scroller.setAttribute("tabindex", any ? "-1" : "0");
  }

  /// Goes up or down by `step` rows; from nowhere, to the first.
  move(step) {
    const items = this.virtual.rows;
    if (items.length === 0) return;
    const at = items.findIndex((one) => one.id === (this.cursor ?? this.selected));
    const next = at < 0 ? 0 : Math.max(0, Math.min(items.length - 1, at + step));
    this.focus(items[next].id);
  }

  focus(id = this.cursor ?? this.selected) {
    const element = id ? this.virtual.reveal(id) : undefined;
    (element ?? this.scroller).focus({ preventScroll: true });
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    this.store.lastVisible = Math.ceil((scrollTop + clientHeight) / ROW);
    if (scrollTop + clientHeight > scrollHeight - 800) this.store.loadMore();
    this.#rove();
    this.#complete();
  }

  #complete() {
    clearTimeout(this.completing);
    this.completing = setTimeout(() => {
      const { scrollTop, clientHeight } = this.scroller;
      const seen = this.virtual.rows.slice(Math.floor(scrollTop / ROW), Math.ceil((scrollTop + clientHeight) / ROW) + 1);
      this.store.complete(seen);
    }, 300);
  }
}
