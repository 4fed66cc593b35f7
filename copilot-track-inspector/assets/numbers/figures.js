// Turns the server's figures into the cards of the view. Pure functions.
//
// A card is `{ id, title, figure, details, plot }`. `figure` is `{ text, query }`: its text, or
// undefined if the figure is unknown, and the search that finds the events behind it. `details` are
// lines of text. `plot` is `{ caption, columns, rows }`, and a row is `{ label, parts, text, query }`.
// A plot with a `legend` has long texts.
// The parts of a row's bar are `{ kind, value }`.

import { formatCount, formatDuration, plural } from "../util/format.js";

/// Maximum number of rows in a plot. The page shows the most frequent ones.
const MAX_ROWS = 12;

const REPLIES = 'event:"Message Received"';
const TOOLS = 'event:"Action Invoked"';
const FEEDBACK = 'event:"Feedback Submitted"';
const ANSWERS = "answer:0s..";

/// Quotes a value of the search language.
export const quoted = (text) => `"${String(text).replace(/[\\"]/g, "\\$&")}"`;

export function numberCards(numbers) {
  return [
    conversationsCard(numbers),
    answersCard(numbers),
    toolsCard(numbers),
    codesCard(numbers),
    ratingsCard(numbers),
    librariesCard(numbers),
    tokensCard(numbers),
    costCard(numbers),
  ];
}

function conversationsCard({ conversations }) {
  const { count, messages, meanMessages, groups } = conversations;
  return {
    id: "conversations",
    title: "Messages per conversation",
    figure: { text: meanMessages === undefined ? undefined : formatNumber(meanMessages), query: "" },
    details: [
      `${count === 0 ? "" : "Mean: "}${formatCount(messages)} ${plural(messages, "message")} in ${formatCount(count)} ${plural(count, "conversation")}`,
    ],
    plot: {
      caption: "Conversations by number of messages",
      columns: ["Messages", "Conversations"],
      rows: groupRows(groups, messageRange, messageQuery),
    },
  };
}

const messageRange = (from, to) => {
  if (to === undefined) return `${from} or more`;
  return to === from + 1 ? String(from) : `${from}–${to - 1}`;
};

/// Returns the search for the conversations of a group. `to` does not belong to the group.
const messageQuery = (from, to) => {
  if (to === undefined) return `messages:${from}..`;
  return to === from + 1 ? `messages:${from}` : `messages:${from}..${to - 1}`;
};

function answersCard({ answers }) {
  const { count, unknown, meanMs, medianMs, p95Ms, groups } = answers;
  return {
    id: "answers",
    title: "Time to answer",
    figure: { text: medianMs === undefined ? undefined : formatTime(medianMs), query: ANSWERS },
    details: [
      medianMs === undefined
        ? "No question has a reply yet"
        : `Median of ${formatCount(count)} ${plural(count, "answer")}`,
      p95Ms !== undefined && `95% within ${formatTime(p95Ms)}, mean ${formatTime(meanMs)}`,
      unknown > 0 &&
        `Unknown for ${formatCount(unknown)} ${unknown === 1 ? "reply" : "replies"} without a question`,
    ],
    plot: {
      caption: "Replies by time to answer",
      columns: ["Time", "Replies"],
      rows: count === 0 ? [] : groupRows(groups, timeRange, timeQuery),
    },
  };
}

const timeRange = (from, to) => {
  if (to === undefined) return `${from / 1000} s or more`;
  return from === 0 ? `under ${to / 1000} s` : `${from / 1000}–${to / 1000} s`;
};

const timeQuery = (from, to) =>
  `answer:${from / 1000}s..${to === undefined ? "" : `${(to - 1) / 1000}s`}`;

/// Returns a row for each group, without the empty groups at both ends. An empty group between others
/// has no search, because no events are behind it.
function groupRows(groups, label, query) {
  const first = groups.findIndex(({ count }) => count > 0);
  const last = groups.findLastIndex(({ count }) => count > 0);
  if (first < 0) return [];
  return groups.slice(first, last + 1).map(({ from, to, count }) => ({
    label: label(from, to),
    parts: [{ kind: "plain", value: count }],
    text: formatCount(count),
    query: count === 0 ? undefined : query(from, to),
  }));
}

