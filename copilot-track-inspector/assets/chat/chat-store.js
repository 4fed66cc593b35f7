// The events of the conversation that is open: a stretch of them, without holes, that grows at
// either end and is bounded. Other conversations' events are not kept.

import * as api from "../api/client.js";

const PAGE = 200;
/// So many events are kept; while the reader follows the end, the oldest go.
export const MOST_KEPT = 3000;
const KEPT_AFTER_TRIM = 2000;

export class ChatStore {
  id;
  conversation;
  events = [];
  moreBefore = false;
  moreAfter = false;
  loading = false;
  loadingMore = false;
  error = "";
  /// Events that came while the reader was further up; NaN if nobody counted them.
  missed = 0;
  /// Stretches of numbers whose events, of whatever conversation, made room before they came here.
  gaps = [];
  #waiting;
  #abort = new AbortController();

  constructor(changed, failed) {
    this.changed = changed;
    this.failed = failed;
  }

  get isOpen() {
    return this.id !== undefined;
  }

  close() {
    this.#begin(undefined);
    this.changed();
  }

  #begin(id) {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.id = id;
    this.conversation = undefined;
    this.events = [];
    this.moreBefore = false;
    this.moreAfter = false;
    this.loading = false;
    this.loadingMore = false;
    this.error = "";
    this.missed = 0;
    this.gaps = [];
    this.#waiting = undefined;
  }

  /// Opens a conversation at its end, or round the event `seq`.
  async open(id, seq) {
    this.#begin(id);
    this.loading = true;
    this.#waiting = [];
    this.changed();
    const mine = this.#abort;
    const { signal } = mine;
    try {
      const before = seq === undefined ? undefined : seq + 1;
      const [page, behind] = await Promise.all([
        api.conversation(id, { limit: PAGE, before, signal }),
        seq === undefined ? undefined : api.conversation(id, { limit: PAGE, after: seq, signal }),
      ]);
      if (mine !== this.#abort) return;
      this.conversation = page.conversation;
      this.events = page.events.concat(behind?.events ?? []);
      this.moreBefore = page.more;
      this.moreAfter = behind?.more ?? false;
      const late = this.#waiting;
      this.#waiting = undefined;
      this.loading = false;
      this.take(late, { follow: true });
    } catch (error) {
      if (mine !== this.#abort || error.name === "AbortError") return;
      this.#waiting = undefined;
      this.loading = false;
      // One that nothing was sent to yet may begin any moment: a link to it may be open already.
      if (error.status !== 404) this.error = error.message;
    }
    this.changed();
  }

  async loadBefore() {
    if (this.loadingMore || !this.moreBefore || this.events.length === 0) return;
    await this.#page({ before: this.events[0].seq }, (page) => {
      this.events = page.events.concat(this.events);
      this.moreBefore = page.more;
      if (this.events.length > MOST_KEPT) {
        this.events.length = KEPT_AFTER_TRIM;
        this.moreAfter = true;
      }
    });
  }

  async loadAfter() {
    if (this.loadingMore || !this.moreAfter || this.events.length === 0) return;
    await this.#page({ after: this.events.at(-1).seq }, (page) => {
      this.events.push(...page.events);
      this.moreAfter = page.more;
      this.missed = this.moreAfter ? Math.max(0, this.missed - page.events.length) : 0;
      this.#trimHead();
    });
  }

  async #page(where, use) {
    this.loadingMore = true;
    const mine = this.#abort;
    try {
      const page = await api.conversation(this.id, { limit: PAGE, ...where, signal: mine.signal });
      if (mine !== this.#abort) return;
      use(page);
    } catch (error) {
      if (mine !== this.#abort || error.name === "AbortError") return;
      // Nothing is drawn anew, which would ask again at once: the next scroll does.
      if (error.status !== 404) {
        this.failed(error);
        return;
      }
      // All of it has made room since.
      use({ events: [], more: false });
    } finally {
      if (mine === this.#abort) this.loadingMore = false;
    }
    this.changed();
  }

  /// Takes what arrived. `follow`: the reader is at the end.
  take(all, { follow }) {
    if (!this.isOpen) return;
    const events = all.filter((event) => (event.conversationId ?? "") === this.id);
    if (events.length === 0) return;
    if (this.#waiting) {
      this.#waiting.push(...events);
      return;
    }
    // What was there before could not be loaded: a piece of it would look like the whole.
    if (this.error !== "") return;
    const last = this.events.at(-1)?.seq ?? 0;
    const fresh = events.filter((event) => event.seq > last);
    if (!follow) this.missed += fresh.length;
    if (this.moreAfter || (!follow && this.events.length + fresh.length > MOST_KEPT)) {
      this.moreAfter = true;
    } else {
      this.events.push(...fresh);
      if (follow) this.#trimHead();
    }
    this.changed();
  }

  /// Events were missed, and the reader is not at the end: what is here stays, and what is left of the
  /// others comes on the way down.
  lost(gaps) {
    // A page that is under way does not know of them.
    this.#abort.abort();
    this.#abort = new AbortController();
    this.loadingMore = false;
    this.gaps.push(...gaps);
    this.moreAfter = true;
    this.missed = NaN;
    this.changed();
  }

  #trimHead() {
    if (this.events.length <= MOST_KEPT) return;
    this.events.splice(0, this.events.length - KEPT_AFTER_TRIM);
    this.moreBefore = true;
  }
}
