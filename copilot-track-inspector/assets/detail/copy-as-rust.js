// Formats an event as Rust code that sends it with copilot-track. Pure functions.

import { UNSAFE_CHARS } from "../util/exact-json.js";
import { rustFloat, rustJson, rustString, rustValue } from "./rust-literals.js";

/// The library's limit on the length of an id.
const MAX_ID_CHARS = 100;

/// The structs of the spec's events, each with its constructor parameters in order and its default
/// role.
const SPEC_STRUCTS = {
  "Message Sent": { name: "MessageSent", parameters: ["message_body"], role: "customer" },
  "Message Received": { name: "MessageReceived", parameters: ["message_body"], role: "agent" },
  "Conversation Ended": { name: "ConversationEnded", parameters: ["message_count"], number: "u64" },
  "Action Invoked": { name: "ActionInvoked", parameters: ["type", "action"], role: "customer" },
  "Media Generated": { name: "MediaGenerated", parameters: ["type", "sub_type"], role: "agent" },
  "Component Loaded": { name: "ComponentLoaded", parameters: ["type"] },
  "Custom Component Loaded": { name: "CustomComponentLoaded", parameters: ["type"] },
  "Feedback Submitted": { name: "FeedbackSubmitted", parameters: ["rating"], number: "f64" },
};

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isString = (value) => typeof value === "string";
const isId = (id) => isString(id) && id.trim() !== "" && [...id].length <= MAX_ID_CHARS;

/// Returns the body of a function that returns a `Result`.
export function toRust(raw) {
  const code = new CodeBuilder();
  const type = isObject(raw) ? raw.type : undefined;
  const properties = isObject(raw?.properties) ? raw.properties : {};
  if (type === "track" && !(isString(raw.event) && raw.event.trim() !== "")) {
    code.note(
      "This call has no event name, but copilot-track requires one. Replace the placeholder:",
    );
    raw = { ...raw, event: "Unnamed Event" };
  }
  if (!["track", "identify", "page", "screen", "group", "alias"].includes(type)) {
    code.note("Segment does not define this type of call, so copilot-track cannot send it.");
    return code.text();
  }
  const conversationId = properties.conversationId;
  const inConversation = type === "track" && isId(conversationId);
  if (type === "track" && conversationId !== undefined && !inConversation) {
    code.note(
      "The conversationId is not a string of 1 to 100 characters, so this event is sent outside any conversation.",
    );
  }
  code.use("Tracker");
  code.line("let tracker = Tracker::from_env()?;");
  if (type === "track") writeTrack(code, raw, properties, inConversation);
  else if (type === "identify") {
    code.line(`let user = ${userExpression(code, raw)};`);
    const traits = isObject(raw.traits) ? raw.traits : {};
    if (Object.keys(traits).length === 0) code.line("tracker.identify(&user);");
    else code.line(`tracker.identify_with(&user, &${rustJson(traits)});`);
  } else writeSegmentMessage(code, raw, type);
  return code.text();
}

function writeTrack(code, raw, properties, inConversation) {
  code.line(`let user = ${userExpression(code, raw)};`);
  if (inConversation) {
    code.use("ConversationId");
    code.line(`let id = ConversationId::new(${rustString(properties.conversationId)})?;`);
    code.line("let conversation = tracker.conversation_with_id(id, user);");
  }
  if (
    inConversation &&
    raw.event === "Conversation Started" &&
    hasOnly(properties, ["conversationId"])
  ) {
    code.line("conversation.start();");
    return;
  }
  const event = eventExpression(code, raw.event, properties, inConversation);
  code.line(inConversation ? `conversation.track(${event});` : `tracker.track(&user, ${event});`);
}

const hasOnly = (object, names) => Object.keys(object).every((name) => names.includes(name));

function eventExpression(code, event, properties, inConversation) {
  const rest = { ...properties };
  delete rest.conversationId;
  const messageId = rest.messageId;
  delete rest.messageId;
  const calls = [];
  let constructorCall = structExpression(code, event, rest);
  const isStruct = constructorCall !== undefined;
  if (isStruct) {
    if (isString(rest.role)) {
      if (rest.role !== SPEC_STRUCTS[event]?.role) calls.push(`.role(${rustString(rest.role)})`);
      delete rest.role;
    }
  } else {
    code.use("CustomEvent");
    constructorCall = `CustomEvent::new(${rustString(event)})?`;
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value === null)
      code.note(`\`${commentText(name)}\` is null. copilot-track omits null properties.`);
    else calls.push(`.property(${rustString(name)}, ${rustValue(value)})`);
  }
  if (isId(messageId)) calls.push(`.message_id(${rustString(messageId)})`);
  else if (messageId !== undefined) {
    code.note("The messageId is not a string of 1 to 100 characters, so it is omitted.");
  }
  if (inConversation && event === "Message Received" && properties.message_body === "") {
    code.note("copilot-track does not send a reply without text.");
  }
  const isConversationBoundary = ["Conversation Started", "Conversation Ended"].includes(event);
  if (inConversation && messageId === undefined && !isConversationBoundary) {
    // Otherwise, the library would generate a message id.
    calls.push(".into_event()", ".without_message_id()");
  }
  const isInherent = !isStruct && calls.every((call) => call.startsWith(".property("));
  if (calls.length > 0 && !isInherent) code.use("TrackEvent as _");
  const oneLine = constructorCall + calls.join("");
  return oneLine.length <= 60
    ? oneLine
    : `\n    ${[constructorCall, ...calls].join("\n        ")},\n`;
}

