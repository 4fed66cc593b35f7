// The calls of the inspector's API, each one function.

/// What the server said, or why there was no answer, in words for the reader.
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function call(path, { query = {}, as = "json", ...options } = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  let response;
  try {
    response = await fetch(url, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The inspector does not answer. Is it still running?", 0);
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(reason(text, response.status), response.status);
  if (as === "text") return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("The inspector's answer is no JSON.", response.status);
  }
}

function reason(text, status) {
  try {
    const { error } = JSON.parse(text);
    if (typeof error === "string") return error;
  } catch {
    // A proxy's page, say: its status tells more than its HTML.
  }
  return `The inspector answered ${status}.`;
}

const json = (method, value) => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

export const state = () => call("/api/state");

export const conversations = ({ limit = 50, before, q, problems, ended, signal } = {}) =>
  call("/api/conversations", { query: { limit, before, q, problems, ended }, signal });

/// `id` is always sent: an empty one is "outside of any conversation".
export function conversation(id, { limit = 200, before, after, signal } = {}) {
  const query = new URLSearchParams({ id, limit, raw: 0 });
  if (before !== undefined) query.set("before", before);
  if (after !== undefined) query.set("after", after);
  return call(`/api/conversation?${query}`, { signal });
}

/// The text of the answer: numbers beyond a double's digits are lost by `JSON.parse`.
export const eventText = (seq, signal) => call(`/api/events/${seq}`, { as: "text", signal });

export const chaos = () => call("/api/chaos");
export const setChaos = (chaos) => call("/api/chaos", json("PUT", chaos));
// With a JSON body, so that no form of a foreign page can send the like.
export const reset = () => call("/reset", json("POST", {}));
export const importLines = (text) =>
  call("/api/import", {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: text,
  });

export const liveUrl = (after) => `/api/live?after=${after}`;
