// What an event is, for the eye: its kind, its name, its extra properties. Pure.
//
// Light events (lists, live) carry `properties` without ids and body; whole ones carry `raw`. Nothing
// here trusts a type: a property may be anything that JSON can be.

/// The spec's events, by name, and how the chat shows each.
const KINDS = new Map([
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
const SHOWN = {
  sent: ["role"],
  received: ["role", "completion", "duration_ms", "first_chunk_ms"],
  tool: ["role", "type", "action", "duration_ms", "outcome", "error_type"],
  media: ["role", "type", "sub_type"],
  component: ["type"],
  feedback: ["rating"],
  ended: ["message_count"],
};

const IDS = ["conversationId", "messageId", "message_body"];

/// One of `started`, `sent`, `received`, `ended`, `tool`, `media`, `component`, `feedback`, `custom`,
/// `identify`, `page`, `screen`, `group`, `alias`, `other`.
export function kind(event) {
  if (event.type === "track") return KINDS.get(event.event) ?? "custom";
  if (["identify", "page", "screen", "group", "alias"].includes(event.type)) return event.type;
  return "other";
}

export const isMessage = (event) => kind(event) === "sent" || kind(event) === "received";

/// What stands for the event in a heading.
export function title(event) {
  if (event.type === "track") return text(event.event) || "Track without a name";
  const name = text(event.name ?? event.raw?.name);
  const call = text(event.type);
  if (!call) return "Call without a type";
  const word = call[0].toUpperCase() + call.slice(1);
  return name ? `${word}: ${name}` : word;
}

export function properties(event) {
  const isTraits = event.type === "identify" || event.type === "group";
  const found = isTraits
    ? (event.traits ?? event.raw?.traits)
    : (event.properties ?? event.raw?.properties);
  return found !== null && typeof found === "object" && !Array.isArray(found) ? found : {};
}

/// The message's text, as far as the page has it, and whether there is more.
export function body(event) {
  const whole = event.raw?.properties?.message_body;
  if (typeof whole === "string") return { text: whole, isCut: false, bytes: event.textBytes };
  if (typeof event.text !== "string") return { text: "", isCut: false, bytes: 0 };
  return { text: event.text, isCut: (event.textBytes ?? 0) > 4096, bytes: event.textBytes };
}

/// What the event has beside the spec's properties that its row shows: `[name, text]`.
export function extras(event) {
  const shown = SHOWN[kind(event)] ?? [];
  return Object.entries(properties(event))
    .filter(([name]) => !shown.includes(name) && !IDS.includes(name))
    .map(([name, value]) => [name, brief(value)]);
}

/// A value on one line.
export function brief(value) {
  if (typeof value === "string") return value;
  const json = JSON.stringify(value);
  return json === undefined ? "" : json;
}

/// A text, whatever it was.
export function text(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : brief(value);
}

/// A role in words: `ai_agent` is "ai agent".
export const roleInWords = (role) => text(role).replaceAll("_", " ");

export const isProblem = (event) =>
  ["warning", "error", "rejected"].includes(event.verdict?.status);

/// When it happened: what the sender says, or when it arrived if that is no time.
export function happenedAt(event) {
  const said = Date.parse(event.timestamp ?? "");
  return Number.isNaN(said) ? Date.parse(event.receivedAt ?? "") : said;
}

/// The user in one line.
export const userName = (user) => text(user?.userId) || text(user?.anonymousId) || "no identity";
