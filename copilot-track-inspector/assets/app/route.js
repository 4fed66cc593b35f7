// The address keeps what is open, so that it can be shared and the back button works.

/// `{ conversation, seq }`; `conversation` is undefined when none is open, and "" outside of all.
export function parseRoute(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const seq = Number(query.get("e"));
  return {
    conversation: query.get("c") ?? undefined,
    seq: Number.isSafeInteger(seq) && seq > 0 ? seq : undefined,
  };
}

export function formatRoute({ conversation, seq }) {
  if (conversation === undefined) return "";
  const query = new URLSearchParams({ c: conversation });
  if (seq !== undefined) query.set("e", seq);
  return `#${query}`;
}
