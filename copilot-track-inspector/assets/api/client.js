// The inspector's HTTP API, with one function per endpoint.

/// An error with a message for the user. The message comes from the server or explains why there
/// was no valid response.
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/// The URL of the page, with a trailing slash. The page can be below a path.
export const pageUrl = () => new URL(".", document.baseURI).href;

async function request(path, { query = {}, as = "json", ...options } = {}) {
  const url = new URL(path, pageUrl());
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  let response;
  try {
    response = await fetch(url, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The inspector is not responding. Is it still running?", 0);
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(errorMessage(text, response.status), response.status);
  if (as === "text") return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("The inspector sent an invalid response.", response.status);
  }
}

function errorMessage(text, status) {
  try {
    const { error } = JSON.parse(text);
    if (typeof error === "string") return error;
  } catch {
    // The response is not JSON. It may be a proxy's error page. Report the status instead.
  }
  return `The inspector responded with status ${status}.`;
}

const jsonRequest = (method, value) => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

export const getState = () => request("api/state");

export const listConversations = ({ limit = 50, before, q, problems, ended, signal } = {}) =>
  request("api/conversations", { query: { limit, before, q, problems, ended }, signal });

/// Always sends `id`. An empty `id` means events outside any conversation.
export function getConversation(id, { limit = 200, before, upTo, after, signal } = {}) {
  const query = new URLSearchParams({ id, limit, raw: 0 });
  if (before !== undefined) query.set("before", before);
  if (upTo !== undefined) query.set("upTo", upTo);
  if (after !== undefined) query.set("after", after);
  return request(`api/conversation?${query}`, { signal });
}

/// Returns `{ seqs, more }`: the numbers of the conversation's events that match a search.
export const findInConversation = (id, q, signal) =>
  request(`api/find?${new URLSearchParams({ id, q })}`, { signal });

/// Returns the event as JSON text, because `JSON.parse` rounds large numbers.
export const getEventText = (seq, signal) => request(`api/events/${seq}`, { as: "text", signal });

export const setChaos = (chaos) => request("api/chaos", jsonRequest("PUT", chaos));
// Sends a JSON body, because a form on another site cannot send one.
export const deleteAll = () => request("reset", jsonRequest("POST", {}));
export const importEvents = (text) =>
  request("api/import", {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: text,
  });

/// Sends calls, given as JSON, through the tracking API. The text is sent unchanged, because
/// `JSON.parse` rounds large numbers. The header prevents the inspector from forwarding the calls.
export const sendCallText = (...json) =>
  request("v1/batch", {
    method: "POST",
    headers: { "x-inspector-forward": "no" },
    body: `{"writeKey":"inspector-page","sentAt":"${new Date().toISOString()}","batch":[${json.join()}]}`,
  });

export const sendCall = (call) => sendCallText(JSON.stringify(call));

export const getNumbers = (signal) => request("api/numbers", { signal });

/// Returns the events of a conversation as JSON lines.
export const exportConversation = (id) => request(exportUrl(id), { as: "text" });

export const deleteConversation = (id) =>
  request(`api/conversation?${new URLSearchParams({ id })}`, { method: "DELETE" });

export const shareUrl = (id) => `api/share?${new URLSearchParams({ id })}`;

export const exportUrl = (id) => `api/export?${new URLSearchParams({ id })}`;

export const liveUrl = (after) => `api/live?after=${after}`;
