// Events whose "copy as Rust" output is compiled and run. They are one event of each kind and some
// difficult cases.

const user = { userId: "123", anonymousId: "768923ihuy32" };
const conversation = { conversationId: "1238041hdou" };
const track = (event, properties, more = user) => ({ type: "track", event, ...more, properties });

export const EVENTS = {
  started: track("Conversation Started", { ...conversation }),
  sent: track("Message Sent", {
    ...conversation,
    messageId: "msg123",
    message_body: "What's the best stock?",
    role: "customer",
  }),
  received: track("Message Received", {
    ...conversation,
    messageId: "msg124",
    message_body: "Hello.",
    role: "ai_agent",
    duration_ms: 842.5,
    completion: "cancelled",
  }),
  ended: track("Conversation Ended", { ...conversation, message_count: 4 }),
  tool: track("Action Invoked", {
    ...conversation,
    messageId: "msg125",
    type: "Inventory Request",
    action: "check stock level",
    role: "customer",
    sku: "widget",
    ok: true,
    left: 3,
  }),
  media: track("Media Generated", {
    ...conversation,
    messageId: "msg126",
    type: "image",
    sub_type: "gif",
    role: "agent",
  }),
  component: track("Component Loaded", {
    ...conversation,
    messageId: "msg127",
    type: "Stock Price Chart",
  }),
  custom_component: track("Custom Component Loaded", {
    ...conversation,
    messageId: "msg127",
    type: "Order Card",
  }),
  feedback: track("Feedback Submitted", { ...conversation, messageId: "msg128", rating: 5 }),
  feedback_half: track("Feedback Submitted", { ...conversation, rating: 4.5 }),
  purchase: track("Item Purchased", {
    ...conversation,
    messageId: "msg789",
    itemId: "item101112",
    itemPrice: 19.99,
    tags: ["a", "b"],
    nested: { deep: [1, null, true] },
  }),
  outside: track("Signed Up", { plan: "pro" }, { anonymousId: "a-1" }),
  bare: track("Signed Up", {}, { userId: "u-1" }),
  mistyped: track("Feedback Submitted", { ...conversation, messageId: "m", rating: "five" }),
  hostile: track("Message Sent", {
    ...conversation,
    messageId: "m",
    message_body:
      '"quoted" \\ back\nline\r\ttab \u0000 \u001b[31m \u202etxt.exe \u2066x\u2069 \u2028 {} {{}} // */ 👩‍👩‍👧 مرحبا e\u0301',
    role: "customer",
    'a "key"\n': 'r#"raw"#',
  }),
  numbers: track("Numbers", {
    ...conversation,
    messageId: "m",
    big: 4294967296,
    most: 9007199254740991,
    negative: -7,
    fraction: 1.5e-7,
    huge: 1e300,
  }),
  many: track("Many", {
    ...conversation,
    messageId: "m",
    list: Array.from({ length: 300 }, (_, i) => i),
  }),
  identify: {
    type: "identify",
    userId: "123",
    traits: { name: "Ada", age: 36, address: { city: "London" } },
  },
  identify_bare: { type: "identify", anonymousId: "a-1", traits: {} },
  page: { type: "page", name: "Pricing", userId: "123", properties: { path: "/pricing" } },
  screen: { type: "screen", name: "Home", anonymousId: "a-1", properties: {} },
  group: { type: "group", groupId: "acme", ...user, traits: { plan: "pro" } },
  alias: { type: "alias", previousId: "a-1", userId: "123" },
};
