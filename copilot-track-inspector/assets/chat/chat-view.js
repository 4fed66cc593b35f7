// The middle column, which shows the open conversation.

import * as api from "../api/client.js";
import { displayText, hasProblem, userLabel } from "../model/event.js";
import { searchTexts } from "../search/terms.js";
import { bdi, h, setChildren, setText } from "../ui/dom.js";
import { highlightTexts } from "../ui/highlights.js";
import { icon } from "../ui/icons.js";
import { showToast } from "../ui/toasts.js";
import { VirtualList } from "../ui/virtual-list.js";
import { formatCount, plural } from "../util/format.js";
import { renderRow } from "./chat-row.js";
import { ConversationActions } from "./conversation-actions.js";
import { ConversationVerdict } from "./conversation-verdict.js";
import { renderEmptyState } from "./empty-state.js";
import { Find } from "./find.js";
import { FindBar } from "./find-bar.js";
import { selectionAttribute } from "./row-parts.js";
import { buildRows, estimateRowHeight, selectableSeqs } from "./rows.js";

/// Waits until the rows of loaded events are rendered.
const nextFrames = () =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

/// Maximum number of long messages kept in full.
const MAX_FULL_TEXTS = 20;

export class ChatView {
  selected;
  cursor;
  timeFormat = "relative";
  following = true;
  #fullTexts = new Map();
  #expanded = new Set();
  /// The `seq`s of the replies whose turns are shown as waterfalls.
  #openTurns = new Set();
  hasMarkdown = true;
  #seqs = [];
  #highlightedTexts = [];

  constructor(root, store, { onSelect, onBack, onFind, onPlay, onCopied, origin }) {
    this.store = store;
    this.actions = new ConversationActions(onCopied);
    this.onSelect = onSelect;
    this.onFind = onFind;
    this.onPlay = onPlay;
    this.origin = origin;
    this.#build(root, onBack);
    this.virtualList = new VirtualList({
      scroller: this.scroller,
      content: this.content,
      key: (row) => row.key,
      estimateHeight: estimateRowHeight,
      version: (row) => this.#version(row),
      renderRow: (row) => renderRow(row, this.#context()),
      margin: 800,
      onScroll: () => this.#handleScroll(),
      isFollowing: () => this.following,
      onRender: () => this.#highlight(),
    });
  }

  #build(root, onBack) {
    this.header = h("header", { class: "column-header" });
    this.heading = h("h2", {});
    this.subheading = h("p", {});
    this.verdict = new ConversationVerdict((seq) => this.onSelect(seq));
    this.exportLink = h(
      "a",
      {
        class: "button ghost icon-only",
        "aria-label": "Export this conversation",
        title: "Export this conversation",
      },
      icon("export"),
    );
    setChildren(
      this.header,
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
      h("div", { class: "chat-title" }, this.heading, this.subheading),
      this.verdict.element,
      h(
        "button",
        {
          class: "button ghost icon-only",
          type: "button",
          "aria-label": "Find in this conversation",
          title: "Find in this conversation (F)",
          onclick: () => this.openFind(),
        },
        icon("search"),
      ),
      this.exportLink,
      this.actions.button,
    );
    this.actions.attach();
    this.scroller = h("div", {
      class: "scroller chat-log",
      id: "chat-log",
      role: "log",
      "aria-live": "off",
      "aria-label": "Conversation events",
      tabindex: "0",
    });
    this.earlierHint = h("div", { class: "earlier-hint" });
    this.content = h("div", { class: "virtual-list" });
    this.scroller.append(this.earlierHint, this.content);
    this.emptyState = h("div", { class: "scroller" });
    this.jumpButton = h("button", {
      class: "button jump-to-latest",
      type: "button",
      hidden: true,
      onclick: () => this.jumpToLatest(),
    });
    this.findBar = new FindBar({
      onQuery: (query) => this.onFind(query),
      onStep: (direction) => this.find.step(direction),
      onClose: () => this.#closeFind(),
    });
    this.find = new Find({
      onChange: () => this.#updateFind(),
      onGo: (seq) => this.showEvent(seq),
    });
    setChildren(root, this.header, this.findBar.element, this.scroller, this.emptyState, this.jumpButton);
  }

