// The left column: search, filters, the conversations.

import { fill, h, icon, said, setText } from "../ui/dom.js";
import { clock, count, day, exact, relative } from "../util/format.js";
import { userName } from "../model/event.js";
import { VirtualList } from "../ui/virtual-list.js";

/// A conversation is live when something arrived so recently.
const LIVE_MS = 10_000;
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
      render: (one) => this.#row(one),
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

  #version(one) {
    return [one.lastSeq, one.events, one.problems, one.ended, one.rating, one.partial, one.preview?.length].join();
  }

  #row(one) {
    const name = userName(one.user);
    const anonymous = !one.user?.userId;
    const isSelected = one.id === this.selected;
    const element = h(
      "div",
      {
        class: "conversation",
        role: "option",
        id: `c-${hashed(one.id)}`,
        tabindex: one.id === (this.cursor ?? this.selected) ? "0" : "-1",
        "aria-selected": String(isSelected),
        "data-id": one.id,
        "data-focus": "row",
        title: one.id,
        onclick: () => this.open(one.id),
        onfocus: () => this.#focused(one.id),
      },
      h("span", { class: "dot", role: "presentation" }),
      said(name, { class: anonymous && !one.user?.anonymousId ? "who none" : "who" }),
      h("time", { class: "when" }),
      one.preview
        ? said(one.preview.replace(/\s+/g, " "), { class: "preview" })
        : h("span", { class: "preview none" }, "Nothing said yet"),
      h(
        "span",
        { class: "counts" },
        this.#count("message", one.messages, "message"),
        one.tools > 0 && this.#count("tool", one.tools, "tool"),
        typeof one.rating === "number" &&
          h("span", { class: "rating", title: `Rated ${one.rating}` }, icon("star"), trim(one.rating)),
        one.problems > 0 &&
          h("span", { class: "badge", title: `Events that the spec or Segment objects to: ${one.problems}` }, `${count(one.problems)} ${one.problems === 1 ? "problem" : "problems"}`),
        one.ended && h("span", { class: "badge ended" }, "ended"),
      ),
    );
    this.#times(element, one);
    return element;
  }

  #count(picture, number, word) {
    return h(
      "span",
      { title: `${number} ${number === 1 ? word : `${word}s`}` },
      icon(picture),
      count(number),
      h("span", { class: "unseen" }, number === 1 ? ` ${word}` : ` ${word}s`),
    );
  }

  #times(element, one) {
    const at = Date.parse(one.lastAt);
    const now = this.now();
    const isLive = now - at < LIVE_MS;
    element.classList.toggle("live", isLive);
    const dot = element.querySelector(".dot");
    if (isLive) dot.setAttribute("title", "Active in the last seconds");
    else dot.removeAttribute("title");
    const when = element.querySelector(".when");
    setText(when, this.times === "exact" ? moment(at, now) : relative(at, now));
    when.setAttribute("title", exact(at));
  }

  /// Moves the clock on, in what is in view.
  tick() {
    for (const one of this.virtual.visible) {
      const element = this.virtual.element(one.id);
      if (element) this.#times(element, one);
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

/// The time of today, the day of all before.
const moment = (at, now) => (day(at) === day(now) ? clock(at, false) : day(at));

const trim = (rating) => (Number.isInteger(rating) ? String(rating) : rating.toFixed(1));

/// An id for the document: conversations' ids may hold anything.
function hashed(text) {
  let sum = 5381;
  for (let i = 0; i < text.length; i += 1) sum = (sum * 33 + text.charCodeAt(i)) | 0;
  return (sum >>> 0).toString(36);
}
