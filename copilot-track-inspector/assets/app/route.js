// The route: the open conversation and event, the search, the filters of the list, and the text that
// is found in the conversation, or another view. It is stored in the URL's hash.

/// Returns `{ conversation, seq, q, problems, ended, find, view }`. `conversation` is undefined if none
/// is open, and "" for the events outside any conversation. `ended` is undefined if the list contains
/// open and ended conversations. `find` is undefined if it is the same as `q`. `view` is "numbers" or
/// missing.
export function parseRoute(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const seq = Number(query.get("e"));
  const ended = { 0: false, 1: true }[query.get("ended")];
  return {
    conversation: query.get("c") ?? undefined,
    seq: Number.isSafeInteger(seq) && seq > 0 ? seq : undefined,
    q: query.get("q") ?? "",
    problems: query.get("problems") === "1",
    ended,
    find: query.get("find") ?? undefined,
    ...(query.get("view") === "numbers" && { view: "numbers" }),
  };
}

/// Returns the hash of a route, or "" if nothing is open and nothing is filtered.
export function formatRoute({ conversation, seq, q, problems, ended, find, view }) {
  const query = new URLSearchParams();
  if (view !== undefined) query.set("view", view);
  if (conversation !== undefined) {
    query.set("c", conversation);
    if (seq !== undefined) query.set("e", seq);
    if (find !== undefined) query.set("find", find);
  }
  if (q) query.set("q", q);
  if (problems) query.set("problems", "1");
  if (ended !== undefined) query.set("ended", Number(ended));
  const hash = String(query);
  return hash === "" ? "" : `#${hash}`;
}

/// Returns the part of a route that selects conversations.
export const listFilter = ({ q = "", problems = false, ended }) => ({ q, problems, ended });
