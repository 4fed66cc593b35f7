// A sample conversation, which the page sends to the inspector as an app would.

import * as api from "../api/client.js";

const PAUSE_MS = 450;

/// The events of the sample conversation, in order. Pure function.
export function sampleEvents() {
  const sent = (messageId, message_body) => [
    "Message Sent",
    { messageId, message_body, role: "customer" },
  ];
  const received = (messageId, message_body, more) => [
    "Message Received",
    { messageId, message_body, role: "agent", ...more },
  ];
  return [
    ["Conversation Started", {}],
    sent("m1", "Is the Super Widget in stock?"),
    [
      "Action Invoked",
      {
        messageId: "m2",
        type: "Inventory Request",
        action: "check stock level",
        role: "customer",
        duration_ms: 118,
        outcome: "ok",
      },
    ],
    received("m2", "Yes, 37 are left. The price is $19.99.", {
      first_chunk_ms: 310,
      duration_ms: 940,
      model: "sample-model",
      input_tokens: 412,
      output_tokens: 23,
    }),
    ["Media Generated", { messageId: "m2", type: "image", sub_type: "png", role: "agent" }],
    sent("m3", "Great, I take two."),
    ["Component Loaded", { messageId: "m4", type: "Order Card" }],
    received("m4", "I have put two Super Widgets in your cart.", {
      first_chunk_ms: 280,
      duration_ms: 760,
    }),
    ["Feedback Submitted", { messageId: "m4", rating: 5 }],
    ["Conversation Ended", { message_count: 4 }],
  ];
}

/// Sends the events, with pauses between them. Calls `onStart` with the id of the conversation once
/// the first event is sent.
export async function playSampleConversation(onStart) {
  const conversationId = `sample-${Date.now().toString(36)}`;
  for (const [index, [event, properties]] of sampleEvents().entries()) {
    if (index > 0) await new Promise((done) => setTimeout(done, PAUSE_MS));
    await api.sendCall({
      type: "track",
      event,
      messageId: `${conversationId}-${index}`,
      userId: "sample-user",
      timestamp: new Date().toISOString(),
      context: { library: { name: "inspector-sample", version: "1" } },
      properties: { conversationId, ...properties },
    });
    if (index === 0) onStart(conversationId);
  }
}
