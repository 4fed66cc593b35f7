// Code that sends events to the inspector, for each client. Pure functions.

const PROPERTIES = {
  conversationId: "c1",
  messageId: "m1",
  message_body: "Is it in stock?",
  role: "customer",
};

/// Returns `{ id, label, code }` for each client. `origin` is the inspector's address.
export function snippets(origin) {
  const json = JSON.stringify(PROPERTIES);
  const call = `{"type":"track","userId":"u1","event":"Message Sent","properties":${json}}`;
  return [
    {
      id: "rust",
      label: "Rust",
      code: `COPILOT_TRACK_ENDPOINT=${origin} SEGMENT_WRITE_KEY=local cargo run`,
    },
    {
      id: "node",
      label: "Node",
      code: [
        'import { Analytics } from "@segment/analytics-node";',
        `const analytics = new Analytics({ writeKey: "local", host: "${origin}" });`,
        `analytics.track({ userId: "u1", event: "Message Sent", properties: ${json} });`,
      ].join("\n"),
    },
    {
      id: "python",
      label: "Python",
      code: [
        "import segment.analytics as analytics",
        `analytics.write_key, analytics.host = "local", "${origin}"`,
        `analytics.track("u1", "Message Sent", ${json})`,
        "analytics.flush()",
      ].join("\n"),
    },
    {
      id: "browser",
      label: "Browser",
      code: [
        'import { AnalyticsBrowser } from "@segment/analytics-next";',
        `const analytics = AnalyticsBrowser.load({ writeKey: "local", cdnURL: "${origin}" });`,
        `analytics.track("Message Sent", ${json});`,
      ].join("\n"),
    },
    {
      id: "curl",
      label: "curl",
      code: `curl -u local: ${origin}/v1/batch -d '{"batch":[${call}]}'`,
    },
  ];
}
