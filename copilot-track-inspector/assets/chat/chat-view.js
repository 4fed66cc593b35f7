// The middle column: the open conversation.

import * as api from "../api/client.js";
import { fill, h, said, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { rowElement } from "./chat-row.js";
import { text, userName } from "../model/event.js";
import { toast } from "../ui/toasts.js";
import { estimate, order, rows } from "./rows.js";
import { count, relative } from "../util/format.js";
import { VirtualList } from "../ui/virtual-list.js";

/// So many long texts that were loaded whole are kept.
const MOST_FULL = 20;

export class ChatView {
  selected;
  cursor;
  times = "relative";
  following = true;
  #full = new Map();
  #open = new Set();
  #order = [];

  constructor(root, store, { select, now, back, origin }) {
    this.store = store;
    this.select_ = select;
    this.now = now;
    this.origin = origin;
    this.#build(root, back);
    this.virtual = new VirtualList({
      scroller: this.scroller,
      canvas: this.canvas,
      key: (row) => row.key,
      estimate,
      version: (row) => this.#version(row),
      render: (row) => rowElement(row, this.#context()),
      margin: 800,
      onscroll: () => this.#scrolled(),
    });
    this.virtual.follows = () => this.following;
  }

  #build(root, back) {
    this.head = h("header", { class: "head" });
    this.name = h("h2", {});
    this.below = h("p", {});
    fill(
      this.head,
      h("button", { class: "button quiet square back", type: "button", "aria-label": "Back to the conversations", onclick: back }, icon("back")),
      h("div", { class: "chat-title" }, this.name, this.below),
    );
    this.scroller = h("div", { class: "scroller log", id: "chat-log", role: "log", "aria-live": "off", "aria-label": "Events of the conversation", tabindex: "0" });
    this.before = h("div", { class: "more-before" });
    this.canvas = h("div", { class: "canvas" });
    this.scroller.append(this.before, this.canvas);
    this.empty = h("div", { class: "scroller" });
    this.jump = h("button", { class: "button jump", type: "button", hidden: true, onclick: () => this.toLatest() });
    fill(root, this.head, this.scroller, this.empty, this.jump);
  }

  #context() {
    return {
      selected: this.selected,
      cursor: this.cursor,
      times: this.times,
      now: this.now(),
      full: (seq) => this.#full.get(seq),
      isOpen: (seq) => this.#open.has(seq),
      select: (seq) => this.select_(seq),
      toggle: (seq) => this.#toggle(seq),
    };
  }

  #version(row) {
    if (!row.event) return row.kind;
    const { seq } = row.event;
    return [this.times, this.#open.has(seq), this.#full.has(seq), row.feedback.length].join();
  }

  /// A new conversation is open: what belonged to the last one is forgotten.
  opened() {
    this.#full.clear();
    this.#open.clear();
    this.following = true;
    this.cursor = undefined;
    this.scroller.scrollTop = 0;
  }

  /// Whether there is something to read that is not the end.
  get isReading() {
    return this.store.events.length > 0 && !(this.following && !this.store.moreAfter);
  }

  draw(summary) {
    const { store } = this;
    this.#title(summary);
    const its = store.isOpen ? rows(store.events, store.gaps) : [];
    this.#order = order(its);
    const isEmpty = its.length === 0;
    this.scroller.hidden = isEmpty;
    this.empty.hidden = !isEmpty;
    if (isEmpty) this.#emptyState();
    const follow = this.following && !store.moreAfter;
    setText(this.before, store.moreBefore ? "Earlier events follow as you scroll up" : "");
    this.before.hidden = !store.moreBefore;
    this.virtual.set(its, { follow });
    // What fits into the window scrolls nowhere, and would never ask for more.
    if (!isEmpty && store.moreBefore && this.scroller.scrollTop < 600) store.loadBefore();
    this.#jump();
  }

  #title(summary) {
    const { store } = this;
    const is = summary ?? store.conversation;
    this.head.hidden = !store.isOpen;
    if (!store.isOpen) return;
    const isOutside = store.id === "";
    const name = isOutside ? "Outside conversations" : userName(is?.user);
    if (this.shownName !== name) fill(this.name, said(name));
    this.shownName = name;
    const counts = is
      ? [`${count(is.events)} ${is.events === 1 ? "event" : "events"}`, is.ended ? "ended" : undefined].filter(Boolean).join(" · ")
      : "";
    const line = isOutside ? `Calls without a conversationId · ${counts}` : `${text(store.id)} · ${counts}`;
    if (this.shownLine !== line) fill(this.below, said(line));
    this.shownLine = line;
    this.below.title = store.id;
  }

  #emptyState() {
    const { store } = this;
    const state = !store.isOpen ? "none" : store.loading ? "loading" : store.error || "nothing";
    const welcomed = `${state} ${this.hasAny}`;
    if (this.emptyShown === welcomed) return;
    this.emptyShown = welcomed;
    const box = h("div", { class: "empty" });
    if (state === "loading") box.append(h("span", { class: "spinner" }));
    else if (state === "none" && this.hasAny) {
      box.append(icon("message"), h("h2", {}, "No conversation selected"), h("p", {}, "Choose one on the left, or press J."));
    } else if (state === "none") {
      box.append(
        icon("event"),
        h("h2", {}, "Listening for events"),
        h("p", {}, "Point an app at this address, with any write key, and its conversations appear here as they happen."),
        h("pre", { class: "code" }, `COPILOT_TRACK_ENDPOINT=${this.origin} SEGMENT_WRITE_KEY=local cargo run`),
        h("p", {}, "Segment's own SDKs take the same address as their host or endpoint."),
      );
    } else if (state === "nothing") {
      box.append(icon("message"), h("h2", {}, "No events here"), h("p", {}, "Nothing has arrived for this conversation, or it was deleted. New events appear by themselves."));
    } else {
      box.append(
        icon("error"),
        h("h2", {}, "Not loaded"),
        h("p", {}, store.error),
        h("button", { class: "button", type: "button", onclick: () => store.open(store.id) }, "Try again"),
      );
    }
    fill(this.empty, box);
  }

  #scrolled() {
    const { store } = this;
    this.following = this.virtual.isAtEnd;
    if (this.following && !store.moreAfter) store.missed = 0;
    if (this.scroller.scrollTop < 600) store.loadBefore();
    if (store.moreAfter && this.virtual.isAtEnd) store.loadAfter();
    this.#jump();
    this.#rove();
  }

  #jump() {
    const { store } = this;
    const far = !this.virtual.isAtEnd || store.moreAfter;
    this.jump.hidden = this.scroller.hidden || (this.following && !store.moreAfter) || !far;
    const label = store.missed > 0 ? `${count(store.missed)} new ${store.missed === 1 ? "event" : "events"}` : "Latest";
    if (this.jumpLabel === label) return;
    this.jumpLabel = label;
    fill(this.jump, icon("down"), label);
  }

  async toLatest() {
    const { store } = this;
    this.following = true;
    if (store.moreAfter) await store.open(store.id);
    store.missed = 0;
    this.virtual.toEnd();
    this.#jump();
    this.scroller.focus({ preventScroll: true });
  }

  setTimes(times) {
    this.times = times;
    this.virtual.refresh();
  }

  /// Moves the clock on, in what is in view.
  tick() {
    if (this.times === "exact") return;
    const now = this.now();
    for (const element of this.canvas.querySelectorAll("time[data-at]")) {
      setText(element, relative(Number(element.dataset.at), now));
    }
  }

  /// Marks the selected event.
  select(seq) {
    this.selected = seq;
    if (seq !== undefined) this.cursor = seq;
    for (const element of this.canvas.querySelectorAll("[data-seq]")) {
      const is = Number(element.dataset.seq) === seq;
      element.classList.toggle("is-selected", is);
      element.setAttribute("aria-pressed", String(is));
    }
    this.#rove();
  }

  #rove() {
    let any = false;
    for (const element of this.canvas.querySelectorAll("[data-seq]")) {
      const is = Number(element.dataset.seq) === this.cursor;
      any ||= is;
      element.setAttribute("tabindex", is ? "0" : "-1");
    }
    // When the cursor is out of view, the list itself takes the keyboard.
    this.scroller.setAttribute("tabindex", any ? "-1" : "0");
  }

  #keyOf(seq) {
    return this.virtual.rows.find(
      (row) => row.event?.seq === seq || row.feedback?.some((one) => one.seq === seq),
    )?.key;
  }

  /// Brings an event into view and puts the keyboard there.
  focus(seq = this.cursor ?? this.#order.at(-1), { block } = {}) {
    const key = seq === undefined ? undefined : this.#keyOf(seq);
    if (key === undefined) {
      this.scroller.focus({ preventScroll: true });
      return;
    }
    this.cursor = seq;
    this.virtual.reveal(key, { block });
    this.following = this.virtual.isAtEnd;
    this.#rove();
    this.canvas.querySelector(`[data-seq="${seq}"]`)?.focus({ preventScroll: true });
  }

  /// Brings an event to the middle, and leaves the keyboard where it is.
  show(seq) {
    const key = this.#keyOf(seq);
    if (key === undefined) return;
    this.virtual.reveal(key, { block: "center" });
    this.following = this.virtual.isAtEnd;
    this.#jump();
  }

  /// The event `step` further; the last one when there is no cursor.
  next(step) {
    if (this.#order.length === 0) return undefined;
    const at = this.#order.indexOf(this.cursor);
    if (at < 0) return this.#order.at(-1);
    return this.#order[Math.max(0, Math.min(this.#order.length - 1, at + step))];
  }

  get first() {
    return this.#order[0];
  }

  async #toggle(seq) {
    if (this.#open.delete(seq)) {
      this.virtual.refresh();
      return;
    }
    const event = this.store.events.find((one) => one.seq === seq);
    if ((event?.textBytes ?? 0) > 4096 && !this.#full.has(seq)) {
      try {
        const whole = JSON.parse(await api.eventText(seq));
        const body = whole.raw?.properties?.message_body;
        this.#full.set(seq, { text: text(body), isCut: false });
        if (this.#full.size > MOST_FULL) this.#full.delete(this.#full.keys().next().value);
      } catch (error) {
        toast(error.message, { isError: true });
        return;
      }
    }
    this.#open.add(seq);
    this.following = false;
    this.virtual.refresh();
  }
}
