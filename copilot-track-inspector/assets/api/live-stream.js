// The stream of what arrives. It reconnects by itself, always behind the last event that it gave, so
// that nothing is missing and nothing comes twice; pausing is closing it.
//
// An EventSource's own reconnect would do while the server stands; but it gives up for good when a
// restarting server (or a proxy) answers anything but a stream. So every broken connection is
// replaced by a new one here.

import { liveUrl } from "./client.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;

/// What is gathered while the page is not drawn (a tab in the background): beyond that the lists are
/// loaded anew, which costs less than to fold so many.
const MOST_GATHERED = 20_000;

export class Live {
  #source;
  #wait = FIRST_WAIT;
  #timer = 0;
  #queue = [];
  #overflown = false;
  #gaps = [];
  #scheduled = false;
  #lastFlush = 0;
  status = "connecting";
  lastSeq = 0;
  instance;

  /// `on` has `events(list)`, `lost(gaps)` (the lists must be loaded anew; of the
  /// gaps `{ from, to }` nothing can be had any more), `anew(state)` (the server's
  /// count began anew), `chaos`, `state`, `status`.
  constructor(on) {
    this.on = on;
    document.addEventListener("visibilitychange", () => this.#flush());
    // A laptop that wakes up need not wait for the time to be over.
    addEventListener("online", () => this.#status() !== "paused" && this.#retryNow());
  }

  start(after, instance) {
    this.lastSeq = after;
    this.instance = instance;
    this.#connect();
  }

  pause() {
    this.#close();
    this.#flush();
    this.#set("paused");
  }

  resume() {
    this.#wait = FIRST_WAIT;
    this.#connect();
  }

  #status() {
    return this.status;
  }

  #set(status) {
    if (this.status === status) return;
    this.status = status;
    this.on.status(status);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #retryNow() {
    if (this.status === "live") return;
    this.#wait = FIRST_WAIT;
    this.#connect();
  }

  #connect() {
    this.#close();
    if (this.status !== "live") this.#set("connecting");
    const source = new EventSource(liveUrl(this.lastSeq));
    this.#source = source;
    const hear = (name, act) =>
      source.addEventListener(name, (message) => {
        if (this.#source !== source) return;
        let data;
        try {
          data = JSON.parse(message.data);
        } catch {
          return this.#broken(source);
        }
        act(data);
      });
    source.addEventListener("open", () => {
      if (this.#source !== source) return;
      this.#wait = FIRST_WAIT;
      this.#set("live");
    });
    source.addEventListener("error", () => this.#broken(source));
    hear("events", ({ events }) => this.#take(events));
    hear("gap", (gap) => {
      this.lastSeq = Math.max(this.lastSeq, gap.to ?? 0);
      this.#gaps.push(gap);
      this.#overflown = true;
      this.#schedule();
    });
    hear("reset", () => {
      this.#queue = [];
      this.on.anew();
    });
    hear("chaos", (chaos) => this.on.chaos(chaos));
    hear("state", (state) => {
      if (this.#isAnew(state)) {
        this.#queue = [];
        // The lists are asked for behind this moment, so that the stream goes on from here.
        this.lastSeq = state.lastSeq;
        this.instance = state.instance;
        this.on.anew();
        this.#connect();
        return;
      }
      this.instance = state.instance ?? this.instance;
      this.on.state(state);
    });
  }

  #isAnew(state) {
    if (state.instance && this.instance) return state.instance !== this.instance;
    return state.lastSeq < this.lastSeq;
  }

  #broken(source) {
    if (this.#source !== source) return;
    this.#close();
    this.#set("reconnecting");
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2);
  }

  #take(events) {
    for (const event of events) {
      if (event.seq <= this.lastSeq) continue;
      this.lastSeq = event.seq;
      if (this.#queue.length < MOST_GATHERED) this.#queue.push(event);
      else this.#overflown = true;
    }
    this.#schedule();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const run = () => {
      this.#scheduled = false;
      this.#flush();
    };
    // A burst is drawn five times a second: what nobody can read needs no frame of its own.
    const since = performance.now() - this.#lastFlush;
    if (document.hidden) setTimeout(run, 1000);
    else if (since < 200) setTimeout(() => requestAnimationFrame(run), 200 - since);
    else requestAnimationFrame(run);
  }

  #flush() {
    this.#lastFlush = performance.now();
    if (this.#overflown) {
      this.#overflown = false;
      this.#queue = [];
      this.on.lost(this.#gaps.splice(0));
      return;
    }
    if (this.#queue.length === 0) return;
    const events = this.#queue;
    this.#queue = [];
    this.on.events(events);
  }
}