function toolsCard({ tools }) {
  const { calls, ok, failed, canceled, unknown, failureRate, types, others } = tools;
  const rows = types.slice(0, MAX_ROWS);
  return {
    id: "tools",
    title: "Failed tool calls",
    figure: { text: formatRate(failureRate), query: failed > 0 ? "outcome:failed" : TOOLS },
    details: [
      calls === 0 && "No tool has been called yet",
      calls > 0 && `${formatCount(failed)} of ${formatCount(ok + failed)} failed`,
      ...leftOut(types.length - rows.length + (others ? 1 : 0), "type"),
    ],
    links: [
      { text: `${formatCount(canceled)} canceled`, query: "outcome:canceled", count: canceled },
      { text: `${formatCount(unknown)} with unknown outcome`, query: "outcome:unknown", count: unknown },
    ].filter(({ count }) => count > 0),
    plot: {
      caption: "Tool calls by type",
      columns: ["Type", "Calls, and the share that failed"],
      legend: [
        ["plain", "succeeded"],
        ["bad", "failed"],
        ["unknown", "canceled or unknown"],
      ],
      rows: rows.map((tool) => ({
        label: tool.type ?? "no type",
        isUnknown: tool.type === undefined,
        parts: [
          { kind: "plain", value: tool.ok },
          { kind: "bad", value: tool.failed },
          { kind: "unknown", value: tool.canceled + tool.unknown },
        ],
        text: `${formatCount(tool.calls)} · ${tool.failureRate === undefined ? "unknown" : `${formatRate(tool.failureRate)} failed`}`,
        query: tool.type === undefined ? TOOLS : `${TOOLS} ${quoted(tool.type)}`,
      })),
    },
  };
}

function ratingsCard({ ratings }) {
  const { count, unknown, mean, values, others } = ratings;
  const rows = values.slice(0, MAX_ROWS);
  return {
    id: "ratings",
    title: "Rating",
    figure: { text: mean === undefined ? undefined : formatNumber(mean), query: FEEDBACK },
    details: [
      count === 0 ? "No ratings yet" : `Mean of ${formatCount(count - others)} ${plural(count - others, "rating")}`,
      others > 0 && `${formatCount(others)} ${plural(others, "rating")} out of range`,
      unknown > 0 && `Unknown for ${formatCount(unknown)} feedback ${plural(unknown, "event")}`,
      ...leftOut(values.length - rows.length, "value"),
    ],
    plot: {
      caption: "Ratings by value",
      columns: ["Rating", "Events"],
      rows: rows.map((value) => ({
        label: formatNumber(value.rating),
        parts: [{ kind: "plain", value: value.count }],
        text: formatCount(value.count),
        query: `rating:${value.rating}`,
      })),
    },
  };
}

function tokensCard({ usage }) {
  const { replies, inputTokens, outputTokens } = usage;
  const known = Math.max(usage.repliesWithInputTokens, usage.repliesWithOutputTokens);
  const isKnown = inputTokens !== undefined || outputTokens !== undefined;
  const part = (count, label) =>
    count === undefined ? `${label} unknown` : `${formatCount(count)} ${label}`;
  return {
    id: "tokens",
    title: "Tokens",
    figure: {
      text: isKnown ? formatCount((inputTokens ?? 0) + (outputTokens ?? 0)) : undefined,
      query: REPLIES,
    },
    details: [
      isKnown && `${part(inputTokens, "input")}, ${part(outputTokens, "output")}`,
      coverage(known, replies, "tokens"),
    ],
  };
}

