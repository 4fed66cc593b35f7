// Sends every kind of call with the SDKs of RudderStack and Customer.io and reads the events back from
// the inspector.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Analytics as CustomerIo } from "@customerio/cdp-analytics-node";

const RudderStack = createRequire(import.meta.url)("@rudderstack/rudder-sdk-node");

const url = process.argv[2];
const conversationId = "node-conversation";
const question = "How many are left? “Größe” 日本 🙂";
const track = (event, properties = {}) => ({
  userId: "u",
  event,
  properties: { conversationId, ...properties },
});
const calls = [
  ["identify", { userId: "u", traits: { plan: "free" } }],
  ["track", track("Conversation Started")],
  ["track", track("Message Sent", { messageId: "m1", message_body: question, role: "customer" })],
  ["page", { userId: "u", name: "Home" }],
  ["screen", { userId: "u", name: "Home" }],
  ["group", { userId: "u", groupId: "g", traits: { size: 3 } }],
  ["alias", { userId: "u", previousId: "a" }],
];

async function check(name, library, encoding, send) {
  await fetch(url + "/reset", { method: "POST" });
  await send();
  const response = await fetch(url + `/all?count=${calls.length}&timeoutMs=20000`);
  const { events } = await response.json();
  const kinds = events.map((event) => event.type).sort();
  assert.deepEqual(kinds, calls.map(([kind]) => kind).sort(), name);
  for (const event of events) {
    assert.ok(["ok", "note"].includes(event.verdict.status), JSON.stringify(event));
    assert.match(event.delivery.library, library);
    assert.equal(event.delivery.encoding, encoding, name);
    assert.equal(event.delivery.writeKey, "the-…", name);
  }
  const sent = events.find((event) => event.raw.event === "Message Sent");
  assert.equal(sent.raw.properties.message_body, question);
  console.log(`${name}: ${events.length} calls of 6 kinds arrived`);
}

for (const gzip of [true, false]) {
  const encoding = gzip ? "gzip" : undefined;
  await check(`rudder-sdk-node, gzip=${gzip}`, /^analytics-node\/3\./, encoding, async () => {
    const client = new RudderStack("the-write-key", {
      dataPlaneUrl: url,
      flushAt: 3,
      gzip,
      logLevel: "error",
    });
    for (const [kind, call] of calls) client[kind](call);
    await client.flush();
  });
}

await check("cdp-analytics-node", /cdp-analytics-node/, undefined, async () => {
  const errors = [];
  const client = new CustomerIo({ writeKey: "the-write-key", host: url, maxEventsInBatch: 3 });
  client.on("error", (error) => errors.push(error));
  for (const [kind, call] of calls) client[kind](call);
  await client.closeAndFlush({ timeout: 20_000 });
  assert.deepEqual(errors, []);
});
