// Tests the pure functions of the view with the figures, and those that send a conversation again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { batchesOf, callsToSend } from "../assets/chat/send-again.js";
import {
  formatCost,
  formatRate,
  formatTime,
  numberCards,
  quoted,
} from "../assets/numbers/figures.js";
import { formatRoute, parseRoute } from "../assets/app/route.js";

const group = (from, to, count) => ({ from, to, count });

/// The server's response without events.
const nothing = {
  lastSeq: 0,
  events: 0,
  duplicates: 0,
  conversations: { count: 0, messages: 0, groups: [group(0, 1, 0), group(1, undefined, 0)] },
  answers: { count: 0, unknown: 0, groups: [group(0, 100, 0), group(100, undefined, 0)] },
  tools: { calls: 0, ok: 0, failed: 0, canceled: 0, unknown: 0, types: [] },
  ratings: { count: 0, unknown: 0, values: [], others: 0 },
  usage: {
    replies: 0,
    repliesWithInputTokens: 0,
    repliesWithOutputTokens: 0,
    repliesWithCost: 0,
  },
  problems: { ok: 0, note: 0, warning: 0, error: 0, rejected: 0, codes: [], libraries: [] },
};

const card = (numbers, id) => numberCards(numbers).find((card) => card.id === id);

test("an unknown figure differs from zero", () => {
  for (const id of ["conversations", "answers", "tools", "ratings", "tokens", "cost"])
    assert.equal(card(nothing, id).figure.text, undefined, id);
  const usage = { ...nothing.usage, replies: 3, costUsd: 0, repliesWithCost: 1 };
  const cost = card({ ...nothing, usage }, "cost");
  assert.equal(cost.figure.text, "$0.00");
  assert.equal(cost.details[0], "Known for 1 of 3 replies");
  const tools = { ...nothing.tools, calls: 2, ok: 2, failureRate: 0 };
  assert.equal(card({ ...nothing, tools }, "tools").figure.text, "0%");
  const unknown = { ...nothing.tools, calls: 2, unknown: 2, types: [{ calls: 2, ok: 0, failed: 0, canceled: 0, unknown: 2 }] };
  const { figure, plot } = card({ ...nothing, tools: unknown }, "tools");
  assert.equal(figure.text, undefined);
  assert.equal(plot.rows[0].text, "2 · unknown");
});

test("each figure has the search that finds its events", () => {
  const type = 'say "hi" \\ there';
  const tools = {
    ...nothing.tools,
    types: [{ type, calls: 1, ok: 0, failed: 1, canceled: 0, unknown: 0, failureRate: 1 }],
  };
  assert.equal(card({ ...nothing, tools }, "tools").plot.rows[0].query, 'event:"Action Invoked" "say \\"hi\\" \\\\ there"');
  const problems = {
    ...nothing.problems,
    error: 2,
    warning: 1,
    codes: [{ code: "missing_property", severity: "error", events: 2 }],
    libraries: [{ library: "a/1", events: 5, problems: 3 }, { events: 1, problems: 0 }],
  };
  const codes = card({ ...nothing, problems }, "codes");
  assert.deepEqual(codes.plot.rows[0].query, "code:missing_property");
  assert.deepEqual(
    codes.links.map(({ query }) => query),
    ["severity:error", "severity:warning"],
  );
  const libraries = card({ ...nothing, problems }, "libraries");
  assert.deepEqual(
    libraries.plot.rows.map(({ query }) => query),
    ['library:"a/1"', undefined],
  );
  assert.equal(quoted("x"), '"x"');
  const ratings = { ...nothing.ratings, count: 2, mean: 4.25, values: [{ rating: 4.5, count: 1 }, { rating: -1, count: 1 }] };
  assert.deepEqual(
    card({ ...nothing, ratings }, "ratings").plot.rows.map(({ query }) => query),
    ["rating:4.5", "rating:-1"],
  );
  const messages = [group(0, 1, 2), group(1, 2, 0), group(3, 5, 1), group(65, undefined, 3)];
  const conversations = { count: 6, messages: 200, meanMessages: 33.3, groups: messages };
  assert.deepEqual(
    card({ ...nothing, conversations }, "conversations").plot.rows.map(({ query }) => query),
    ["messages:0", undefined, "messages:3..4", "messages:65.."],
  );
  const times = [group(0, 100, 1), group(500, 1000, 1), group(1000, 2000, 1), group(100_000, undefined, 1)];
  const answers = { count: 4, unknown: 0, meanMs: 1, medianMs: 1, p95Ms: 1, groups: times };
  assert.deepEqual(
    card({ ...nothing, answers }, "answers").plot.rows.map(({ query }) => query),
    ["answer:0s..0.099s", "answer:0.5s..0.999s", "answer:1s..1.999s", "answer:100s.."],
  );
  const calls = { calls: 5, ok: 2, failed: 1, canceled: 1, unknown: 1, failureRate: 1 / 3, types: [] };
  const { figure, links } = card({ ...nothing, tools: calls }, "tools");
  assert.equal(figure.query, "outcome:failed");
  assert.deepEqual(
    links.map(({ text, query }) => [text, query]),
    [
      ["1 canceled", "outcome:canceled"],
      ["1 with unknown outcome", "outcome:unknown"],
    ],
  );
});

