// Tests the page's pure functions.

import assert from "node:assert/strict";
import { test } from "node:test";

import { findingPaths, verdictHeading } from "../assets/model/verdict.js";
import { applyEvent, mergeNewestFirst, previewPlaceholder } from "../assets/model/conversation-summary.js";
import {
  compareEvents,
  eventKind,
  eventTitle,
  extraProperties,
  isVisible,
  messageBody,
} from "../assets/model/event.js";
import { formatRoute, parseRoute } from "../assets/app/route.js";
import { sampleEvents } from "../assets/app/sample-conversation.js";
import { matchFeedback, starCount } from "../assets/chat/feedback.js";
import { buildRows, selectableSeqs } from "../assets/chat/rows.js";
import { snippets } from "../assets/chat/snippets.js";
import { findTurns } from "../assets/chat/turn.js";
import { parseMarkdown } from "../assets/util/markdown.js";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  relativeTime,
} from "../assets/util/format.js";
import { findOccurrences, searchTexts, selectsEvents } from "../assets/search/terms.js";
import { RowOffsets } from "../assets/ui/row-offsets.js";

const at = "2026-01-02T03:04:05.000Z";
const event = (seq, name, more = {}) => ({
  seq,
  type: "track",
  event: name,
  occurredAt: at,
  receivedAt: at,
  ...more,
});
const message = (seq, messageId) => event(seq, "Message Received", { messageId, text: "x" });
const feedback = (seq, messageId, rating = 5) =>
  event(seq, "Feedback Submitted", { messageId, properties: { rating } });

test("feedback belongs to the last message with its id before it, or else to the first after it", () => {
  const events = [
    feedback(1, "b"),
    message(2, "a"),
    message(3, "b"),
    feedback(4, "a"),
    feedback(5, "a"),
    feedback(6, "none"),
    feedback(7, undefined),
  ];
  const { bySeq, matched } = matchFeedback(events);
  assert.deepEqual(
    bySeq.get(2).map((event) => event.seq),
    [4, 5],
  );
  assert.deepEqual(
    bySeq.get(3).map((event) => event.seq),
    [1],
  );
  assert.deepEqual([...matched].sort(), [1, 4, 5]);
});

test("a tool call that shares the reply's id is not rated", () => {
  const events = [
    event(1, "Action Invoked", { messageId: "a" }),
    message(2, "a"),
    message(3, "a"),
    feedback(4, "a"),
    message(5, "a"),
  ];
  assert.deepEqual([...matchFeedback(events).bySeq.keys()], [3]);
});

test("ids that are not strings or are empty match nothing", () => {
  const events = [message(1, 7), feedback(2, 7), message(3, ""), feedback(4, "")];
  assert.equal(matchFeedback(events).matched.size, 0);
});

test("matched ratings get no separate row but stay reachable by keyboard", () => {
  const rows = buildRows([message(1, "a"), event(2, "X"), feedback(3, "a")]);
  assert.deepEqual(
    rows.map((row) => row.key),
    ["1", "2"],
  );
  assert.deepEqual(selectableSeqs(rows), [1, 3, 2]);
});

test("days are separated by dividers, except before the first", () => {
  const rows = buildRows([
    message(1),
    { ...message(2), occurredAt: "2026-01-05T03:04:05Z" },
    { ...message(3), occurredAt: "garbage", receivedAt: "also" },
  ]);
  assert.deepEqual(
    rows.map((row) => row.kind),
    ["received", "day", "received", "received"],
  );
});

test("events are in the order in which they happened, and rows show the time between them", () => {
  const at = (seq, seconds) => ({
    ...event(seq, "X"),
    occurredAt: `2026-01-02T03:04:0${seconds}Z`,
  });
  const events = [at(1, "1.000"), at(4, "1.400"), at(3, "1.400"), at(2, "0.500")];
  const rows = buildRows(events.sort(compareEvents));
  assert.deepEqual(
    rows.map(({ key, sincePrevious }) => [key, sincePrevious]),
    [
      ["2", undefined],
      ["1", 500],
      ["3", 400],
      ["4", 0],
    ],
  );
  assert.deepEqual([0, 40, 400, 12_345, 200_000, -400].map(formatElapsed), [
    "+0 s",
    "+0.04 s",
    "+0.4 s",
    "+12.3 s",
    "+3 min 20 s",
    "−0.4 s",
  ]);
});

