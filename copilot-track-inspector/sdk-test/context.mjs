// Compares the calls of copilot-track with those of @segment/analytics-node for the same input.
// The arguments are the inspector's URL and the program that sends the calls of copilot-track.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Analytics } from "@segment/analytics-node";

const [url, program] = process.argv.slice(2);
const reset = () => fetch(url + "/reset", { method: "POST" });

// Returns the calls that arrived, without ids, times, and the name of the library.
const received = async () => {
  const response = await fetch(url + "/all?count=4&timeoutMs=20000");
  const { events } = await response.json();
  const calls = events.map(({ raw }) => {
    const { messageId, timestamp, sentAt, _metadata, ...call } = raw;
    assert.ok(messageId && timestamp);
    const { library, ...context } = call.context;
    assert.ok(library.name && library.version);
    return { ...call, context };
  });
  return calls.sort((a, b) => a.type.localeCompare(b.type));
};

await reset();
const context = {
  ip: "203.0.113.7",
  userAgent: "Mozilla/5.0",
  locale: "de-DE",
  timezone: "Europe/Berlin",
  page: {
    url: "https://example.com/pricing?plan=pro",
    path: "/pricing",
    search: "?plan=pro",
    title: "Größen & Preise",
    referrer: "https://example.org/",
  },
  campaign: { name: "spring", source: "newsletter", medium: "email" },
  referrer: { type: "search", url: "https://example.org/" },
  app: { name: "shop", version: "1.2.3", build: "45", namespace: "com.example.shop" },
  device: { id: "d-1", manufacturer: "Example", model: "M1", name: "phone", type: "ios" },
  os: { name: "iOS", version: "18.1" },
  groupId: "acme",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  channel: "server",
};
const integrations = { All: true, Mixpanel: false };
const user = { userId: "u", anonymousId: "a" };
const analytics = new Analytics({ writeKey: "the-write-key", host: url, flushAt: 4 });
analytics.track({
  ...user,
  event: "Item Purchased",
  properties: { price: 19.99 },
  context,
  integrations,
});
analytics.identify({ ...user, traits: { plan: "free" }, context, integrations });
analytics.group({ ...user, groupId: "acme", traits: { size: 3 }, context, integrations });
analytics.alias({ userId: "u", previousId: "a", context, integrations });
await analytics.closeAndFlush({ timeout: 20_000 });
const expected = await received();

await reset();
execFileSync(program, [url], { stdio: "inherit" });
assert.deepEqual(await received(), expected);
console.log("copilot-track sends the same context, integrations, Group, and Alias as analytics-node");
