// Sends every kind of call with @segment/analytics-node and reads the events back from the inspector.
import assert from "node:assert/strict";
import { Analytics } from "@segment/analytics-node";

const url = process.argv[2];
const get = async (path) => {
  const response = await fetch(url + path);
  assert.equal(response.status, 200, path);
  return response.json();
};
await fetch(url + "/reset", { method: "POST" });

const analytics = new Analytics({ writeKey: "the-write-key", host: url, flushAt: 3 });
const errors = [];
analytics.on("error", (error) => errors.push(error));
const conversationId = "node-conversation";
const question = "How many are left? “Größe” 日本 🙂";
analytics.identify({ userId: "u", anonymousId: "a", traits: { plan: "free" } });
analytics.track({ userId: "u", event: "Conversation Started", properties: { conversationId } });
analytics.track({
  userId: "u",
  event: "Message Sent",
  properties: { conversationId, messageId: "m1", message_body: question, role: "customer" },
});
analytics.track({
  userId: "u",
  event: "Item Purchased",
  properties: { conversationId, messageId: "m1" },
});
analytics.page({ userId: "u", name: "Home" });
analytics.screen({ userId: "u", name: "Home" });
analytics.group({ userId: "u", groupId: "g" });
analytics.alias({ userId: "u", previousId: "a" });
// The inspector must report misspelled names.
analytics.track({
  userId: "u",
  event: "message_sent",
  properties: { conversationId, messageId: "m2", messageBody: "x" },
});
await analytics.closeAndFlush({ timeout: 20_000 });
assert.deepEqual(errors, []);

const { events } = await get("/all?count=9&timeoutMs=20000");
assert.deepEqual(events.map((event) => event.type).sort(), [
  "alias",
  "group",
  "identify",
  "page",
  "screen",
  "track",
  "track",
  "track",
  "track",
]);
for (const event of events) {
  assert.notEqual(event.verdict.status, "rejected", JSON.stringify(event));
  assert.match(event.delivery.library, /^@segment\/analytics-node\/3\./);
  assert.equal(event.delivery.writeKey, "the-…");
}
const { events: bad } = await get("/bad");
assert.deepEqual(
  bad.map((event) =>
    event.verdict.findings.filter((f) => f.severity !== "note").map((f) => f.code),
  ),
  [["misspelled_event"]],
);
const { events: sent } = await get("/good?event=Message+Sent");
assert.equal(sent[0].raw.properties.message_body, question);

// After a failed request, the SDK retries with the same ids. The inspector counts this as a retry.
await fetch(url + "/reset", { method: "POST" });
const chaos = { enabled: true, fault: { kind: "status", status: 503 }, remaining: 1 };
await fetch(url + "/api/chaos", { method: "PUT", body: JSON.stringify(chaos) });
const second = new Analytics({ writeKey: "the-write-key", host: url, flushAt: 1 });
second.track({ userId: "u", event: "Conversation Started", properties: { conversationId } });
await second.closeAndFlush({ timeout: 20_000 });
const { events: retried } = await get("/good?count=1&timeoutMs=20000");
assert.equal(retried.length, 1);
assert.equal(retried[0].delivery.retryCount, 1, JSON.stringify(retried[0]));
console.log("analytics-node: 9 calls of 6 kinds arrived, and one was retried after a 503");