test("a gap row appears only between the events around the gap", () => {
  const rowKeys = (...gaps) =>
    buildRows([message(1), message(2), message(9), message(20)], gaps).map((row) => row.key);
  assert.deepEqual(rowKeys({ from: 3, to: 8 }), ["1", "2", "gap-9", "9", "20"]);
  assert.deepEqual(rowKeys({ from: 4, to: 6 }, { from: 10, to: 19 }), [
    "1",
    "2",
    "gap-9",
    "9",
    "gap-20",
    "20",
  ]);
  assert.deepEqual(rowKeys({ from: 21, to: 30 }), ["1", "2", "9", "20"]);
});

test("kinds and titles accept any input", () => {
  assert.equal(eventKind(event(1, "Custom Component Loaded")), "component");
  assert.equal(eventKind({ type: "bogus" }), "other");
  assert.equal(eventKind({}), "other");
  assert.equal(eventTitle({ type: "track" }), "Unnamed track call");
  assert.equal(eventTitle({ type: "page", name: "Pricing" }), "Page: Pricing");
  assert.equal(eventTitle({ type: 7 }), "7");
  assert.deepEqual(
    extraProperties({
      type: "track",
      event: "Action Invoked",
      properties: { type: "a", sku: 1, n: null },
    }),
    [
      ["sku", "1"],
      ["n", "null"],
    ],
  );
  assert.deepEqual(extraProperties({ type: "track", event: "X", properties: [1] }), []);
  assert.equal(messageBody({ raw: { properties: { message_body: { a: 1 } } } }).text, "");
  assert.equal(messageBody({ text: "x", textBytes: 5000 }).isTruncated, true);
});

test("only ratings from 0 to 5 have stars", () => {
  assert.deepEqual(
    [starCount(5), starCount(0), starCount(4.5), starCount(-1), starCount(10), starCount("5")],
    [5, 0, 5, undefined, undefined, undefined],
  );
});

test("a summary counts each event once and is partial without a start event", () => {
  let summary = applyEvent(
    undefined,
    event(1, "Conversation Started", { conversationId: "c", userId: "u" }),
  );
  summary = applyEvent(
    summary,
    event(2, "Message Sent", { conversationId: "c", text: "hi", anonymousId: "a" }),
  );
  summary = applyEvent(summary, event(2, "Message Sent", { conversationId: "c", text: "hi" }));
  summary = applyEvent(summary, event(3, "Action Invoked", { verdict: { status: "error" } }));
  summary = applyEvent(summary, feedback(4, "m", 3));
  assert.equal(summary.partial, false);
  // The end can change the verdict on the conversation, which only the server knows.
  summary = applyEvent(summary, event(5, "Conversation Ended"));
  assert.deepEqual(
    [
      summary.events,
      summary.messages,
      summary.tools,
      summary.problems,
      summary.rating,
      summary.ended,
      summary.preview,
      summary.user,
      summary.partial,
    ],
    [5, 1, 1, 1, 3, true, "hi", { userId: "u", anonymousId: "a" }, true],
  );
  assert.equal(applyEvent(undefined, message(9)).partial, true);
  // Only the server knows what a late event changes.
  const late = { ...message(11), late: true, occurredAt: "2026-01-02T03:04:00.000Z" };
  const before = { ...summary, partial: false };
  const after = applyEvent({ ...before }, late);
  assert.deepEqual([after.partial, after.events, after.ended], [true, 6, true]);
  assert.equal(after.lastAt, at);
  assert.equal(applyEvent(summary, message(10)).ended, false);
});

test("a verdict's heading names the sources of its worst findings", () => {
  const finding = (severity, source, path) => ({ severity, source, path });
  const verdict = {
    status: "error",
    findings: [
      finding("error", "tracking_api", "messageId"),
      finding("error", "spec", "a"),
      finding("error", "spec", "b"),
      finding("warning", "warehouse", "a"),
    ],
  };
  assert.equal(verdictHeading(verdict), "Error: Tracking API, Spec");
  assert.equal(verdictHeading({ status: "ok", findings: [] }), "No problems");
  assert.equal(verdictHeading(undefined), "No problems");
  assert.deepEqual(
    [...findingPaths(verdict)],
    [
      ["messageId", "error"],
      ["a", "error"],
      ["b", "error"],
    ],
  );
});

