// The conversations that the page knows, newest first, and the filters on them.

import * as api from "../api/client.js";
import { applyEvent, mergeNewestFirst } from "../model/conversation-summary.js";

const PAGE_SIZE = 50;
/// On the way down twice as many come each time, so that a hundred thousand are within reach.
const MIN_NEXT_PAGE_SIZE = 200;
const MAX_NEXT_PAGE_SIZE = 5000;
/// Of a flood of new conversations so many are kept; older ones are loaded again on the way down.
const MAX_CONVERSATIONS = 2000;
/// With a filter on, the server is asked again so often at most while events arrive.
const REFRESH_INTERVAL_MS = 1000;

export class ListStore {
  items = [];
  hasMore = false;
  loading = false;
  error = "";
  filter = { q: "", problems: false, ended: undefined };
  /// How far down the reader is: what is above is never trimmed away.
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

  setFilter(filter) {
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

  /// The first page, anew. `quiet` keeps what is shown until the answer is there.
  async load({ quiet = false } = {}) {
    this.#abortController?.abort();
    this.#abortController = new AbortController();
    const controller = this.#abortController;
    this.#buffered = [];
    this.#nextPageSize = MIN_NEXT_PAGE_SIZE;
    this.loading = true;
    if (!quiet) this.onChange();
    try {
      // A quiet reload must not take away what was scrolled to.
      const limit = quiet ? Math.min(MAX_NEXT_PAGE_SIZE, Math.max(PAGE_SIZE, this.lastVisible + 20)) : PAGE_SIZE;
      const page = await api.listConversations(this.#query(undefined, limit));
      if (controller !== this.#abortController) return;
      this.error = "";
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
    }
    this.onChange();
  }

  async loadMore() {
    if (this.loading || !this.hasMore || this.items.length === 0) return;
    this.loading = true;
    const controller = this.#abortController;
    try {
      const page = await api.listConversations(this.#query(this.items.at(-1).lastSeq, this.#nextPageSize));
      if (controller !== this.#abortController) return;
      this.#nextPageSize = Math.min(MAX_NEXT_PAGE_SIZE, this.#nextPageSize * 2);
      this.hasMore = page.more;
      // One that got a new event since is in the list already, at its new place.
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
        // The whole list is here: there were no earlier events of it.
        if (!this.hasMore) summary.partial = false;
        this.#byId.set(id, summary);
      }
      changed.add(summary);
    }
    this.items = mergeNewestFirst(this.items, changed);
    this.#trim();
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

  /// Asks for the true counts of those in view that the page came to know in their midst.
  async completeSummaries(visible) {
    const partial = visible.filter((summary) => summary.partial && !this.#completing.has(summary.id)).slice(0, 8);
    for (const summary of partial) {
      this.#completing.add(summary.id);
      try {
        const { conversation } = await api.getConversation(summary.id, { limit: 1 });
        const current = this.#byId.get(summary.id);
        if (!current || !conversation) continue;
        // Events that came while the question was under way are in neither count twice.
        if (conversation.lastSeq >= current.lastSeq) Object.assign(current, conversation);
        else current.events = Math.max(current.events, conversation.events + 1);
        current.partial = conversation.lastSeq < current.lastSeq;
        this.onChange();
      } catch {
        // It is asked again when it is drawn again; the counts are too low until then.
      } finally {
        this.#completing.delete(summary.id);
      }
    }
  }
}
