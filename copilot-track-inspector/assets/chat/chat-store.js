// The events of the open conversation, in the order in which they happened. They are a contiguous
// range that grows at both ends, up to a limit. Events of other conversations are not kept.

import * as api from "../api/client.js";
import { compareEvents } from "../model/event.js";

const PAGE_SIZE = 200;
/// Maximum number of events kept. While the user follows the end, the oldest events are dropped.
const MAX_EVENTS = 3000;
const EVENTS_AFTER_TRIM = 2000;
/// While events arrive, the verdict on the conversation is reloaded at most this often.
const VERDICT_INTERVAL_MS = 500;

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
  /// The `seq`s of `events`.
  #known = new Set();
  #verdictTimer = 0;
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
    this.#known.clear();
    clearTimeout(this.#verdictTimer);
    this.#verdictTimer = 0;
  }

  /// Opens a conversation at the latest event, or around the event `seq`.
  async open(id, seq) {
    this.#reset(id);
    this.loading = true;
    this.#buffered = [];
    this.onChange();
    const controller = this.#abortController;
    const { signal } = controller;
    try {
      const [page, laterPage] = await Promise.all([
        api.getConversation(id, { limit: PAGE_SIZE, upTo: seq, signal }),
        seq === undefined
          ? undefined
          : api.getConversation(id, { limit: PAGE_SIZE, after: seq, signal }),
      ]);
      if (controller !== this.#abortController) return;
      this.conversation = page.conversation;
      this.#merge(page.events.concat(laterPage?.events ?? []));
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
      this.#merge(page.events);
      this.hasEarlier = page.more;
      if (this.events.length > MAX_EVENTS) {
        this.#forget(this.events.splice(EVENTS_AFTER_TRIM));
        this.hasLater = true;
      }
    });
  }

  async loadLater() {
    if (this.loadingMore || !this.hasLater || this.events.length === 0) return;
    await this.#loadPage({ after: this.events.at(-1).seq }, (page) => {
      this.#merge(page.events);
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
    this.#scheduleVerdict();
    const added = events.filter((event) => !this.#known.has(event.seq));
    if (!follow) this.unseen += added.length;
    const [first, last] = [this.events[0], this.events.at(-1)];
    if (!follow && this.events.length + added.length > MAX_EVENTS) this.hasLater = true;
    // Events outside the loaded range are loaded when the user scrolls there.
    this.#merge(
      added.filter(
        (event) =>
          !(this.hasEarlier && first && compareEvents(event, first) < 0) &&
          !(this.hasLater && last && compareEvents(event, last) > 0),
      ),
    );
    if (follow) this.#trimOldest();
    this.onChange();
  }

  /// Adds events in their order. Late events are not at the end.
  #merge(events) {
    let isInOrder = true;
    for (const event of events) {
      if (this.#known.has(event.seq)) continue;
      this.#known.add(event.seq);
      const last = this.events.at(-1);
      isInOrder &&= last === undefined || compareEvents(last, event) < 0;
      this.events.push(event);
    }
    if (!isInOrder) this.events.sort(compareEvents);
  }

  #forget(events) {
    for (const { seq } of events) this.#known.delete(seq);
  }

  /// Reloads the verdict on the conversation, which a new event can change.
  #scheduleVerdict() {
    if (this.#verdictTimer || this.id === "") return;
    this.#verdictTimer = setTimeout(async () => {
      this.#verdictTimer = 0;
      const { signal } = this.#abortController;
      try {
        const { conversation } = await api.getConversation(this.id, { limit: 1, signal });
        if (signal.aborted) return;
        this.conversation = conversation;
        this.onChange();
      } catch {
        // The next event retries.
      }
    }, VERDICT_INTERVAL_MS);
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
    this.#forget(this.events.splice(0, this.events.length - EVENTS_AFTER_TRIM));
    this.hasEarlier = true;
  }
}
