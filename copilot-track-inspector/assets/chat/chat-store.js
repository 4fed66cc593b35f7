// The events of the open conversation. They are a contiguous range that grows at both ends, up to a
// limit. Events of other conversations are not kept.

import * as api from "../api/client.js";

const PAGE_SIZE = 200;
/// Maximum number of events kept. While the user follows the end, the oldest events are dropped.
const MAX_EVENTS = 3000;
const EVENTS_AFTER_TRIM = 2000;

export class ChatStore {
  id;
  conversation;
  events = [];
  hasEarlier = false;
  hasLater = false;
  loading = false;
  loadingMore = false;
  error = "";
  /// Incremented each time a conversation is opened. After a server restart, events have the same
  /// `seq` as earlier ones. This number distinguishes their rows.
  generation = 0;
  /// Number of events that arrived while the user was scrolled back; NaN if unknown.
  unseen = 0;
  /// Ranges of `seq`, across all conversations, whose events the server removed before this page
  /// received them.
  gaps = [];
  #buffered;
  #abortController = new AbortController();

  constructor(onChange, onError) {
    this.onChange = onChange;
    this.onError = onError;
  }

  get isOpen() {
    return this.id !== undefined;
  }

  close() {
    this.#reset(undefined);
    this.onChange();
  }

  #reset(id) {
    this.#abortController.abort();
    this.#abortController = new AbortController();
    this.id = id;
    this.generation += 1;
    this.conversation = undefined;
    this.events = [];
    this.hasEarlier = false;
    this.hasLater = false;
    this.loading = false;
    this.loadingMore = false;
    this.error = "";
    this.unseen = 0;
    this.gaps = [];
    this.#buffered = undefined;
  }

  /// Opens a conversation at its end, or around the event `seq`.
  async open(id, seq) {
    this.#reset(id);
    this.loading = true;
    this.#buffered = [];
    this.onChange();
    const controller = this.#abortController;
    const { signal } = controller;
    try {
      const before = seq === undefined ? undefined : seq + 1;
      const [page, laterPage] = await Promise.all([
        api.getConversation(id, { limit: PAGE_SIZE, before, signal }),
        seq === undefined
          ? undefined
          : api.getConversation(id, { limit: PAGE_SIZE, after: seq, signal }),
      ]);
      if (controller !== this.#abortController) return;
      this.conversation = page.conversation;
      this.events = page.events.concat(laterPage?.events ?? []);
      this.hasEarlier = page.more;
      this.hasLater = laterPage?.more ?? false;
      const buffered = this.#buffered;
      this.#buffered = undefined;
      this.loading = false;
      this.addEvents(buffered, { follow: true });
    } catch (error) {
      if (controller !== this.#abortController || error.name === "AbortError") return;
      this.#buffered = undefined;
      this.loading = false;
      // Status 404 is not an error, because a link may refer to a conversation whose events have
      // not arrived yet.
      if (error.status !== 404) this.error = error.message;
    }
    this.onChange();
  }

  async loadEarlier() {
    if (this.loadingMore || !this.hasEarlier || this.events.length === 0) return;
    await this.#loadPage({ before: this.events[0].seq }, (page) => {
      this.events = page.events.concat(this.events);
      this.hasEarlier = page.more;
      if (this.events.length > MAX_EVENTS) {
        this.events.length = EVENTS_AFTER_TRIM;
        this.hasLater = true;
      }
    });
  }

  async loadLater() {
    if (this.loadingMore || !this.hasLater || this.events.length === 0) return;
    await this.#loadPage({ after: this.events.at(-1).seq }, (page) => {
      this.events.push(...page.events);
      this.hasLater = page.more;
      this.unseen = this.hasLater ? Math.max(0, this.unseen - page.events.length) : 0;
      this.#trimOldest();
    });
  }

  async #loadPage(position, apply) {
    this.loadingMore = true;
    const controller = this.#abortController;
    try {
      const page = await api.getConversation(this.id, {
        limit: PAGE_SIZE,
        ...position,
        signal: controller.signal,
      });
      if (controller !== this.#abortController) return;
      apply(page);
    } catch (error) {
      if (controller !== this.#abortController || error.name === "AbortError") return;
      // Do not call `onChange`, because rendering would retry at once. The next scroll retries.
      if (error.status !== 404) {
        this.onError(error);
        return;
      }
      // The server has removed the whole conversation.
      apply({ events: [], more: false });
    } finally {
      if (controller === this.#abortController) this.loadingMore = false;
    }
    this.onChange();
  }

  /// Adds live events. `follow` is true if the user is at the end.
  addEvents(received, { follow }) {
    if (!this.isOpen) return;
    const events = received.filter((event) => (event.conversationId ?? "") === this.id);
    if (events.length === 0) return;
    if (this.#buffered) {
      this.#buffered.push(...events);
      return;
    }
    // The earlier events failed to load. With only the new events, the conversation would look
    // complete.
    if (this.error !== "") return;
    const lastSeq = this.events.at(-1)?.seq ?? 0;
    const added = events.filter((event) => event.seq > lastSeq);
    if (!follow) this.unseen += added.length;
    if (this.hasLater || (!follow && this.events.length + added.length > MAX_EVENTS)) {
      this.hasLater = true;
    } else {
      this.events.push(...added);
      if (follow) this.#trimOldest();
    }
    this.onChange();
  }

  /// Records that events were missed while the user was scrolled back. The loaded events stay. The
  /// remaining events load as the user scrolls down.
  addGaps(gaps) {
    // A page that is being loaded does not take the gaps into account.
    this.#abortController.abort();
    this.#abortController = new AbortController();
    this.loadingMore = false;
    this.gaps.push(...gaps);
    this.hasLater = true;
    this.unseen = NaN;
    this.onChange();
  }

  #trimOldest() {
    if (this.events.length <= MAX_EVENTS) return;
    this.events.splice(0, this.events.length - EVENTS_AFTER_TRIM);
    this.hasEarlier = true;
  }
}