test("changed conversations come first, newest first", () => {
  const [a, b, c] = [{ lastSeq: 9 }, { lastSeq: 5 }, { lastSeq: 1 }];
  c.lastSeq = 10;
  assert.deepEqual(mergeNewestFirst([a, b, c], new Set([c])), [c, a, b]);
  b.lastSeq = 9.5;
  assert.deepEqual(mergeNewestFirst([c, a, b], new Set([b])), [c, b, a]);
});

test("offsets find the visible rows, measured or estimated", () => {
  const offsets = new RowOffsets();
  const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
  offsets.update(keys, () => 10);
  assert.equal(offsets.totalHeight, 1_000_000);
  assert.deepEqual(offsets.visibleRange(0, 100, 0), [0, 11]);
  assert.deepEqual(offsets.visibleRange(999_950, 100, 20), [99_993, 100_000]);
  assert.equal(offsets.setHeight("k0", 30), true);
  assert.equal(offsets.setHeight("k0", 30), false);
  offsets.update(keys, () => 10);
  assert.equal(offsets.indexAt(29), 0);
  assert.equal(offsets.indexAt(30), 1);
  offsets.retain(new Set(["k1"]));
  assert.equal(offsets.measuredCount, 0);
  offsets.update([], () => 10);
  assert.deepEqual(offsets.visibleRange(0, 100, 50), [0, 0]);
});

test("times, sizes and counts are formatted", () => {
  assert.equal(relativeTime(0, 500), "just now");
  assert.equal(relativeTime(0, 59_000), "59 s ago");
  assert.equal(relativeTime(0, 3_600_000), "1 h ago");
  assert.equal(relativeTime(90_000, 0), "in 1 min");
  assert.equal(relativeTime(NaN, 0), "");
  assert.deepEqual([0.25, 12.4, 842, 3120, 61_000, -5000].map(formatDuration), [
    "0.3 ms",
    "12 ms",
    "842 ms",
    "3.12 s",
    "1 min 1 s",
    "−5.00 s",
  ]);
  assert.deepEqual([0, 1023, 20_480, 3_000_000].map(formatBytes), [
    "0 B",
    "1023 B",
    "20.0 KB",
    "2.9 MB",
  ]);
  assert.deepEqual([7, 9999, 12_345, 1_234_567].map(formatCount), ["7", "9,999", "12k", "1.2M"]);
});

test("any conversation id survives a round trip through the URL", () => {
  for (const conversation of ["a", "", "a&e=9", "#%/? +", "مرحبا <b>", "x".repeat(500)]) {
    assert.deepEqual(parseRoute(formatRoute({ conversation, seq: 17 })), route({ conversation, seq: 17 }));
    assert.deepEqual(parseRoute(formatRoute({ conversation })), route({ conversation }));
  }
  assert.deepEqual(parseRoute(""), route({}));
  assert.deepEqual(parseRoute("#c=a&e=-1"), route({ conversation: "a" }));
});

const route = (members) => ({
  conversation: undefined,
  seq: undefined,
  q: "",
  problems: false,
  ended: undefined,
  find: undefined,
  ...members,
});

test("the search, the filters, and the text to find survive a round trip through the URL", () => {
  for (const members of [
    { q: 'event:"Message Sent" größe #&=%' },
    { problems: true, ended: false },
    { conversation: "c", seq: 3, q: "a", find: "b c", ended: true },
    // The find bar is empty although the list is searched.
    { conversation: "c", q: "a", find: "" },
  ])
    assert.deepEqual(parseRoute(formatRoute(members)), route(members));
  assert.equal(formatRoute(route({})), "");
  assert.equal(formatRoute(route({ find: "x" })), "", "there is nothing to find it in");
  assert.deepEqual(parseRoute("#problems=2&ended=x"), route({}));
});