function costCard({ usage: { replies, costUsd, repliesWithCost } }) {
  return {
    id: "cost",
    title: "Cost",
    figure: { text: costUsd === undefined ? undefined : formatCost(costUsd), query: REPLIES },
    details: [
      coverage(repliesWithCost, replies, "a cost"),
      repliesWithCost > 0 && `${formatCost(costUsd / repliesWithCost)} per reply`,
    ],
  };
}

/// Describes how many replies report a value.
function coverage(known, replies, what) {
  if (replies === 0) return "No replies yet";
  if (known === 0) return `No reply reports ${what}`;
  return `Known for ${formatCount(known)} of ${formatCount(replies)} ${replies === 1 ? "reply" : "replies"}`;
}

function codesCard({ problems, events }) {
  const { warning, error, rejected, codes } = problems;
  const rows = codes.slice(0, MAX_ROWS);
  const statuses = [
    ["rejected", rejected, "rejected"],
    ["error", error, plural(error, "error")],
    ["warning", warning, plural(warning, "warning")],
  ];
  return {
    id: "codes",
    title: "Events with problems",
    figure: { text: formatCount(warning + error + rejected), query: "", onlyProblems: true },
    details: [
      `Of ${formatCount(events)} ${plural(events, "event")}`,
      ...leftOut(codes.length - rows.length, "code"),
    ],
    links: statuses
      .filter(([, count]) => count > 0)
      .map(([severity, count, label]) => ({
        text: `${formatCount(count)} ${label}`,
        query: `severity:${severity}`,
      })),
    plot: {
      caption: "Events with problems by code",
      columns: ["Code", "Events"],
      rows: rows.map(({ code, severity, events: count }) => ({
        label: code.replaceAll("_", " "),
        severity,
        parts: [{ kind: severity === "warning" ? "plain" : "bad", value: count }],
        text: formatCount(count),
        query: `code:${code}`,
      })),
    },
  };
}

function librariesCard({ problems: { libraries, otherLibraries } }) {
  const rows = libraries.slice(0, MAX_ROWS);
  return {
    id: "libraries",
    title: "Libraries",
    figure: { text: formatCount(libraries.filter(({ library }) => library !== undefined).length), query: "" },
    details: [
      "Libraries that sent events",
      ...leftOut(libraries.length - rows.length + (otherLibraries ? 1 : 0), "library"),
    ],
    plot: {
      caption: "Events with problems by library",
      columns: ["Library", "Events, and those with problems"],
      legend: [
        ["plain", "without problems"],
        ["bad", "with problems"],
      ],
      rows: rows.map(({ library, events, problems }) => ({
        label: library ?? "unknown library",
        isUnknown: library === undefined,
        parts: [
          { kind: "plain", value: events - problems },
          { kind: "bad", value: problems },
        ],
        text: `${formatCount(events)} · ${formatCount(problems)} ${plural(problems, "problem")}`,
        query: library === undefined ? undefined : `library:${quoted(library)}`,
        onlyProblems: false,
      })),
    },
  };
}

const leftOut = (count, noun) => (count > 0 ? [`The plot leaves out ${count} more ${plural(count, noun)}`.replace("librarys", "libraries")] : []);

/// Formats a share. Shares that round to 0% or 100% but differ from them are shown as such.
export function formatRate(rate) {
  if (rate === undefined) return undefined;
  if (rate > 0 && rate < 0.01) return "<1%";
  if (rate < 1 && rate > 0.99) return ">99%";
  return `${Math.round(rate * 100)}%`;
}

/// Formats a number with at most two decimals.
export const formatNumber = (number) =>
  number.toLocaleString("en-US", { maximumFractionDigits: 2 });

/// Formats a time with two significant digits, such as "1.5 s". Full seconds have no decimals.
export function formatTime(ms) {
  if (ms < 1000 || ms >= 60_000) return formatDuration(ms);
  const seconds = Number((ms / 1000).toPrecision(2));
  return `${seconds} s`;
}

/// Formats a cost in US dollars. Small costs have more decimals.
export function formatCost(usd) {
  const digits = usd === 0 || usd >= 1 ? 2 : usd >= 0.01 ? 3 : 6;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}
