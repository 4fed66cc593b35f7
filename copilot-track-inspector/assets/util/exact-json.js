// Parses and serializes JSON without changing the digits of numbers. `JSON.parse` rounds
// 12345678901234567890, but events must be shown and copied as they were sent.

/// A number that a double cannot represent, with its source text.
export class ExactNumber {
  constructor(source) {
    this.source = source;
  }
  toString() {
    return this.source;
  }
}

/// Parses JSON, with an `ExactNumber` for each number that a double cannot represent. In browsers
/// without source text access in `JSON.parse`, such numbers are rounded.
export function parseJson(text) {
  return JSON.parse(text, (_, value, context) => {
    if (typeof value !== "number" || typeof context?.source !== "string") return value;
    const { source } = context;
    const isInteger = /^-?\d+$/.test(source);
    if (isInteger ? String(value) === source : Number.isFinite(value)) return value;
    if (isInteger && Object.is(value, -0)) return value;
    return new ExactNumber(source);
  });
}

/// Serializes a parsed value. `indent` works as in `JSON.stringify`.
export function stringifyJson(value, indent = 0, level = 0) {
  if (value instanceof ExactNumber) return value.source;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const isArray = Array.isArray(value);
  const entries = isArray
    ? value.map((item) => stringifyJson(item, indent, level + 1))
    : Object.entries(value).map(
        ([name, item]) =>
          `${JSON.stringify(name)}:${indent ? " " : ""}${stringifyJson(item, indent, level + 1)}`,
      );
  const [open, close] = isArray ? "[]" : "{}";
  if (entries.length === 0) return open + close;
  if (!indent) return open + entries.join(",") + close;
  const pad = "\n" + " ".repeat(indent * (level + 1));
  return open + pad + entries.join("," + pad) + "\n" + " ".repeat(indent * level) + close;
}

/// Characters that are unsafe in copied text, because terminals interpret them or because they
/// change how text is displayed: C0 and C1 controls, DEL, line separators, bidirectional marks and
/// overrides, and invisible characters.
// eslint-disable-next-line no-control-regex
export const UNSAFE_CHARS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/// Serializes a value with unsafe characters escaped.
export function escapedJson(value, indent = 0) {
  return stringifyJson(value, indent).replace(UNSAFE_CHARS, (char) =>
    char === "\n" || char === "\u200d"
      ? char
      : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
