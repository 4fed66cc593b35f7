// Tests how tabs share one stream, with simulated streams and locks.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { openLiveSource } from "../assets/api/live-source.js";

/// The open streams.
let streams;
let closers;

class FakeEventSource extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    streams.push(this);
  }

  close() {
    streams.splice(streams.indexOf(this), 1);
  }

  send(type, data, lastEventId = "") {
    const message = new Event(type);
    this.dispatchEvent(Object.assign(message, { data: JSON.stringify(data), lastEventId }));
  }
}

/// One lock, which is granted in the order of the requests.
class FakeLocks {
  #last = Promise.resolve();

  async request(name, { signal }, callback) {
    const previous = this.#last;
    const granted = previous.then(() => {
      if (signal.aborted) throw Object.assign(new Error("aborted"), { name: "AbortError" });
      return callback();
    });
    this.#last = granted.catch(() => {});
    return granted;
  }
}

beforeEach(() => {
  streams = [];
  closers = [];
  globalThis.EventSource = FakeEventSource;
  globalThis.document = Object.assign(new EventTarget(), {
    baseURI: "http://127.0.0.1:8077/",
    hidden: false,
  });
  setLocks(new FakeLocks());
});

afterEach(() => {
  for (const close of closers) close();
});

const setLocks = (locks) =>
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });

/// Opens a source and records what it reports.
function openTab(after) {
  const reports = [];
  const close = openLiveSource(after, {
    open: (lastSeq) => reports.push(`open ${lastSeq}`),
    error: () => reports.push("error"),
    message: (type, data) => reports.push(`${type} ${data}`),
  });
  closers.push(close);
  return { reports, close };
}

async function until(condition) {
  for (let attempt = 0; !condition(); attempt += 1) {
    assert.ok(attempt < 10_000, "the condition is never met");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("the tabs of a browser share one stream", async () => {
  const [first, second, third] = [openTab(5), openTab(5), openTab(7)];
  await until(() => streams.length === 1);
  streams[0].dispatchEvent(new Event("open"));
  streams[0].send("state", { lastSeq: 5 });
  await until(() => third.reports.length === 2 && second.reports.length === 2);
  assert.deepEqual(first.reports, ["open undefined", 'state {"lastSeq":5}']);
  assert.deepEqual(second.reports, ["open 5", 'state {"lastSeq":5}']);

  // A tab that joins later receives the last state, and the number of the last event.
  streams[0].send("events", { events: [6, 7] }, "7");
  await until(() => second.reports.length === 3);
  const late = openTab(6);
  await until(() => late.reports.length === 2);
  assert.deepEqual(late.reports, ["open 7", 'state {"lastSeq":5}']);
  assert.equal(streams.length, 1);

  // After the first tab is closed, the next one continues with the following event.
  first.close();
  await until(() => streams.length === 1);
  assert.match(streams[0].url, /after=7$/);
  streams[0].dispatchEvent(new Event("open"));
  streams[0].send("events", { events: [8] }, "8");
  await until(() => third.reports.at(-1) === 'events {"events":[8]}');
  await until(() => late.reports.at(-1) === 'events {"events":[8]}');
  assert.equal(first.reports.at(-1), 'events {"events":[6,7]}');

  // An error ends only the stream of the tab that has it.
  streams[0].dispatchEvent(new Event("error"));
  assert.equal(second.reports.at(-1), "error");
  second.close();
  await until(() => streams.length === 1);
  assert.match(streams[0].url, /after=8$/);
  assert.ok(!third.reports.includes("error"));
});

test("without locks, each tab has a stream while it is visible", () => {
  setLocks(undefined);
  const { reports } = openTab(3);
  assert.equal(streams.length, 1);
  streams[0].dispatchEvent(new Event("open"));
  streams[0].send("events", { events: [4] }, "4");
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(streams.length, 0);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  assert.match(streams[0].url, /after=4$/);
  assert.deepEqual(reports, ["open undefined", 'events {"events":[4]}']);
});
