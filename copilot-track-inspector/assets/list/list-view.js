// The left column, with the search, the filters, and the list of conversations.

import { renderWelcome } from "../chat/welcome.js";
import { problemCount } from "../model/conversation-summary.js";
import { renderInlineCode } from "../model/verdict.js";
import { searchTexts } from "../search/terms.js";
import { h, setChildren } from "../ui/dom.js";
import { highlightTexts } from "../ui/highlights.js";
import { icon } from "../ui/icons.js";
import { VirtualList } from "../ui/virtual-list.js";
import { renderConversation, updateActivity } from "./conversation-row.js";

const ROW_HEIGHT = 77;
/// An example of each filter of the search.
const FILTERS = [
  'event:"Message Sent"',
  "user:123",
  "library:analytics-node",
  "severity:error",
  "code:missing_property",
  "rating:4",
  "outcome:failed",
  "answer:2s..",
  "messages:10..",
  "since:15m",
];

export class ListView {
  /// The timer that runs while the user types a search.
  searchTimer = 0;
  cursor;
  selected;
  timeFormat = "relative";

  constructor(root, store, { onOpen, onFilter, onPlay, now, origin }) {
    this.store = store;
    this.onOpen = onOpen;
    this.onFilter = onFilter;
    this.onPlay = onPlay;
    this.origin = origin;
    this.now = now;
    this.#build(root);
    this.virtualList = new VirtualList({
      scroller: this.scroller,
      content: this.content,
      key: (conversation) => conversation.id,
      estimateHeight: () => ROW_HEIGHT,
      version: (conversation) => this.#version(conversation),
      renderRow: (conversation) => renderConversation(conversation, this.#context()),
      margin: 300,
      newestFirst: true,
      onScroll: () => this.#handleScroll(),
      onRender: () => highlightTexts("search-hit", this.content, searchTexts(store.filter.q)),
    });
  }

  #build(root) {
    this.search = h("input", {
      class: "input",
      type: "search",
      placeholder: "Search users, IDs, text",
      "aria-label": "Search conversations",
      title: `Filters: ${FILTERS.join("  ")}`,
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      oninput: () => this.#scheduleSearch(),
    });
    const clear = h(
      "button",
      {
        class: "button ghost clear-button",
        type: "button",
        "aria-label": "Clear search",
        onclick: () => this.clearSearch(),
      },
      icon("close"),
    );
    this.filterButtons = [
      this.#filterButton("Problems", "problems", true, "warning"),
      this.#filterButton("Open", "ended", false),
      this.#filterButton("Ended", "ended", true),
    ];
    this.outsideButton = h(
      "button",
      {
        class: "filter",
        type: "button",
        "aria-pressed": "false",
        title: "Events outside any conversation",
        onclick: () => this.onOpen(""),
      },
      icon("outside"),
      "Outside",
      h("span", { class: "visually-hidden" }, " conversations"),
    );
    this.scroller = h("div", {
      class: "scroller",
      role: "group",
      "aria-label": "Conversations, newest first",
      tabindex: "0",
    });
    this.content = h("div", { class: "virtual-list" });
    this.footer = h("div");
    this.scroller.append(this.content, this.footer);
    setChildren(
      root,
      h(
        "div",
        { class: "list-toolbar", role: "search" },
        h(
          "div",
          { class: "search-box" },
          icon("search"),
          this.search,
          clear,
          h("kbd", { "aria-hidden": "true" }, "/"),
        ),
        h(
          "div",
          { class: "filters", role: "group", "aria-label": "Filters" },
          this.filterButtons.map(({ button }) => button),
          this.outsideButton,
        ),
      ),
      this.scroller,
    );
  }

