// The calls of the inspector's API, each one function.

/// What the server said, or why there was no answer, in words for the reader.
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function request(path, { query = {}, as = "json", ...options } = {}) {
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
  if (!response.ok) throw new ApiError(errorMessage(text, response.status), response.status);
  if (as === "text") return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("The inspector's answer is no JSON.", response.status);
  }
}

function errorMessage(text, status) {
  try {
    const { error } = JSON.parse(text);
    if (typeof error === "string") return error;
  } catch {
    // A proxy's page, say: its status tells more than its HTML.
  }
  return `The inspector answered ${status}.`;
}

const jsonRequest = (method, value) => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

export const getState = () => request("/api/state");

export const listConversations = ({ limit = 50, before, q, problems, ended, signal } = {}) =>
  request("/api/conversations", { query: { limit, before, q, problems, ended }, signal });

/// `id` is always sent: an empty one is "outside of any conversation".
export function getConversation(id, { limit = 200, before, after, signal } = {}) {
  const query = new URLSearchParams({ id, limit, raw: 0 });
  if (before !== undefined) query.set("before", before);
  if (after !== undefined) query.set("after", after);
  return request(`/api/conversation?${query}`, { signal });
}

/// The text of the answer: numbers beyond a double's digits are lost by `JSON.parse`.
export const getEventText = (seq, signal) => request(`/api/events/${seq}`, { as: "text", signal });

export const setChaos = (chaos) => request("/api/chaos", jsonRequest("PUT", chaos));
// With a JSON body, so that no form of a foreign page can send the like.
export const deleteAll = () => request("/reset", jsonRequest("POST", {}));
export const importEvents = (text) =>
  request("/api/import", {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: text,
  });

export const liveUrl = (after) => `/api/live?after=${after}`;
