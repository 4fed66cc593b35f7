// An event as the Rust that would send it with copilot-track. Pure.

import { HIDDEN } from "../util/exact-json.js";
import { rustFloat, rustJson, rustString, rustValue } from "./rust-literals.js";

/// The longest id that the library takes.
const MAX_ID_CHARS = 100;

/// The spec's structs: their arguments in order, and the role that they have by themselves.
const STRUCTS = {
  "Message Sent": { name: "MessageSent", takes: ["message_body"], role: "customer" },
  "Message Received": { name: "MessageReceived", takes: ["message_body"], role: "agent" },
  "Conversation Ended": { name: "ConversationEnded", takes: ["message_count"], number: "u64" },
  "Action Invoked": { name: "ActionInvoked", takes: ["type", "action"], role: "customer" },
  "Media Generated": { name: "MediaGenerated", takes: ["type", "sub_type"], role: "agent" },
  "Component Loaded": { name: "ComponentLoaded", takes: ["type"] },
  "Custom Component Loaded": { name: "CustomComponentLoaded", takes: ["type"] },
  "Feedback Submitted": { name: "FeedbackSubmitted", takes: ["rating"], number: "f64" },
};

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isText = (value) => typeof value === "string";
const isId = (id) => isText(id) && id.trim() !== "" && [...id].length <= MAX_ID_CHARS;

/// The Rust. It is the body of a function that returns a `Result`.
export function rust(raw) {
  const code = new Code();
  const type = isObject(raw) ? raw.type : undefined;
  const properties = isObject(raw?.properties) ? raw.properties : {};
  if (type === "track" && !(isText(raw.event) && raw.event.trim() !== "")) {
    code.note("This call has no event name, and copilot-track sends no event without one.");
    code.note("Give it the one that was meant:");
    raw = { ...raw, event: "Unnamed Event" };
  }
  if (!["track", "identify", "page", "screen", "group", "alias"].includes(type)) {
    code.note("Segment knows no call of this type, so copilot-track cannot send it.");
    return code.text();
  }
  const conversationId = properties.conversationId;
  const inside = type === "track" && isId(conversationId);
  if (type === "track" && conversationId !== undefined && !inside) {
    code.note("Its conversationId is no text of 1 to 100 characters, so it is sent outside of any conversation.");
  }
  code.use("Tracker");
  code.line("let tracker = Tracker::from_env()?;");
  if (type === "track") track(code, raw, properties, inside);
  else if (type === "identify") {
    code.line(`let user = ${user(code, raw)};`);
    const traits = isObject(raw.traits) ? raw.traits : {};
    if (Object.keys(traits).length === 0) code.line("tracker.identify(&user);");
    else code.line(`tracker.identify_with(&user, &${rustJson(traits)});`);
  } else message(code, raw, type);
  return code.text();
}

function track(code, raw, properties, inside) {
  code.line(`let user = ${user(code, raw)};`);
  if (inside) {
    code.use("ConversationId");
    code.line(`let id = ConversationId::new(${rustString(properties.conversationId)})?;`);
    code.line("let conversation = tracker.conversation_with_id(id, user);");
  }
  if (inside && raw.event === "Conversation Started" && only(properties, ["conversationId"])) {
    code.line("conversation.start();");
    return;
  }
  const event = expression(code, raw.event, properties, inside);
  code.line(inside ? `conversation.track(${event});` : `tracker.track(&user, ${event});`);
}

const only = (object, names) => Object.keys(object).every((name) => names.includes(name));

function expression(code, event, properties, inside) {
  const rest = { ...properties };
  delete rest.conversationId;
  const messageId = rest.messageId;
  delete rest.messageId;
  const calls = [];
  let start = built(code, event, rest);
  const isStruct = start !== undefined;
  if (isStruct) {
    if (isText(rest.role)) {
      if (rest.role !== STRUCTS[event]?.role) calls.push(`.role(${rustString(rest.role)})`);
      delete rest.role;
    }
  } else {
    code.use("CustomEvent");
    start = `CustomEvent::new(${rustString(event)})?`;
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value === null) code.note(`\`${comment(name)}\` was null, which copilot-track leaves out.`);
    else calls.push(`.property(${rustString(name)}, ${rustValue(value)})`);
  }
  if (isId(messageId)) calls.push(`.message_id(${rustString(messageId)})`);
  else if (messageId !== undefined) {
    code.note("Its messageId is no text of 1 to 100 characters: copilot-track would not send it.");
  }
  const isAboutAll = ["Conversation Started", "Conversation Ended"].includes(event);
  if (inside && messageId === undefined && !isAboutAll) {
    // Without this a message gets an id of its own.
    calls.push(".into_event()", ".without_message_id()");
  }
  const isInherent = !isStruct && calls.every((call) => call.startsWith(".property("));
  if (calls.length > 0 && !isInherent) code.use("TrackEvent as _");
  const flat = start + calls.join("");
  return flat.length <= 60 ? flat : `\n    ${[start, ...calls].join("\n        ")},\n`;
}

