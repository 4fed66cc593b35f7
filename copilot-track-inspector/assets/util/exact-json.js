// JSON whose numbers keep their digits. `JSON.parse` makes 12345678901234567890 another number; what
// is shown and copied must be what was sent.

/// A number that a double cannot hold, as it was written.
export class ExactNumber {
  constructor(source) {
    this.source = source;
  }
  toString() {
    return this.source;
  }
}

/// Parses, with `ExactNumber` where a double would lie. Browsers that do not tell a number's source
/// give the double.
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

/// Writes it again. `indent` as of `JSON.stringify`.
export function stringifyJson(value, indent = 0, level = 0) {
  if (value instanceof ExactNumber) return value.source;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const isArray = Array.isArray(value);
  const entries = isArray
    ? value.map((one) => stringifyJson(one, indent, level + 1))
    : Object.entries(value).map(
        ([name, one]) =>
          `${JSON.stringify(name)}:${indent ? " " : ""}${stringifyJson(one, indent, level + 1)}`,
      );
  const [open, close] = isArray ? "[]" : "{}";
  if (entries.length === 0) return open + close;
  if (!indent) return open + entries.join(",") + close;
  const pad = "\n" + " ".repeat(indent * (level + 1));
  return open + pad + entries.join("," + pad) + "\n" + " ".repeat(indent * level) + close;
}

/// Characters that a terminal obeys, or that turn the text around on the screen: a copied text must
/// not do more than it shows. C0 and C1 controls, DEL, line separators, marks and overrides of
/// direction, invisible ones.
// eslint-disable-next-line no-control-regex
export const UNSAFE_CHARS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/// JSON on one line in which such characters are written as escapes.
export function escapedJson(value, indent = 0) {
  return stringifyJson(value, indent).replace(UNSAFE_CHARS, (char) =>
    char === "\n" || char === "\u200d"
      ? char
      : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
