// The source of live messages. All tabs of a browser share one stream, because a browser opens at
// most six connections to a host with HTTP/1.1.
//
// One tab, the leader, holds a lock and the stream, and passes all messages on to the other tabs. When
// it is closed or paused, the next tab gets the lock and opens a stream. Where the browser does not
// offer locks, which need a secure context, each tab opens its own stream, but only while it is
// visible.

import { liveUrl, pageUrl } from "./client.js";

const MESSAGE_TYPES = ["events", "gap", "deleted", "reset", "chaos", "state"];

/// Opens a source of the messages after the event `after`. `handlers` has these methods:
/// - `open(lastSeq)`: the stream is open; `lastSeq` is the last event that it has delivered to
///   another tab, if there is one
/// - `error()`: the stream has ended
/// - `message(type, data)`: a message of the live stream, whose data is text
///
/// Returns a function that closes the source.
export function openLiveSource(after, handlers) {
  if (navigator.locks && globalThis.BroadcastChannel) return openShared(after, handlers);
  return openWhileVisible(after, handlers);
}

/// Opens a stream of this tab.
function openStream(after, { open, error, message }) {
  const source = new EventSource(liveUrl(after));
  source.addEventListener("open", () => open());
  source.addEventListener("error", () => error());
  for (const type of MESSAGE_TYPES)
    source.addEventListener(type, ({ data, lastEventId }) => message(type, data, lastEventId));
  return source;
}

function openShared(after, handlers) {
  const name = `live ${new URL(pageUrl()).pathname}`;
  const channel = new BroadcastChannel(name);
  const closing = new AbortController();
  let lastSeq = after;
  let isOpen = false;
  let isLeader = false;
  /// The last message of each of these types, for tabs that join later.
  const latest = {};

  channel.addEventListener("message", ({ data: shared }) => {
    if (closing.signal.aborted) return;
    if (isLeader) {
      if (shared.kind === "join" && isOpen) channel.postMessage({ kind: "open", lastSeq, latest });
    } else if (shared.kind === "open" && !isOpen) {
      isOpen = true;
      lastSeq = Math.max(lastSeq, shared.lastSeq);
      handlers.open(shared.lastSeq);
      for (const [type, data] of Object.entries(shared.latest)) handlers.message(type, data);
    } else if (shared.kind === "message" && isOpen) {
      lastSeq = Math.max(lastSeq, shared.lastSeq);
      handlers.message(shared.type, shared.data);
    }
  });
  channel.postMessage({ kind: "join" });

  const lead = () => {
    isLeader = true;
    isOpen = false;
    return new Promise((resolve) => {
      const stream = openStream(lastSeq, {
        open() {
          isOpen = true;
          handlers.open();
          channel.postMessage({ kind: "open", lastSeq, latest });
        },
        error() {
          isOpen = false;
          handlers.error();
        },
        message(type, data, id) {
          if (type === "events") lastSeq = Number(id) || lastSeq;
          if (type === "state" || type === "chaos") latest[type] = data;
          channel.postMessage({ kind: "message", type, data, lastSeq });
          handlers.message(type, data);
        },
      });
      const close = () => {
        stream.close();
        resolve();
      };
      if (closing.signal.aborted) close();
      else closing.signal.addEventListener("abort", close);
    });
  };
  navigator.locks.request(name, { signal: closing.signal }, lead).catch((error) => {
    // The source was closed before it got the lock.
    if (error.name !== "AbortError") handlers.error();
  });
  return () => {
    closing.abort();
    channel.close();
  };
}

function openWhileVisible(after, handlers) {
  let lastSeq = after;
  let stream;
  const update = () => {
    if (document.hidden) {
      stream?.close();
      stream = undefined;
    } else {
      stream ??= openStream(lastSeq, {
        ...handlers,
        message(type, data, id) {
          if (type === "events") lastSeq = Number(id) || lastSeq;
          handlers.message(type, data);
        },
      });
    }
  };
  document.addEventListener("visibilitychange", update);
  update();
  return () => {
    document.removeEventListener("visibilitychange", update);
    stream?.close();
  };
}
