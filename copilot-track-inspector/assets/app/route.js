// The route, which is the open conversation and event. It is stored in the URL's hash.

/// Returns `{ conversation, seq }`. `conversation` is undefined if none is open, and "" for the
/// events outside any conversation.
export function parseRoute(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const seq = Number(query.get("e"));
  return {
    conversation: query.get("c") ?? undefined,
    seq: Number.isSafeInteger(seq) && seq > 0 ? seq : undefined,
  };
}

/// Returns the hash of a route, or "" if nothing is open.
export function formatRoute({ conversation, seq }) {
  if (conversation === undefined) return "";
  const query = new URLSearchParams({ c: conversation });
  if (seq !== undefined) query.set("e", seq);
  return `#${query}`;
}
