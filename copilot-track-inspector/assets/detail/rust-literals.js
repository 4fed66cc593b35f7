// Formats JSON values as Rust literals. Pure functions.

import { ExactNumber, stringifyJson, UNSAFE_CHARS } from "../util/exact-json.js";

/// Returns a string literal. Invisible and bidirectional control characters are escaped, because
/// rustc rejects bidirectional control characters in literals.
export function rustString(text) {
  let literal = '"';
  for (const char of text) {
    const code = char.codePointAt(0);
    if (char === "\\" || char === '"') literal += `\\${char}`;
    else if (char === "\n") literal += "\\n";
    else if (char === "\r") literal += "\\r";
    else if (char === "\t") literal += "\\t";
    // A Rust string cannot hold a lone surrogate.
    else if (code >= 0xd800 && code <= 0xdfff) literal += "\\u{fffd}";
    else if (char !== "\u200d" && char.search(UNSAFE_CHARS) === 0)
      literal += `\\u{${code.toString(16)}}`;
    else literal += char;
  }
  return `${literal}"`;
}

/// Returns a number literal, with a type suffix if it does not fit an `i32`. Returns undefined if
/// no Rust type can hold the number.
function rustNumber(source) {
  if (/^-?\d+$/.test(source)) {
    const value = BigInt(source);
    if (value >= -(2n ** 31n) && value < 2n ** 31n) return source === "-0" ? "-0.0" : source;
    if (value >= -(2n ** 63n) && value < 2n ** 63n) return `${source}_i64`;
    if (value >= 0 && value < 2n ** 64n) return `${source}_u64`;
    return undefined;
  }
  const value = Number(source);
  return Number.isFinite(value) ? rustFloat(value) : undefined;
}

export function rustFloat(value) {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text.replace("e+", "e");
}

/// Counts nested values. Large values would exceed the compiler's recursion limit in `json!`.
function countValues(value) {
  if (value === null || typeof value !== "object" || value instanceof ExactNumber) return 1;
  return Object.values(value).reduce((sum, item) => sum + countValues(item), 1);
}

function jsonLiteral(value) {
  if (value === null) return "null";
  if (typeof value === "string") return rustString(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" || value instanceof ExactNumber) return rustNumber(String(value));
  if (Array.isArray(value)) {
    const literals = value.map(jsonLiteral);
    return literals.includes(undefined) ? undefined : `[${literals.join(", ")}]`;
  }
  const literals = Object.entries(value).map(([name, item]) => {
    const literal = jsonLiteral(item);
    return literal === undefined ? undefined : `${rustString(name)}: ${literal}`;
  });
  if (literals.includes(undefined)) return undefined;
  return literals.length === 0 ? "{}" : `{ ${literals.join(", ")} }`;
}

/// Returns an expression of type `serde_json::Value`.
export function rustJson(value) {
  const literal = countValues(value) <= 40 ? jsonLiteral(value) : undefined;
  if (literal !== undefined) return `serde_json::json!(${literal})`;
  return `serde_json::from_str::<serde_json::Value>(${rustString(stringifyJson(value))})?`;
}

/// Returns a plain literal if Rust has one, or else a `serde_json::Value`.
export function rustValue(value) {
  if (typeof value === "string") return rustString(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" || value instanceof ExactNumber) {
    return rustNumber(String(value)) ?? rustJson(value);
  }
  return rustJson(value);
}