test("the texts of a search are found, and its filters are not", () => {
  for (const [query, texts] of [
    ["", []],
    ["  is it  in stock ", ["is it  in stock"]],
    ['red event:x  blue kettle user:"a b"', ["red", "blue kettle"]],
    ['"event:x" "say \\"hi\\" \\\\"', ["event:x", 'say "hi" \\']],
    ['event:"Message Se', []],
    ['a "b', ["a", "b"]],
    ['5" pipe', ['5" pipe']],
    ["https://example.com 10:30", ["https://example.com 10:30"]],
    ["severity:error", []],
    ['"', []],
    ['event:"a"b', ["b"]],
    ["日本 語", ["日本 語"]],
    ['"'.repeat(5000), []],
  ])
    assert.deepEqual(searchTexts(query), texts, query.slice(0, 50));
  assert.deepEqual(findOccurrences("Kettle, KETTLE: größe GRÖSSE", ["kettle", "grö"]), [
    [0, 6],
    [8, 14],
    [16, 19],
    [22, 25],
  ]);
  assert.deepEqual(findOccurrences("aaa", ["aa"]), [[0, 2]]);
  // Positions would be wrong after a character whose lowercase form is longer.
  assert.deepEqual(findOccurrences("İ kettle", ["kettle"]), []);
});

test("a search that consists of numbers of messages selects conversations and not events", () => {
  for (const query of ["kettle", "messages:3 kettle", '"messages:3"', "rating:4 messages:3", "x Messages:3"])
    assert.ok(selectsEvents(query), query);
  for (const query of ["", '""', "messages:3", "MESSAGES:3.. messages:..9", "messages:"])
    assert.ok(!selectsEvents(query), query);
});

test("the sample conversation follows the spec, and its message count is right", () => {
  const events = sampleEvents();
  const messages = events.filter(([name]) => name.startsWith("Message "));
  assert.equal(events[0][0], "Conversation Started");
  assert.deepEqual(events.at(-1), ["Conversation Ended", { message_count: messages.length }]);
  const ids = new Set(messages.map(([, { messageId }]) => messageId));
  assert.equal(ids.size, messages.length);
  for (const [, { messageId }] of events) assert.ok(messageId === undefined || ids.has(messageId));
});

test("each snippet contains the address", () => {
  const all = snippets("http://127.0.0.1:1/inspector");
  assert.deepEqual(
    all.map(({ id }) => id),
    ["rust", "node", "python", "browser", "curl"],
  );
  for (const { id, code } of all) assert.ok(code.includes("http://127.0.0.1:1/inspector"), id);
});

/// Returns an event that happened this many milliseconds after an arbitrary time.
const stepAt = (seq, name, ms, properties = {}) => ({
  ...event(seq, name, { properties }),
  occurredAt: new Date(Date.parse("2026-01-02T03:04:05Z") + ms).toISOString(),
});

test("a turn is the time from the customer's message to the reply, with its steps", () => {
  const events = [
    stepAt(1, "Message Received", 0),
    stepAt(2, "Message Sent", 1000),
    stepAt(3, "Action Invoked", 1500, { type: "Inventory", duration_ms: 300, outcome: "ok" }),
    stepAt(4, "Action Invoked", 1600, { type: "Prices", outcome: "error" }),
    stepAt(5, "Message Received", 3000, {
      duration_ms: 1800,
      first_chunk_ms: 800,
      input_tokens: 10,
      output_tokens: 5,
      cost_usd: 0.01,
    }),
  ];
  const turns = findTurns(events);
  assert.deepEqual([...turns.keys()], [5], "the first reply has no question");
  assert.deepEqual(turns.get(5), {
    elapsed: 2000,
    tools: 2,
    tokens: 15,
    cost: 0.01,
    steps: [
      { kind: "tool", label: "Inventory", start: 200, end: 500 },
      { kind: "failed-tool", label: "Prices", start: undefined, end: 600, outcome: "failed" },
      { kind: "wait", label: "first chunk", start: 200, end: 1000 },
      { kind: "reply", label: "streaming", start: 1000, end: 2000 },
    ],
  });
  const plain = findTurns([stepAt(1, "Message Sent", 0), stepAt(2, "Message Received", 500, { duration_ms: "x" })]);
  assert.deepEqual(plain.get(2), {
    elapsed: 500,
    tools: 0,
    tokens: undefined,
    cost: undefined,
    steps: [{ kind: "reply", label: "reply", start: undefined, end: 500 }],
  });
});

