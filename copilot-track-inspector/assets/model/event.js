// Determines how an event is displayed: its kind, title, text, and extra properties. Pure
// functions.
//
// Events in lists and in the live stream have `properties` without ids and message body. Full
// events have `raw`. A property can have any JSON type, so these functions accept all types.

/// The kinds of the spec's events, by name.
const KIND_BY_NAME = new Map([
  ["Conversation Started", "started"],
  ["Message Sent", "sent"],
  ["Message Received", "received"],
  ["Conversation Ended", "ended"],
  ["Action Invoked", "tool"],
  ["Media Generated", "media"],
  ["Component Loaded", "component"],
  ["Custom Component Loaded", "component"],
  ["Feedback Submitted", "feedback"],
]);

/// Properties that a row shows separately.
const SHOWN_PROPERTIES = {
  sent: ["role"],
  received: ["role", "completion", "duration_ms", "first_chunk_ms"],
  tool: ["role", "type", "action", "duration_ms", "outcome", "error_type"],
  media: ["role", "type", "sub_type"],
  component: ["type"],
  feedback: ["rating"],
  ended: ["message_count"],
};

const HIDDEN_PROPERTIES = ["conversationId", "messageId", "message_body"];

/// Returns one of `started`, `sent`, `received`, `ended`, `tool`, `media`, `component`, `feedback`,
/// `custom`, `identify`, `page`, `screen`, `group`, `alias`, or `other`.
export function eventKind(event) {
  if (event.type === "track") return KIND_BY_NAME.get(event.event) ?? "custom";
  if (["identify", "page", "screen", "group", "alias"].includes(event.type)) return event.type;
  return "other";
}

/// Returns the event's title.
export function eventTitle(event) {
  if (event.type === "track") return displayText(event.event) || "Unnamed track call";
  const name = displayText(event.name ?? event.raw?.name);
  const call = displayText(event.type);
  if (!call) return "Call without a type";
  const label = call[0].toUpperCase() + call.slice(1);
  return name ? `${label}: ${name}` : label;
}

/// Returns the event's properties, or the traits of an identify or group call.
export function eventProperties(event) {
  const isTraits = event.type === "identify" || event.type === "group";
  const values = isTraits
    ? (event.traits ?? event.raw?.traits)
    : (event.properties ?? event.raw?.properties);
  return values !== null && typeof values === "object" && !Array.isArray(values) ? values : {};
}

/// Returns the message's text as far as it is loaded, whether it is truncated, and its full size.
export function messageBody(event) {
  const fullText = event.raw?.properties?.message_body;
  if (typeof fullText === "string")
    return { text: fullText, isTruncated: false, bytes: event.textBytes };
  if (typeof event.text !== "string") return { text: "", isTruncated: false, bytes: 0 };
  return { text: event.text, isTruncated: (event.textBytes ?? 0) > 4096, bytes: event.textBytes };
}

/// Returns the properties that the row does not show separately, as `[name, text]`.
export function extraProperties(event) {
  const shown = SHOWN_PROPERTIES[eventKind(event)] ?? [];
  return Object.entries(eventProperties(event))
    .filter(([name]) => !shown.includes(name) && !HIDDEN_PROPERTIES.includes(name))
    .map(([name, value]) => [name, inlineText(value)]);
}

/// Formats a value on one line.
function inlineText(value) {
  if (typeof value === "string") return value;
  const json = JSON.stringify(value);
  return json === undefined ? "" : json;
}

/// Formats any value as text. Null and undefined become the empty string.
export function displayText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : inlineText(value);
}

/// Returns whether a text has a character that can be seen. Zero-width characters cannot.
export const isVisible = (text) =>
  /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);

/// Formats a role for display: `ai_agent` becomes "ai agent".
export const roleLabel = (role) => displayText(role).replaceAll("_", " ");

const STATUSES = ["ok", "note", "warning", "error", "rejected"];

/// Returns the worse of two verdict statuses.
export const worseStatus = (one = "ok", other = "ok") =>
  STATUSES.indexOf(other) > STATUSES.indexOf(one) ? other : one;

export const hasProblem = (event) =>
  ["warning", "error", "rejected"].includes(event.verdict?.status);

/// Returns the time at which the event happened, in milliseconds.
export function eventTime(event) {
  const at = Date.parse(event.occurredAt ?? "");
  return Number.isNaN(at) ? Date.parse(event.receivedAt ?? "") : at;
}

/// Compares the positions of two events in their conversation.
export const compareEvents = (one, other) =>
  eventTime(one) - eventTime(other) || one.seq - other.seq;

/// Returns a label for the user.
export const userLabel = (user) =>
  displayText(user?.userId) || displayText(user?.anonymousId) || "Unknown user";
