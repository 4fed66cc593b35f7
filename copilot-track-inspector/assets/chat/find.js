// Finds events in the open conversation, also those that are not loaded.

import * as api from "../api/client.js";

export class Find {
  /// The numbers of the matching events, in the order of the conversation.
  seqs = [];
  /// Whether there are more matches than the server returns.
  hasMore = false;
  /// The index of the current match, or -1.
  index = -1;
  query = "";
  error = "";
  #abortController;

  /// `onChange()` is called when the matches change, and `onGo(seq)` to show a match.
  constructor({ onChange, onGo }) {
    this.onChange = onChange;
    this.onGo = onGo;
  }

  /// Finds the events of the conversation `id`. Shows the match `current`, or else the first one if
  /// `isGoing` is true.
  async start(id, query, { current, isGoing = true } = {}) {
    this.stop();
    this.query = query;
    if (query === "") return;
    const controller = new AbortController();
    this.#abortController = controller;
    try {
      const { seqs, more } = await api.findInConversation(id, query, controller.signal);
      if (controller.signal.aborted) return;
      this.seqs = seqs;
      this.hasMore = more;
      this.index = seqs.indexOf(current);
    } catch (error) {
      if (controller.signal.aborted) return;
      // The conversation may not have arrived yet.
      if (error.status !== 404) this.error = error.message;
    }
    this.onChange();
    if (isGoing && this.index < 0) this.step(1);
  }

  stop() {
    this.#abortController?.abort();
    this.query = "";
    this.seqs = [];
    this.hasMore = false;
    this.index = -1;
    this.error = "";
    this.onChange();
  }

  /// Shows the next match, or with -1 the previous one. Starts again at the other end.
  step(direction) {
    const count = this.seqs.length;
    if (count === 0) return;
    const from = this.index < 0 && direction < 0 ? 0 : this.index;
    this.index = (from + direction + count) % count;
    this.onChange();
    this.onGo(this.seqs[this.index]);
  }

  /// Makes the event the current match, if it is one.
  setCurrent(seq) {
    const index = this.seqs.indexOf(seq);
    if (index < 0 || index === this.index) return;
    this.index = index;
    this.onChange();
  }
}
