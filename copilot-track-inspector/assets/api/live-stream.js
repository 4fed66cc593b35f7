// The stream of live updates. It reconnects automatically and resumes after the last delivered
// event, so that no event is missing or repeated. Pausing closes the connection.
//
// `EventSource` stops reconnecting when a restarting server or a proxy responds with anything but
// an event stream. This class therefore opens a new source after every error.

import { openLiveSource } from "./live-source.js";

const MIN_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;

/// Maximum number of events queued while the page is not rendered, for example in a background tab.
/// Beyond this number, reloading the lists is cheaper than applying the events.
const MAX_QUEUED_EVENTS = 20_000;

export class LiveStream {
  #connection;
  #retryDelay = MIN_RETRY_MS;
  #retryTimer = 0;
  #queue = [];
  #overflowed = false;
  #gaps = [];
  #isFlushScheduled = false;
  #lastFlushAt = 0;
  status = "connecting";
  lastSeq = 0;
  instance;

  /// `handlers` has these methods:
  /// - `events(events)`: new events, in order
  /// - `missed(gaps)`: events were skipped, so the lists must be reloaded; `gaps` are ranges
  ///   `{ from, to }` of which the server no longer has all events
  /// - `restarted()`: the server's `seq` started over, or everything was deleted
  /// - `deleted({ conversation, upTo })`: the conversation's events up to the `seq` were deleted
  /// - `chaos(state)`, `state(state)`: the server's new state
  /// - `status(status)`: "connecting", "live", "paused", or "reconnecting"
  constructor(handlers) {
    this.handlers = handlers;
    document.addEventListener("visibilitychange", () => this.#flush());
    // When a laptop wakes up, reconnect without waiting for the retry delay.
    addEventListener("online", () => this.status !== "paused" && this.#retryNow());
  }

  start(after, instance) {
    this.lastSeq = after;
    this.instance = instance;
    this.#connect();
  }

  pause() {
    this.#close();
    this.#flush();
    this.#setStatus("paused");
  }

  resume() {
    this.#retryDelay = MIN_RETRY_MS;
    this.#connect();
  }

  #setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    this.handlers.status(status);
  }

  #close() {
    clearTimeout(this.#retryTimer);
    this.#connection?.close?.();
    this.#connection = undefined;
  }

  #retryNow() {
    if (this.status === "live") return;
    this.#retryDelay = MIN_RETRY_MS;
    this.#connect();
  }

  #connect() {
    this.#close();
    if (this.status !== "live") this.#setStatus("connecting");
    const connection = {};
    this.#connection = connection;
    const isCurrent = () => this.#connection === connection;
    connection.close = openLiveSource(this.lastSeq, {
      open: (sharedSeq) => {
        if (!isCurrent()) return;
        this.#retryDelay = MIN_RETRY_MS;
        this.#setStatus("live");
        // Another tab has already received events that this tab has not.
        if (sharedSeq > this.lastSeq) this.#skipTo(sharedSeq);
      },
      error: () => this.#reconnectLater(connection),
      message: (type, text) => {
        if (!isCurrent()) return;
        let data;
        try {
          data = JSON.parse(text);
        } catch {
          this.#reconnectLater(connection);
          return;
        }
        this.#handle(type, data);
      },
    });
    // An error can be reported before the source is returned.
    if (!isCurrent()) connection.close();
  }

  #handle(type, data) {
    switch (type) {
      case "events":
        this.#enqueue(data.events);
        break;
      case "gap":
        this.#gaps.push(data);
        this.#skipTo(data.to ?? 0);
        break;
      case "deleted":
        this.#queue = this.#queue.filter(
          (event) => (event.conversationId ?? "") !== data.conversation || event.seq > data.upTo,
        );
        this.handlers.deleted(data);
        break;
      case "reset":
        this.#queue = [];
        this.handlers.restarted();
        break;
      case "chaos":
        this.handlers.chaos(data);
        break;
      default:
        this.#updateState(data);
    }
  }

  #updateState(state) {
    if (this.#hasRestarted(state)) {
      this.#queue = [];
      // The lists are reloaded afterwards and then contain all events up to this `seq`.
      this.lastSeq = state.lastSeq;
      this.instance = state.instance;
      this.handlers.restarted();
      this.#connect();
      return;
    }
    this.instance = state.instance ?? this.instance;
    this.handlers.state(state);
  }

  /// Continues after the event `seq`. The lists are reloaded.
  #skipTo(seq) {
    this.lastSeq = Math.max(this.lastSeq, seq);
    this.#overflowed = true;
    this.#scheduleFlush();
  }

  #hasRestarted(state) {
    if (state.instance && this.instance) return state.instance !== this.instance;
    return state.lastSeq < this.lastSeq;
  }

  #reconnectLater(connection) {
    if (this.#connection !== connection) return;
    this.#close();
    this.#setStatus("reconnecting");
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryDelay);
    this.#retryDelay = Math.min(MAX_RETRY_MS, this.#retryDelay * 2);
  }

  #enqueue(events) {
    // Another tab may have received the events in between.
    if (events.length > 0 && events[0].seq > this.lastSeq + 1) this.#overflowed = true;
    for (const event of events) {
      if (event.seq <= this.lastSeq) continue;
      this.lastSeq = event.seq;
      if (this.#queue.length < MAX_QUEUED_EVENTS) this.#queue.push(event);
      else this.#overflowed = true;
    }
    this.#scheduleFlush();
  }

  #scheduleFlush() {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    const flush = () => {
      this.#isFlushScheduled = false;
      this.#flush();
    };
    // Flush at most five times per second, so that a busy stream stays readable.
    const elapsed = performance.now() - this.#lastFlushAt;
    if (document.hidden) setTimeout(flush, 1000);
    else if (elapsed < 200) setTimeout(() => requestAnimationFrame(flush), 200 - elapsed);
    else requestAnimationFrame(flush);
  }

  #flush() {
    this.#lastFlushAt = performance.now();
    if (this.#overflowed) {
      this.#overflowed = false;
      this.#queue = [];
      this.handlers.missed(this.#gaps.splice(0));
      return;
    }
    if (this.#queue.length === 0) return;
    const events = this.#queue;
    this.#queue = [];
    this.handlers.events(events);
  }
}