/// The spec's struct, if the properties have the types that it needs. Takes them out of `rest`.
function built(code, event, rest) {
  const struct = STRUCTS[event];
  if (!struct) return undefined;
  const values = struct.takes.map((name) => rest[name]);
  let literals;
  if (struct.number === undefined) {
    if (!values.every(isText)) return undefined;
    literals = values.map(rustString);
  } else {
    const [value] = values;
    if (typeof value !== "number") return undefined;
    if (struct.number === "u64" && !(Number.isInteger(value) && value >= 0)) return undefined;
    literals = [struct.number === "f64" ? rustFloat(value) : String(value)];
  }
  for (const name of struct.takes) delete rest[name];
  code.use(`spec::${struct.name}`);
  return `${struct.name}::new(${literals.join(", ")})`;
}

function user(code, raw) {
  code.use("User");
  const known = isId(raw.userId);
  const anonymous = isId(raw.anonymousId);
  if (known && anonymous) {
    return `User::both(${rustString(raw.userId)}, ${rustString(raw.anonymousId)})?`;
  }
  if (known) return `User::known(${rustString(raw.userId)})?`;
  if (anonymous) return `User::anonymous(${rustString(raw.anonymousId)})?`;
  code.note("This call had no id of a user that Segment takes. With copilot-track one is always there:");
  return "User::new_anonymous()";
}

/// Page, Screen, Group, Alias: the `segment` crate's messages.
function message(code, raw, type) {
  const name = type[0].toUpperCase() + type.slice(1);
  code.use(`segment::message::{${name}, User}`);
  const fields = [`user: ${segmentUser(code, raw)}`];
  if (type === "page" || type === "screen") {
    fields.push(`name: ${rustString(isText(raw.name) ? raw.name : "")}.into()`);
    fields.push(`properties: ${rustJson(isObject(raw.properties) ? raw.properties : {})}`);
  } else if (type === "group") {
    fields.push(`group_id: ${rustString(isText(raw.groupId) ? raw.groupId : "")}.into()`);
    fields.push(`traits: ${rustJson(isObject(raw.traits) ? raw.traits : {})}`);
  } else {
    fields.push(`previous_id: ${rustString(isText(raw.previousId) ? raw.previousId : "")}.into()`);
  }
  code.line(
    [`tracker.send(${name} {`, ...fields.map((field) => `    ${field},`), "    ..Default::default()", "});"].join("\n"),
  );
}

function segmentUser(code, raw) {
  const known = isText(raw.userId) && `user_id: ${rustString(raw.userId)}.into()`;
  const anonymous = isText(raw.anonymousId) && `anonymous_id: ${rustString(raw.anonymousId)}.into()`;
  if (known && anonymous) return `User::Both { ${known}, ${anonymous} }`;
  if (known) return `User::UserId { ${known} }`;
  if (anonymous) return `User::AnonymousId { ${anonymous} }`;
  code.note("This call had no identity, without which copilot-track sends nothing.");
  return 'User::UserId { user_id: "".into() }';
}

/// A text that stays on its line of comment.
const comment = (text) => text.replace(HIDDEN, " ").slice(0, 80);

class Code {
  #uses = new Set();
  #notes = [];
  #lines = [];

  use(path) {
    this.#uses.add(path);
  }

  note(text) {
    this.#notes.push(`// ${text}`);
  }

  line(text) {
    this.#lines.push(text);
  }

  text() {
    const paths = [...this.#uses].sort();
    const use =
      paths.length === 0
        ? []
        : [paths.length === 1 ? `use copilot_track::${paths[0]};` : `use copilot_track::{${paths.join(", ")}};`, ""];
    return [...use, ...this.#notes, ...this.#lines].join("\n") + "\n";
  }
}
