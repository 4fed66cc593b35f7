// What an event is, for the eye: its kind, its name, its extra properties. Pure.
//
// Light events (lists, live) carry `properties` without ids and body; whole ones carry `raw`. Nothing
// here trusts a type: a property may be anything that JSON can be.

/// The spec's events, by name, and how the chat shows each.
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

/// Properties that a row shows in a place of their own.
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

/// One of `started`, `sent`, `received`, `ended`, `tool`, `media`, `component`, `feedback`, `custom`,
/// `identify`, `page`, `screen`, `group`, `alias`, `other`.
export function eventKind(event) {
  if (event.type === "track") return KIND_BY_NAME.get(event.event) ?? "custom";
  if (["identify", "page", "screen", "group", "alias"].includes(event.type)) return event.type;
  return "other";
}

/// What stands for the event in a heading.
export function eventTitle(event) {
  if (event.type === "track") return displayText(event.event) || "Track without a name";
  const name = displayText(event.name ?? event.raw?.name);
  const call = displayText(event.type);
  if (!call) return "Call without a type";
  const label = call[0].toUpperCase() + call.slice(1);
  return name ? `${label}: ${name}` : label;
}

export function eventProperties(event) {
  const isTraits = event.type === "identify" || event.type === "group";
  const values = isTraits
    ? (event.traits ?? event.raw?.traits)
    : (event.properties ?? event.raw?.properties);
  return values !== null && typeof values === "object" && !Array.isArray(values) ? values : {};
}

/// The message's text, as far as the page has it, and whether there is more.
export function messageBody(event) {
  const fullText = event.raw?.properties?.message_body;
  if (typeof fullText === "string") return { text: fullText, isTruncated: false, bytes: event.textBytes };
  if (typeof event.text !== "string") return { text: "", isTruncated: false, bytes: 0 };
  return { text: event.text, isTruncated: (event.textBytes ?? 0) > 4096, bytes: event.textBytes };
}

/// What the event has beside the spec's properties that its row shows: `[name, text]`.
export function extraProperties(event) {
  const shown = SHOWN_PROPERTIES[eventKind(event)] ?? [];
  return Object.entries(eventProperties(event))
    .filter(([name]) => !shown.includes(name) && !HIDDEN_PROPERTIES.includes(name))
    .map(([name, value]) => [name, inlineText(value)]);
}

/// A value on one line.
function inlineText(value) {
  if (typeof value === "string") return value;
  const json = JSON.stringify(value);
  return json === undefined ? "" : json;
}

/// A text, whatever it was.
export function displayText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : inlineText(value);
}

/// A role in words: `ai_agent` is "ai agent".
export const roleLabel = (role) => displayText(role).replaceAll("_", " ");

export const hasProblem = (event) =>
  ["warning", "error", "rejected"].includes(event.verdict?.status);

/// When it happened: what the sender says, or when it arrived if that is no time.
export function eventTime(event) {
  const sent = Date.parse(event.timestamp ?? "");
  return Number.isNaN(sent) ? Date.parse(event.receivedAt ?? "") : sent;
}

/// The user in one line.
export const userLabel = (user) => displayText(user?.userId) || displayText(user?.anonymousId) || "no identity";
