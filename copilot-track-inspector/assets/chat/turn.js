// The steps of a turn, from the customer's message to the reply. Pure functions.

import { displayText, eventKind, eventProperties, eventTime } from "../model/event.js";

/// Returns the turn that each reply ends, as a map from the reply's `seq`. `events` are in order. A
/// turn is `{ elapsed, steps, tools, tokens, cost }`. Times are in milliseconds since the
/// customer's message. A step is `{ kind, label, start, end, outcome }`; `start` is undefined if the
/// duration is unknown, and only a tool that was not successful has an `outcome`. Replies without a message before them have no turn.
export function findTurns(events) {
  const turns = new Map();
  let question;
  let tools = [];
  for (const event of events) {
    const kind = eventKind(event);
    if (kind === "sent") {
      question = event;
      tools = [];
    } else if (kind === "tool") tools.push(event);
    else if (kind === "received" && question) {
      turns.set(event.seq, turn(question, tools, event));
      tools = [];
    }
  }
  return turns;
}

/// If a turn has more tools than this, the others are one step.
const MAX_TOOL_STEPS = 100;

function turn(question, tools, reply) {
  const start = eventTime(question);
  const properties = eventProperties(reply);
  const steps = tools.map((tool) => toolStep(tool, start));
  if (steps.length > MAX_TOOL_STEPS) steps.push(combined(steps.splice(MAX_TOOL_STEPS - 1)));
  const end = eventTime(reply) - start;
  const duration = positive(properties.duration_ms);
  const replyStart = duration === undefined ? undefined : Math.max(0, end - duration);
  const firstChunk = positive(properties.first_chunk_ms);
  if (firstChunk !== undefined && replyStart !== undefined && firstChunk <= duration) {
    // The clock of the sender can differ, so the reply can end before its first chunk.
    const firstEnd = Math.min(replyStart + firstChunk, Math.max(replyStart, end));
    steps.push({ kind: "wait", label: "first chunk", start: replyStart, end: firstEnd });
    steps.push({ kind: "reply", label: "streaming", start: firstEnd, end: Math.max(firstEnd, end) });
  } else steps.push({ kind: "reply", label: "reply", start: replyStart, end });
  return {
    elapsed: Math.max(0, end),
    steps,
    tools: tools.length,
    tokens: sum(properties.input_tokens, properties.output_tokens),
    cost: positive(properties.cost_usd),
  };
}

/// Returns one step for several tools.
function combined(steps) {
  const starts = steps.map(({ start, end }) => start ?? end);
  const failed = steps.filter(({ kind }) => kind === "failed-tool").length;
  const step = {
    kind: failed > 0 ? "failed-tool" : "tool",
    label: `${steps.length} more tools`,
    start: Math.min(...starts),
    end: Math.max(...steps.map(({ end }) => end)),
  };
  return failed > 0 ? { ...step, outcome: `${failed} failed` } : step;
}

/// How the outcome of a tool that was not successful is shown.
const OUTCOMES = new Map([
  ["cancelled", "canceled"],
  ["panicked", "panicked"],
]);

function toolStep(tool, start) {
  const properties = eventProperties(tool);
  const end = eventTime(tool) - start;
  const duration = positive(properties.duration_ms);
  const isOk = properties.outcome === undefined || properties.outcome === "ok";
  const step = {
    kind: isOk ? "tool" : "failed-tool",
    label: displayText(properties.type).slice(0, 60) || "tool",
    start: duration === undefined ? undefined : Math.max(0, end - duration),
    end,
  };
  return isOk ? step : { ...step, outcome: OUTCOMES.get(properties.outcome) ?? "failed" };
}

const positive = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

function sum(...values) {
  const known = values.map(positive).filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value);
}