test("a plot has at most twelve rows and mentions the others", () => {
  const values = Array.from({ length: 30 }, (_, index) => ({ rating: index / 10, count: 1 }));
  const ratings = { ...nothing.ratings, count: 30, mean: 1.45, values };
  const { plot, details } = card({ ...nothing, ratings }, "ratings");
  assert.equal(plot.rows.length, 12);
  assert.ok(details.includes("The plot leaves out 18 more values"), details.join());
});

test("empty groups at both ends are left out, and those between are kept", () => {
  const groups = [group(0, 100, 0), group(100, 200, 1), group(200, 500, 0), group(500, undefined, 2)];
  const answers = { count: 3, unknown: 1, meanMs: 400, medianMs: 500, p95Ms: 1500, groups };
  const { plot, figure, details } = card({ ...nothing, answers }, "answers");
  assert.deepEqual(
    plot.rows.map(({ label, text }) => [label, text]),
    [
      ["0.1–0.2 s", "1"],
      ["0.2–0.5 s", "0"],
      ["0.5 s or more", "2"],
    ],
  );
  assert.equal(figure.text, "500 ms");
  assert.ok(details.includes("95% within 1.5 s, mean 400 ms"), details.join());
});

test("shares, times, and costs are formatted", () => {
  assert.deepEqual([undefined, 0, 0.001, 0.25, 0.999, 1].map(formatRate), [undefined, "0%", "<1%", "25%", ">99%", "100%"]);
  assert.deepEqual([90, 1500, 2000, 12_000, 90_000].map(formatTime), ["90 ms", "1.5 s", "2 s", "12 s", "1 min 30 s"]);
  assert.deepEqual([0, 0.000012, 0.0125, 1234.5].map(formatCost), ["$0.00", "$0.000012", "$0.013", "$1,234.50"]);
});

test("the view is in the address", () => {
  assert.deepEqual(parseRoute(formatRoute({ view: "numbers" })).view, "numbers");
  assert.equal(parseRoute("#view=else").view, undefined);
});

const exported = (raw, second) =>
  JSON.stringify({ seq: second, occurredAt: `2026-01-02T03:04:0${second}.000Z`, raw });

test("calls are sent again unchanged, without their keys", () => {
  const lines = [
    '{"seq":1,"occurredAt":"2026-01-02T03:04:01.000Z","raw":{"type":"track","n":15,"writeKey":"abcd…","sentAt":"x"}}',
    exported("no JSON", 2),
    "",
  ].join("\n");
  assert.deepEqual(callsToSend(lines), ['{"type":"track","n":15}']);
});

test("a copy has a new conversation, new ids, and new times", () => {
  const lines = [
    exported({ type: "track", messageId: "a", timestamp: "x", properties: { conversationId: "c", b: 1 } }, 1),
    exported({ type: "identify", messageId: "b", traits: { conversationId: "c" } }, 3),
    exported({ type: "page", messageId: "c", originalTimestamp: "x" }, 4),
  ].join("\n");
  let id = 0;
  const now = Date.parse("2026-05-05T00:00:10.000Z");
  const calls = callsToSend(lines, { copyId: "copy", now, newId: () => `new-${(id += 1)}` });
  assert.deepEqual(calls.map((call) => JSON.parse(call)), [
    { type: "track", messageId: "new-1", timestamp: "2026-05-05T00:00:07.000Z", properties: { conversationId: "copy", b: 1 } },
    { type: "identify", messageId: "new-2", timestamp: "2026-05-05T00:00:09.000Z", traits: { conversationId: "copy" } },
    { type: "page", messageId: "new-3", timestamp: "2026-05-05T00:00:10.000Z" },
  ]);
});

test("batches respect the limits of the tracking API", () => {
  assert.deepEqual(batchesOf([]), []);
  assert.deepEqual(batchesOf(["a", "b"]), [["a", "b"]]);
  assert.equal(batchesOf(Array.from({ length: 1_200 }, () => "x")).length, 3);
  assert.equal(batchesOf(Array.from({ length: 5 }, () => "x".repeat(60_000))).length, 5);
});
