// The loaded conversations, newest first, and the filters.

import * as api from "../api/client.js";
import { applyEvent, mergeNewestFirst } from "../model/conversation-summary.js";

const PAGE_SIZE = 50;
/// Size of the second page. Each further page is twice as large as the previous one, up to the
/// maximum. This allows users to scroll through 100,000 conversations.
const MIN_NEXT_PAGE_SIZE = 200;
const MAX_NEXT_PAGE_SIZE = 5000;
/// Maximum number of conversations kept as new ones arrive. Older conversations are loaded again on
/// scroll.
const MAX_CONVERSATIONS = 2000;
/// While a filter is set and events arrive, the list is reloaded at most this often.
const REFRESH_INTERVAL_MS = 1000;

export class ListStore {
  items = [];
  hasMore = false;
  loading = false;
  error = "";
  /// Whether the search is invalid, so that retrying is useless.
  isInvalid = false;
  filter = { q: "", problems: false, ended: undefined };
  /// Index of the last visible row. Rows above it are never trimmed.
  lastVisible = 0;
  #byId = new Map();
  #buffered;
  #abortController;
  #refreshTimer = 0;
  #nextPageSize = MIN_NEXT_PAGE_SIZE;
  #completing = new Set();

  constructor(onChange) {
    this.onChange = onChange;
  }

  get(id) {
    return this.#byId.get(id);
  }

  get isFiltered() {
    const { q, problems, ended } = this.filter;
    return q !== "" || problems || ended !== undefined;
  }

  /// Sets the filter. The rows are loaded again if it has changed.
  setFilter(filter) {
    const isCurrent = Object.keys(filter).every((name) => this.filter[name] === filter[name]);
    if (isCurrent) return undefined;
    this.filter = { ...this.filter, ...filter };
    return this.load();
  }

  #query(before, limit = PAGE_SIZE) {
    const { q, problems, ended } = this.filter;
    return {
      before,
      limit,
      q,
      problems: problems ? 1 : undefined,
      ended: ended === undefined ? undefined : Number(ended),
      signal: this.#abortController.signal,
    };
  }

  /// Loads the first page again. With `quiet`, the current rows stay until the response arrives.
  async load({ quiet = false } = {}) {
    this.#abortController?.abort();
    this.#abortController = new AbortController();
    const controller = this.#abortController;
    this.#buffered = [];
    this.#nextPageSize = MIN_NEXT_PAGE_SIZE;
    this.loading = true;
    if (!quiet) this.onChange();
    try {
      // Load at least the rows that the user has scrolled to.
      const limit = quiet
        ? Math.min(MAX_NEXT_PAGE_SIZE, Math.max(PAGE_SIZE, this.lastVisible + 20))
        : PAGE_SIZE;
      const page = await api.listConversations(this.#query(undefined, limit));
      if (controller !== this.#abortController) return;
      this.error = "";
      this.isInvalid = false;
      this.hasMore = page.more;
      this.#replace(page.conversations);
      const newer = this.#buffered.filter((event) => event.seq > (page.lastSeq ?? 0));
      this.#buffered = undefined;
      this.loading = false;
      if (newer.length > 0) this.addEvents(newer);
    } catch (error) {
      if (controller !== this.#abortController || error.name === "AbortError") return;
      this.#buffered = undefined;
      this.loading = false;
      this.error = error.message;
      this.isInvalid = error.status === 400;
      // The rows do not belong to this search.
      if (this.isInvalid) {
        this.hasMore = false;
        this.#replace([]);
      }
    }
    this.onChange();
  }

  async loadMore() {
    if (this.loading || !this.hasMore || this.items.length === 0) return;
    this.loading = true;
    const controller = this.#abortController;
    try {
      const page = await api.listConversations(
        this.#query(this.items.at(-1).lastSeq, this.#nextPageSize),
      );
      if (controller !== this.#abortController) return;
      this.#nextPageSize = Math.min(MAX_NEXT_PAGE_SIZE, this.#nextPageSize * 2);
      this.hasMore = page.more;
      // Skip conversations that moved to the top because of new events.
      for (const summary of page.conversations) {
        if (this.#byId.has(summary.id)) continue;
        this.#byId.set(summary.id, summary);
        this.items.push(summary);
      }
    } catch (error) {
      if (controller !== this.#abortController || error.name === "AbortError") return;
      this.error = error.message;
    } finally {
      if (controller === this.#abortController) this.loading = false;
    }
    this.onChange();
  }

  #replace(items) {
    this.items = items;
    this.#byId = new Map(items.map((summary) => [summary.id, summary]));
  }

  addEvents(events) {
    if (this.#buffered) {
      this.#buffered.push(...events);
      return;
    }
    if (this.isFiltered) {
      this.#scheduleRefresh();
      return;
    }
    const changed = new Set();
    for (const event of events) {
      const id = event.conversationId ?? "";
      const known = this.#byId.get(id);
      const summary = applyEvent(known, event);
      if (!known) {
        // All conversations are loaded, so this one is new and its counts are exact.
        if (!this.hasMore) summary.partial = false;
        this.#byId.set(id, summary);
      }
      changed.add(summary);
    }
    this.items = mergeNewestFirst(this.items, changed);
    this.#trim();
    this.onChange();
  }

  /// Removes a conversation whose events up to `upTo` were deleted.
  remove(id, upTo) {
    if (this.#buffered) {
      this.load({ quiet: true });
      return;
    }
    const summary = this.#byId.get(id);
    if (!summary) return;
    if (summary.lastSeq > upTo) summary.partial = true;
    else {
      this.#byId.delete(id);
      this.items = this.items.filter((item) => item !== summary);
    }
    this.onChange();
  }

  #trim() {
    const limit = Math.max(MAX_CONVERSATIONS, this.lastVisible + 200);
    if (this.items.length <= limit * 1.25) return;
    for (const summary of this.items.splice(limit)) this.#byId.delete(summary.id);
    this.hasMore = true;
  }

  #scheduleRefresh() {
    if (this.#refreshTimer) return;
    this.#refreshTimer = setTimeout(() => {
      this.#refreshTimer = 0;
      this.load({ quiet: true });
    }, REFRESH_INTERVAL_MS);
  }

  /// Loads the exact counts of the visible conversations whose summaries are partial.
  async completeSummaries(visible) {
    const partial = visible
      .filter((summary) => summary.partial && !this.#completing.has(summary.id))
      .slice(0, 8);
    for (const summary of partial) {
      this.#completing.add(summary.id);
      try {
        const { conversation } = await api.getConversation(summary.id, { limit: 1 });
        const current = this.#byId.get(summary.id);
        if (!current || !conversation) continue;
        // Events that arrived during the request must not be counted twice.
        if (conversation.lastSeq >= current.lastSeq) Object.assign(current, conversation);
        else current.events = Math.max(current.events, conversation.events + 1);
        current.partial = conversation.lastSeq < current.lastSeq;
        this.onChange();
      } catch {
        // The counts stay too low until the next attempt, which happens when the row is visible
        // again.
      } finally {
        this.#completing.delete(summary.id);
      }
    }
  }
}