test("text that consists of invisible characters is recognized", () => {
  for (const text of ["", " \n", "\u200b\u200d\ufeff", "\u202e\u2066", "\u3164\u115f", "\u2800", "\u00ad\u0000"])
    assert.equal(isVisible(text), false, JSON.stringify(text));
  for (const text of ["a", "\u200b.", "\u{1f600}", "\ue000", "\u0301", "日本"])
    assert.equal(isVisible(text), true, JSON.stringify(text));
});

test("a conversation whose first message is blank has messages", () => {
  for (const preview of [" \n", "\ufeff", "\u200b"])
    assert.equal(previewPlaceholder({ messages: 1, preview }), "Only invisible characters");
  for (const preview of [undefined, ""]) {
    assert.equal(previewPlaceholder({ messages: 1, preview }), "No message text");
    assert.equal(previewPlaceholder({ messages: 0, preview }), "No messages yet");
  }
});

test("an absurd duration has a short form", () => {
  assert.equal(formatDuration(1e300), "over 10,000,000 d");
  assert.equal(formatDuration(86_400_000 * 400), "400 d");
});

test("Markdown becomes blocks, and HTML and other links stay text", () => {
  assert.deepEqual(parseMarkdown("# Title\n\nSome **bold** and `code`.\nNext line.\n\n- one\n- *two*\n\n1. first\n"), [
    { type: "heading", level: 1, inlines: ["Title"] },
    {
      type: "paragraph",
      inlines: [
        "Some ",
        { type: "strong", text: "bold" },
        " and ",
        { type: "code", text: "code" },
        ".\nNext line.",
      ],
    },
    {
      type: "list",
      ordered: false,
      items: [["one"], [{ type: "emphasis", text: "two" }]],
    },
    { type: "list", ordered: true, start: 1, items: [["first"]] },
  ]);
  assert.deepEqual(parseMarkdown("```js\n<b>*x*</b>\n"), [{ type: "code", text: "<b>*x*</b>\n" }]);
  assert.deepEqual(parseMarkdown("<b>x</b> [y](javascript:alert(1)) [z](https://a.example/b)"), [
    {
      type: "paragraph",
      inlines: [
        "<b>x</b> [y](javascript:alert(1)) ",
        { type: "link", text: "z", url: "https://a.example/b" },
      ],
    },
  ]);
  // Long and hostile texts are parsed in linear time.
  const start = Date.now();
  for (const part of ["*", "**a", "[", "`", "[a](https://", "- ", "_", "#", "> ", "|", "a|b\n-|-\n", "![", "***\n"]) parseMarkdown(part.repeat(30_000));
  assert.ok(Date.now() - start < 5000);
});

test("numbered lists keep their numbers, whatever is between their items", () => {
  const lists = parseMarkdown("1. one\n    - a\n\t* b\n2. two\n   ```sh\n   ls\n     -l\n   ```\n3. three\n\nText.\n\n7) seven\n8) eight");
  assert.deepEqual(lists, [
    { type: "list", ordered: true, start: 1, items: [["one"]] },
    { type: "list", ordered: false, depth: 1, items: [["a"], ["b"]] },
    { type: "list", ordered: true, start: 2, items: [["two"]] },
    { type: "code", text: "ls\n  -l" },
    { type: "list", ordered: true, start: 3, items: [["three"]] },
    { type: "paragraph", inlines: ["Text."] },
    { type: "list", ordered: true, start: 7, items: [["seven"], ["eight"]] },
  ]);
  // Outside a list, an indented hyphen is text.
  assert.deepEqual(parseMarkdown("    - x"), [{ type: "paragraph", inlines: ["    - x"] }]);
});

test("a list within a list has its own numbers", () => {
  assert.deepEqual(parseMarkdown("1. Install\n    1. Download\n    2. Run\n2. Configure\n 3. Test"), [
    { type: "list", ordered: true, start: 1, items: [["Install"]] },
    { type: "list", ordered: true, start: 1, depth: 1, items: [["Download"], ["Run"]] },
    { type: "list", ordered: true, start: 2, items: [["Configure"], ["Test"]] },
  ]);
  assert.deepEqual(parseMarkdown("- a\n  - b\n\t- c\n\n  - d\n- e\n---\n    - f"), [
    { type: "list", ordered: false, items: [["a"]] },
    { type: "list", ordered: false, depth: 1, items: [["b"]] },
    { type: "list", ordered: false, depth: 2, items: [["c"]] },
    { type: "list", ordered: false, depth: 1, items: [["d"]] },
    { type: "list", ordered: false, items: [["e"]] },
    { type: "rule" },
    { type: "paragraph", inlines: ["    - f"] },
  ]);
});