/// If the properties have the required types, returns the constructor call of the spec's struct and
/// removes these properties from `rest`.
function structExpression(code, event, rest) {
  const struct = SPEC_STRUCTS[event];
  if (!struct) return undefined;
  const values = struct.parameters.map((name) => rest[name]);
  let literals;
  if (struct.number === undefined) {
    if (!values.every(isString)) return undefined;
    literals = values.map(rustString);
  } else {
    const [value] = values;
    if (typeof value !== "number") return undefined;
    // The library does not send the number 0 of a struct.
    if (struct.number === "u64" && !(Number.isInteger(value) && value > 0)) return undefined;
    literals = [struct.number === "f64" ? rustFloat(value) : String(value)];
  }
  for (const name of struct.parameters) delete rest[name];
  code.use(`spec::${struct.name}`);
  return `${struct.name}::new(${literals.join(", ")})`;
}

function userExpression(code, raw) {
  code.use("User");
  const hasUserId = isId(raw.userId);
  const hasAnonymousId = isId(raw.anonymousId);
  if (hasUserId && hasAnonymousId) {
    return `User::both(${rustString(raw.userId)}, ${rustString(raw.anonymousId)})?`;
  }
  if (hasUserId) return `User::known(${rustString(raw.userId)})?`;
  if (hasAnonymousId) return `User::anonymous(${rustString(raw.anonymousId)})?`;
  code.note(
    "This call has no valid user id. copilot-track requires one, so this code uses a new anonymous id:",
  );
  return "User::new_anonymous()";
}

/// Writes Page, Screen, Group, and Alias calls with the messages of the `segment` crate.
function writeSegmentMessage(code, raw, type) {
  const name = type[0].toUpperCase() + type.slice(1);
  code.use(`segment::message::{${name}, User}`);
  const fields = [`user: ${segmentUserExpression(code, raw)}`];
  if (type === "page" || type === "screen") {
    fields.push(`name: ${rustString(isString(raw.name) ? raw.name : "")}.into()`);
    fields.push(`properties: ${rustJson(isObject(raw.properties) ? raw.properties : {})}`);
  } else if (type === "group") {
    fields.push(`group_id: ${rustString(isString(raw.groupId) ? raw.groupId : "")}.into()`);
    fields.push(`traits: ${rustJson(isObject(raw.traits) ? raw.traits : {})}`);
  } else {
    fields.push(
      `previous_id: ${rustString(isString(raw.previousId) ? raw.previousId : "")}.into()`,
    );
  }
  code.line(
    [
      `tracker.send(${name} {`,
      ...fields.map((field) => `    ${field},`),
      "    ..Default::default()",
      "});",
    ].join("\n"),
  );
}

function segmentUserExpression(code, raw) {
  const userField = isString(raw.userId) && `user_id: ${rustString(raw.userId)}.into()`;
  const anonymousField =
    isString(raw.anonymousId) && `anonymous_id: ${rustString(raw.anonymousId)}.into()`;
  if (userField && anonymousField) return `User::Both { ${userField}, ${anonymousField} }`;
  if (userField) return `User::UserId { ${userField} }`;
  if (anonymousField) return `User::AnonymousId { ${anonymousField} }`;
  code.note("This call has no userId and no anonymousId. copilot-track does not send such calls.");
  return 'User::UserId { user_id: "".into() }';
}

/// Makes text safe for a line comment.
const commentText = (text) => text.replace(UNSAFE_CHARS, " ").slice(0, 80);

class CodeBuilder {
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
        : [
            paths.length === 1
              ? `use copilot_track::${paths[0]};`
              : `use copilot_track::{${paths.join(", ")}};`,
            "",
          ];
    return [...use, ...this.#notes, ...this.#lines].join("\n") + "\n";
  }
}