  #context() {
    return {
      selected: this.selected,
      cursor: this.cursor,
      timeFormat: this.timeFormat,
      fullText: (seq) => this.#fullTexts.get(seq),
      isExpanded: (seq) => this.#expanded.has(seq),
      onSelect: (seq) => this.onSelect(seq),
      onToggle: (seq) => this.#toggleExpanded(seq),
      isTurnOpen: (seq) => this.#openTurns.has(seq),
      onToggleTurn: (seq) => this.#toggleTurn(seq),
      hasMarkdown: this.hasMarkdown,
    };
  }

  #version(row) {
    if (!row.event) return row.kind;
    const { seq } = row.event;
    return [
      this.store.generation,
      this.timeFormat,
      this.#expanded.has(seq),
      this.#fullTexts.has(seq),
      row.feedback.length,
      row.sincePrevious,
      this.hasMarkdown,
      this.#openTurns.has(seq),
      row.turn && JSON.stringify(row.turn),
    ].join();
  }

  /// Discards the state of the previous conversation.
  reset() {
    this.#fullTexts.clear();
    this.#expanded.clear();
    this.#openTurns.clear();
    this.following = true;
    this.cursor = undefined;
    this.scroller.scrollTop = 0;
  }

  /// Whether the user is reading something other than the latest events.
  get isScrolledBack() {
    return this.store.events.length > 0 && !(this.following && !this.store.hasLater);
  }

  render(summary) {
    const { store } = this;
    this.#renderHeader(summary);
    this.verdict.update(store.isOpen ? store.conversation?.verdict : undefined);
    const rows = store.isOpen ? buildRows(store.events, store.gaps) : [];
    this.#seqs = selectableSeqs(rows);
    const isEmpty = rows.length === 0;
    this.scroller.hidden = isEmpty;
    this.emptyState.hidden = !isEmpty;
    if (isEmpty) this.#renderEmptyState();
    const follow = this.following && !store.hasLater;
    setText(this.earlierHint, store.hasEarlier ? "Scroll up to load earlier events" : "");
    this.earlierHint.hidden = !store.hasEarlier;
    this.virtualList.setRows(rows, { follow });
    // If all events fit in the view, no scroll event would load the earlier ones.
    if (!isEmpty && store.hasEarlier && this.scroller.scrollTop < 600) store.loadEarlier();
    this.#updateJumpButton();
  }

  #renderHeader(summary) {
    const { store } = this;
    const conversation = summary ?? store.conversation;
    this.header.hidden = !store.isOpen;
    if (!store.isOpen) return;
    const isOutside = store.id === "";
    const name = isOutside ? "Outside conversations" : userLabel(conversation?.user);
    if (this.shownName !== name) setChildren(this.heading, bdi(name));
    this.shownName = name;
    const counts = conversation
      ? [
          `${formatCount(conversation.events)} ${plural(conversation.events, "event")}`,
          conversation.ended ? "ended" : undefined,
        ]
          .filter(Boolean)
          .join(" · ")
      : "";
    const line = isOutside
      ? `Events without a conversationId · ${counts}`
      : `${displayText(store.id)} · ${counts}`;
    if (this.shownLine !== line) setChildren(this.subheading, bdi(line));
    this.shownLine = line;
    this.subheading.title = store.id;
    if (this.exportLink.dataset.id !== store.id) {
      this.exportLink.dataset.id = store.id;
      this.exportLink.setAttribute("href", api.exportUrl(store.id));
      this.exportLink.setAttribute("download", "conversation.jsonl");
      this.actions.setConversation(store.id);
    }
  }

  #renderEmptyState() {
    const { store } = this;
    const state = this.#emptyStateKind();
    const key = `${state} ${store.error}`;
    if (this.shownEmptyState === key) return;
    this.shownEmptyState = key;
    setChildren(
      this.emptyState,
      renderEmptyState(state, {
        origin: this.origin,
        error: store.error,
        onRetry: () => store.open(store.id),
        onPlay: this.onPlay,
      }),
    );
  }

  #emptyStateKind() {
    const { store } = this;
    if (!store.isOpen) return this.hasConversations ? "unselected" : "welcome";
    if (store.loading) return "loading";
    return store.error === "" ? "no-events" : "error";
  }

  #handleScroll() {
    const { store } = this;
    this.following = this.virtualList.isAtEnd;
    if (this.following && !store.hasLater) store.unseen = 0;
    if (this.scroller.scrollTop < 600) store.loadEarlier();
    if (store.hasLater && this.virtualList.isAtEnd) store.loadLater();
    this.#updateJumpButton();
    this.#updateTabIndex();
  }

  #updateJumpButton() {
    const { store } = this;
    const isAwayFromEnd = !this.virtualList.isAtEnd || store.hasLater;
    this.jumpButton.hidden =
      this.scroller.hidden || (this.following && !store.hasLater) || !isAwayFromEnd;
    const label =
      store.unseen > 0
        ? `${formatCount(store.unseen)} new ${plural(store.unseen, "event")}`
        : "Latest";
    if (this.jumpLabel === label) return;
    this.jumpLabel = label;
    setChildren(this.jumpButton, icon("down"), label);
  }

  async jumpToLatest() {
    const { store } = this;
    this.following = true;
    if (store.hasLater) await store.open(store.id);
    store.unseen = 0;
    this.virtualList.scrollToEnd();
    this.#updateJumpButton();
    this.scroller.focus({ preventScroll: true });
  }

  setMarkdown(hasMarkdown) {
    this.hasMarkdown = hasMarkdown;
    this.virtualList.render();
  }

  setTimeFormat(timeFormat) {
    this.timeFormat = timeFormat;
    this.virtualList.render();
  }

  /// Marks the selected event.
  setSelected(seq) {
    this.selected = seq;
    if (seq !== undefined) {
      this.cursor = seq;
      this.find.setCurrent(seq);
    }
    for (const element of this.content.querySelectorAll("[data-seq]")) {
      const isMatch = Number(element.dataset.seq) === seq;
      element.classList.toggle("is-selected", isMatch);
      element.setAttribute(selectionAttribute(element.getAttribute("role")), String(isMatch));
    }
    this.#updateTabIndex();
  }

  #updateTabIndex() {
    let isCursorRendered = false;
    for (const element of this.content.querySelectorAll("[data-seq]")) {
      const isMatch = Number(element.dataset.seq) === this.cursor;
      isCursorRendered ||= isMatch;
      element.setAttribute("tabindex", isMatch ? "0" : "-1");
    }
    // If the cursor's row is not rendered, make the list itself focusable.
    this.scroller.setAttribute("tabindex", isCursorRendered ? "-1" : "0");
  }

  #keyOf(seq) {
    return this.virtualList.rows.find(
      (row) => row.event?.seq === seq || row.feedback?.some((rating) => rating.seq === seq),
    )?.key;
  }

  /// Scrolls an event into view and focuses it.
  focusEvent(seq = this.cursor ?? this.#seqs.at(-1), { block } = {}) {
    const key = seq === undefined ? undefined : this.#keyOf(seq);
    if (key === undefined) {
      this.scroller.focus({ preventScroll: true });
      return;
    }
    this.cursor = seq;
    this.virtualList.scrollToRow(key, { block });
    this.following = this.virtualList.isAtEnd;
    this.#updateTabIndex();
    this.content.querySelector(`[data-seq="${seq}"]`)?.focus({ preventScroll: true });
  }

  /// Finds `query` in the open conversation, and highlights its texts. Shows the first match if
  /// `isGoing` is true and the event `current` is not a match. An empty query closes the find bar,
  /// unless the user is typing in it.
  setFind(query, { current, isGoing }) {
    this.findBar.setQuery(query);
    this.#highlightedTexts = searchTexts(query);
    this.#highlight();
    this.find.start(this.store.id, query, { current, isGoing });
  }

  openFind() {
    if (this.store.isOpen) this.findBar.open();
  }

  #closeFind() {
    this.findBar.close();
    this.onFind("");
    this.scroller.focus({ preventScroll: true });
  }

  #updateFind() {
    this.findBar.setMatches(this.find);
    this.#highlight();
  }

  /// Highlights the texts that are found, and marks the event that is the current match.
  #highlight() {
    highlightTexts("find-hit", this.content, this.#highlightedTexts);
    const current = this.find.seqs[this.find.index];
    for (const element of this.content.querySelectorAll("[data-seq]"))
      element.classList.toggle("is-found", Number(element.dataset.seq) === current);
  }

  /// Scrolls to an event. Loads the events around it if necessary.
  async showEvent(seq) {
    const { generation } = this.store;
    this.cursor = seq;
    // The rows of a conversation that has just been opened may not be rendered yet.
    if (this.#keyOf(seq) === undefined) await nextFrames();
    if (this.store.generation !== generation || this.cursor !== seq) return;
    if (this.#keyOf(seq) === undefined) {
      this.following = false;
      await this.store.open(this.store.id, seq);
      await nextFrames();
    }
    if (this.cursor === seq) this.scrollToEvent(seq);
    this.#updateTabIndex();
  }

  /// Scrolls an event to the center without moving the focus.
  scrollToEvent(seq) {
    const key = this.#keyOf(seq);
    if (key === undefined) return;
    this.virtualList.scrollToRow(key, { block: "center" });
    this.following = this.virtualList.isAtEnd;
    this.#updateJumpButton();
  }

  /// Returns the `seq` of the event `step` rows after the cursor, or of the last one if there is no
  /// cursor.
  seqAtStep(step) {
    if (this.#seqs.length === 0) return undefined;
    const index = this.#seqs.indexOf(this.cursor);
    if (index < 0) return this.#seqs.at(-1);
    return this.#seqs[Math.max(0, Math.min(this.#seqs.length - 1, index + step))];
  }

  /// Returns the `seq` of the next event with a problem after the cursor. After the last one, starts
  /// again with the first one. Events that are not loaded are taken into account.
  async nextProblem() {
    const { store } = this;
    const cursor = store.events.findIndex((event) => event.seq === this.cursor);
    const next = store.events.find((event, index) => index > cursor && hasProblem(event));
    if (next) return next.seq;
    if (!store.hasLater && !store.hasEarlier) return store.events.find(hasProblem)?.seq;
    const { seqs } = await api.findInConversation(store.id, "severity:problem");
    const loaded = new Set(store.events.map((event) => event.seq));
    const last = seqs.findLastIndex((seq) => loaded.has(seq));
    // All loaded problems are before the cursor, so the next one follows them.
    return (store.hasLater ? seqs[last + 1] : undefined) ?? seqs[0];
  }

  get firstSeq() {
    return this.#seqs[0];
  }

  #toggleTurn(seq) {
    if (!this.#openTurns.delete(seq)) this.#openTurns.add(seq);
    this.following = false;
    this.virtualList.render();
  }

  async #toggleExpanded(seq) {
    if (this.#expanded.delete(seq)) {
      this.virtualList.render();
      return;
    }
    const event = this.store.events.find((event) => event.seq === seq);
    if ((event?.textBytes ?? 0) > 4096 && !this.#fullTexts.has(seq)) {
      try {
        const fullEvent = JSON.parse(await api.getEventText(seq));
        const body = fullEvent.raw?.properties?.message_body;
        this.#fullTexts.set(seq, { text: displayText(body), isTruncated: false });
        if (this.#fullTexts.size > MAX_FULL_TEXTS)
          this.#fullTexts.delete(this.#fullTexts.keys().next().value);
      } catch (error) {
        showToast(error.message, { isError: true });
        return;
      }
    }
    this.#expanded.add(seq);
    this.following = false;
    this.virtualList.render();
  }
}