test("code within a list can be indented further than other code", () => {
  const fence = "        ```\n        ls\n        ```";
  assert.deepEqual(parseMarkdown(fence), [{ type: "paragraph", inlines: [fence] }]);
  // The list continues after the code.
  assert.deepEqual(parseMarkdown(`- a\n    1. b\n${fence}\n    2. c`), [
    { type: "list", ordered: false, items: [["a"]] },
    { type: "list", ordered: true, start: 1, depth: 1, items: [["b"]] },
    { type: "code", text: "ls" },
    { type: "list", ordered: true, start: 2, depth: 1, items: [["c"]] },
  ]);
  // Code that is not indented ends the list.
  assert.deepEqual(parseMarkdown("- a\n```\nls\n```\n    - b"), [
    { type: "list", ordered: false, items: [["a"]] },
    { type: "code", text: "ls" },
    { type: "paragraph", inlines: ["    - b"] },
  ]);
});

test("a turn with thousands of tools has a limited number of steps", () => {
  const tools = Array.from({ length: 10_000 }, (_, index) =>
    stepAt(index + 2, "Action Invoked", 10 + index, { type: "t", duration_ms: 5 }),
  );
  const events = [stepAt(1, "Message Sent", 0), ...tools, stepAt(20_000, "Message Received", 20_000)];
  const { steps, tools: count } = findTurns(events).get(20_000);
  assert.equal(count, 10_000);
  assert.equal(steps.length, 101);
  assert.deepEqual(steps[99], { kind: "tool", label: "9901 more tools", start: 104, end: 10_009 });
  for (const index of [50, 200, 300]) tools[index] = stepAt(index + 2, "Action Invoked", 10 + index, { type: "t", duration_ms: 5, outcome: "failed" });
  const withFailures = findTurns([events[0], ...tools, events.at(-1)]).get(20_000).steps;
  assert.equal(withFailures[50].outcome, "failed");
  const combined = { kind: "failed-tool", label: "9901 more tools", start: 104, end: 10_009, outcome: "2 failed" };
  assert.deepEqual(withFailures[99], combined);
});

test("quotes, rules, tables, and images are recognized, and none of them is nested", () => {
  assert.deepEqual(parseMarkdown("> > one\n> two\n---\n![a cat](https://a.example/cat.png)"), [
    { type: "quote", inlines: ["one\ntwo"] },
    { type: "rule" },
    {
      type: "paragraph",
      inlines: [{ type: "image", text: "a cat", url: "https://a.example/cat.png" }],
    },
  ]);
  assert.deepEqual(parseMarkdown("| Item | Price |\n|:--|--:|\n| **Kettle** |\n| Lamp | 5 | more |\nEnd"), [
    {
      type: "table",
      head: [["Item"], ["Price"]],
      rows: [
        [[{ type: "strong", text: "Kettle" }], []],
        [["Lamp"], ["5"]],
      ],
    },
    { type: "paragraph", inlines: ["End"] },
  ]);
  // An image that is not on the web stays text.
  for (const url of ["javascript:alert(1)", "data:image/svg+xml,x", "//a.example/x", "file:///etc/passwd"]) {
    const text = `![x](${url}) [y](${url})`;
    assert.deepEqual(parseMarkdown(text), [{ type: "paragraph", inlines: [text] }]);
  }
});

test("a table or nested quotes cannot become much larger than their text", () => {
  const count = (value) =>
    typeof value !== "object" ? 1 : Object.values(value).reduce((sum, item) => sum + count(item), 1);
  const wide = `${"|a".repeat(5_000)}|\n${"|-".repeat(5_000)}|\n${"|\n".repeat(5_000)}`;
  const long = `|a|b|\n|-|-|\n${"|1|2|\n".repeat(5_000)}`;
  const empty = `${"|a".repeat(20)}|\n${"|-".repeat(20)}|\n${"|\n".repeat(199)}`;
  const deep = `${">".repeat(10_000)} x\n${"  ".repeat(5_000)}- y`;
  for (const text of [wide, long, empty, deep]) assert.ok(count(parseMarkdown(text)) < 10_000);
});