  #filterButton(label, name, value, iconName) {
    const button = h(
      "button",
      {
        class: "filter",
        type: "button",
        "aria-pressed": "false",
        onclick: () => {
          const cleared = name === "problems" ? false : undefined;
          this.scroller.scrollTop = 0;
          this.onFilter({ [name]: this.store.filter[name] === value ? cleared : value });
        },
      },
      iconName && icon(iconName),
      label,
    );
    return { button, name, value };
  }

  #scheduleSearch() {
    clearTimeout(this.searchTimer);
    this.searchTimer = setTimeout(() => {
      this.searchTimer = 0;
      this.scroller.scrollTop = 0;
      this.onFilter({ q: this.search.value.trim() });
    }, 150);
  }

  clearSearch() {
    this.search.value = "";
    this.#scheduleSearch();
    this.search.focus();
  }

  render() {
    const { store } = this;
    for (const { button, name, value } of this.filterButtons) {
      button.setAttribute("aria-pressed", String(store.filter[name] === value));
    }
    this.outsideButton.setAttribute("aria-pressed", String(this.selected === ""));
    const items = store.items.filter((conversation) => conversation.id !== "");
    this.scroller.setAttribute("aria-busy", String(store.loading && items.length === 0));
    // A list box must contain options.
    for (const [name, value] of [
      ["role", "listbox"],
      ["aria-label", "Conversations"],
    ]) {
      if (items.length > 0) this.content.setAttribute(name, value);
      else this.content.removeAttribute(name);
    }
    this.virtualList.setRows(items);
    this.#renderFooter(items);
    this.#scheduleCompletion();
  }

  #renderFooter(items) {
    const { store } = this;
    let state = "end";
    if (store.error) state = `${store.isInvalid ? "invalid" : "error"} ${store.error}`;
    else if (items.length === 0)
      state = store.loading ? "loading" : store.isFiltered ? "nothing" : "empty";
    else if (store.hasMore) state = "more";
    if (this.footerState === state) return;
    this.footerState = state;
    this.footer.className = ["more", "end"].includes(state) ? "list-footer" : "empty-state";
    if (state === "more") setChildren(this.footer, "Scroll down to load older conversations");
    else if (state === "end") setChildren(this.footer);
    else if (state === "loading") setChildren(this.footer, h("span", { class: "spinner" }));
    else if (state === "nothing") {
      setChildren(
        this.footer,
        icon("filter"),
        h("h2", {}, "No matches"),
        h("p", {}, "No conversations match your search and filters."),
        h("p", {}, "The search also has filters:"),
        h(
          "ul",
          { class: "filter-examples" },
          FILTERS.map((filter) => h("li", {}, h("code", {}, filter))),
        ),
        h(
          "button",
          { class: "button", type: "button", onclick: () => this.clearFilters() },
          "Clear filters",
        ),
      );
    } else if (state === "empty") {
      setChildren(
        this.footer,
        icon("message"),
        h("h2", {}, "No conversations yet"),
        h("p", {}, "Conversations appear here as their events arrive."),
        // In wide layouts, the chat column shows the same.
        h(
          "div",
          { class: "narrow-only" },
          renderWelcome({ origin: this.origin, onPlay: this.onPlay }),
        ),
      );
    } else if (store.isInvalid) {
      setChildren(this.footer, icon("filter"), h("h2", {}, "Check the search"), h("p", {}, renderInlineCode(store.error)));
    } else {
      setChildren(
        this.footer,
        icon("error"),
        h("h2", {}, "Failed to load conversations"),
        h("p", {}, store.error),
        h("button", { class: "button", type: "button", onclick: () => store.load() }, "Try again"),
      );
    }
  }

  clearFilters() {
    this.search.value = "";
    this.onFilter({ q: "", problems: false, ended: undefined });
  }

  /// Shows the search of the address. Text that the user is typing stays, unless the search is new.
  setSearch(q, { isNew }) {
    if (this.searchTimer && !isNew) return;
    this.discardTyping();
    if (this.search.value.trim() === q) return;
    this.search.value = q;
  }

  /// Does not search for the text that the user is typing.
  discardTyping() {
    clearTimeout(this.searchTimer);
    this.searchTimer = 0;
  }

  #context() {
    return {
      selected: this.selected,
      cursor: this.cursor,
      timeFormat: this.timeFormat,
      now: this.now(),
      onOpen: (id) => this.onOpen(id),
      onFocus: (id) => this.#handleFocus(id),
    };
  }

  #version(conversation) {
    return [
      conversation.lastSeq,
      conversation.events,
      problemCount(conversation),
      conversation.ended,
      conversation.rating,
      conversation.partial,
      conversation.lastAt,
      conversation.preview,
    ].join();
  }

  /// Updates the relative times of the rendered rows.
  updateTimes() {
    for (const conversation of this.virtualList.renderedRows) {
      const element = this.virtualList.element(conversation.id);
      if (element) updateActivity(element, conversation, this.#context());
    }
  }

  setSelected(id) {
    this.selected = id;
    if (id) this.cursor = id;
    for (const conversation of this.virtualList.renderedRows) {
      this.virtualList
        .element(conversation.id)
        ?.setAttribute("aria-selected", String(conversation.id === id));
    }
    this.outsideButton.setAttribute("aria-pressed", String(id === ""));
    this.#updateTabIndex();
  }

  #handleFocus(id) {
    this.cursor = id;
    this.#updateTabIndex();
  }

  /// Keeps exactly one row in the tab order, or the list itself if the cursor's row is not
  /// rendered.
  #updateTabIndex() {
    let isCursorRendered = false;
    for (const conversation of this.virtualList.renderedRows) {
      const isCursor = conversation.id === this.cursor;
      isCursorRendered ||= isCursor;
      this.virtualList.element(conversation.id)?.setAttribute("tabindex", isCursor ? "0" : "-1");
    }
    this.scroller.setAttribute("tabindex", isCursorRendered ? "-1" : "0");
  }

  /// Moves the cursor by `step` rows, or to the first row if there is no cursor.
  moveCursor(step) {
    const items = this.virtualList.rows;
    if (items.length === 0) return;
    const index = items.findIndex(
      (conversation) => conversation.id === (this.cursor ?? this.selected),
    );
    const next = index < 0 ? 0 : Math.max(0, Math.min(items.length - 1, index + step));
    this.focusRow(items[next].id);
  }

  focusRow(id = this.cursor ?? this.selected) {
    const element = id ? this.virtualList.scrollToRow(id) : undefined;
    (element ?? this.scroller).focus({ preventScroll: true });
  }

  #handleScroll() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    this.store.lastVisible = Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT);
    if (scrollTop + clientHeight > scrollHeight - 800) this.store.loadMore();
    this.#updateTabIndex();
    this.#scheduleCompletion();
  }

  #scheduleCompletion() {
    clearTimeout(this.completionTimer);
    this.completionTimer = setTimeout(() => {
      const { scrollTop, clientHeight } = this.scroller;
      const visible = this.virtualList.rows.slice(
        Math.floor(scrollTop / ROW_HEIGHT),
        Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + 1,
      );
      this.store.completeSummaries(visible);
    }, 300);
  }
}
