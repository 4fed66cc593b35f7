// The conversations that the page knows, newest first, and the filters on them.

import * as api from "../api/client.js";
import { fold, merged } from "../model/conversation-summary.js";

const PAGE = 50;
/// On the way down twice as many come each time, so that a hundred thousand are within reach.
const NEXT = 200;
const MOST_NEXT = 5000;
/// Of a flood of new conversations so many are kept; older ones are loaded again on the way down.
const MOST_KEPT = 2000;
/// With a filter on, the server is asked again so often at most while events arrive.
const ASK_AGAIN_MS = 1000;

export class ListStore {
  items = [];
  more = false;
  loading = false;
  error = "";
  filter = { q: "", problems: false, ended: undefined };
  /// How far down the reader is: what is above is never trimmed away.
  lastVisible = 0;
  #byId = new Map();
  #waiting;
  #abort;
  #askAgain = 0;
  #next = NEXT;
  #asked = new Set();

  constructor(changed) {
    this.changed = changed;
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

  #query(before, limit = PAGE) {
    const { q, problems, ended } = this.filter;
    return {
      before,
      limit,
      q,
      problems: problems ? 1 : undefined,
      ended: ended === undefined ? undefined : Number(ended),
      signal: this.#abort.signal,
    };
  }

  /// The first page, anew. `quiet` keeps what is shown until the answer is there.
  async load({ quiet = false } = {}) {
    this.#abort?.abort();
    this.#abort = new AbortController();
    const mine = this.#abort;
    this.#waiting = [];
    this.#next = NEXT;
    this.loading = true;
    if (!quiet) this.changed();
    try {
      // A quiet reload must not take away what was scrolled to.
      const limit = quiet ? Math.min(MOST_NEXT, Math.max(PAGE, this.lastVisible + 20)) : PAGE;
      const page = await api.conversations(this.#query(undefined, limit));
      if (mine !== this.#abort) return;
      this.error = "";
      this.more = page.more;
      this.#replace(page.conversations);
      const late = this.#waiting.filter((event) => event.seq > (page.lastSeq ?? 0));
      this.#waiting = undefined;
      this.loading = false;
      if (late.length > 0) this.take(late);
    } catch (error) {
      if (mine !== this.#abort || error.name === "AbortError") return;
      this.#waiting = undefined;
      this.loading = false;
      this.error = error.message;
    }
    this.changed();
  }

  async loadMore() {
    if (this.loading || !this.more || this.items.length === 0) return;
    this.loading = true;
    const mine = this.#abort;
    try {
      const page = await api.conversations(this.#query(this.items.at(-1).lastSeq, this.#next));
      if (mine !== this.#abort) return;
      this.#next = Math.min(MOST_NEXT, this.#next * 2);
      this.more = page.more;
      // One that got a new event since is in the list already, at its new place.
      for (const one of page.conversations) {
        if (this.#byId.has(one.id)) continue;
        this.#byId.set(one.id, one);
        this.items.push(one);
      }
    } catch (error) {
      if (mine !== this.#abort || error.name === "AbortError") return;
      this.error = error.message;
    } finally {
      if (mine === this.#abort) this.loading = false;
    }
    this.changed();
  }

  clear() {
    this.#abort?.abort();
    this.#replace([]);
    this.more = false;
    this.changed();
  }

  #replace(list) {
    this.items = list;
    this.#byId = new Map(list.map((one) => [one.id, one]));
  }

  take(events) {
    if (this.#waiting) {
      this.#waiting.push(...events);
      return;
    }
    if (this.isFiltered) {
      this.#later();
      return;
    }
    const changed = new Set();
    for (const event of events) {
      const id = event.conversationId ?? "";
      const old = this.#byId.get(id);
      const is = fold(old, event);
      if (!old) {
        // The whole list is here: there were no earlier events of it.
        if (!this.more) is.partial = false;
        this.#byId.set(id, is);
      }
      changed.add(is);
    }
    this.items = merged(this.items, changed);
    this.#trim();
    this.changed();
  }

  #trim() {
    const keep = Math.max(MOST_KEPT, this.lastVisible + 200);
    if (this.items.length <= keep * 1.25) return;
    for (const one of this.items.splice(keep)) this.#byId.delete(one.id);
    this.more = true;
  }

  #later() {
    if (this.#askAgain) return;
    this.#askAgain = setTimeout(() => {
      this.#askAgain = 0;
      this.load({ quiet: true });
    }, ASK_AGAIN_MS);
  }

  /// Asks for the true counts of those in view that the page came to know in their midst.
  async complete(visible) {
    const partial = visible.filter((one) => one.partial && !this.#asked.has(one.id)).slice(0, 8);
    for (const one of partial) {
      this.#asked.add(one.id);
      try {
        const { conversation } = await api.conversation(one.id, { limit: 1 });
        const now = this.#byId.get(one.id);
        if (!now || !conversation) continue;
        // Events that came while the question was under way are in neither count twice.
        if (conversation.lastSeq >= now.lastSeq) Object.assign(now, conversation);
        else now.events = Math.max(now.events, conversation.events + 1);
        now.partial = conversation.lastSeq < now.lastSeq;
        this.changed();
      } catch {
        // It is asked again when it is drawn again; the counts are too low until then.
      } finally {
        this.#asked.delete(one.id);
      }
    }
  }
}
