// JSON values as Rust literals. Pure.

import { ExactNumber, stringifyJson, UNSAFE_CHARS } from "../util/exact-json.js";

/// A string literal. Whatever is unseen or turns text around is written as an escape: rustc refuses
/// the latter.
export function rustString(text) {
  let literal = '"';
  for (const char of text) {
    const code = char.codePointAt(0);
    if (char === "\\" || char === '"') literal += `\\${char}`;
    else if (char === "\n") literal += "\\n";
    else if (char === "\r") literal += "\\r";
    else if (char === "\t") literal += "\\t";
    // Half of a surrogate pair is no character in Rust.
    else if (code >= 0xd800 && code <= 0xdfff) literal += "\\u{fffd}";
    else if (char !== "\u200d" && char.search(UNSAFE_CHARS) === 0) literal += `\\u{${code.toString(16)}}`;
    else literal += char;
  }
  return `${literal}"`;
}

/// A number literal that has a type of its own, so that the line compiles wherever it stands.
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

/// How many values it is made of, to leave `json!` before it reaches the compiler's recursion limit.
function countValues(value) {
  if (value === null || typeof value !== "object" || value instanceof ExactNumber) return 1;
  return Object.values(value).reduce((sum, one) => sum + countValues(one), 1);
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
  const literals = Object.entries(value).map(([name, one]) => {
    const literal = jsonLiteral(one);
    return literal === undefined ? undefined : `${rustString(name)}: ${literal}`;
  });
  if (literals.includes(undefined)) return undefined;
  return literals.length === 0 ? "{}" : `{ ${literals.join(", ")} }`;
}

/// A whole value as `serde_json::Value`.
export function rustJson(value) {
  const literal = countValues(value) <= 40 ? jsonLiteral(value) : undefined;
  if (literal !== undefined) return `serde_json::json!(${literal})`;
  return `serde_json::from_str::<serde_json::Value>(${rustString(stringifyJson(value))})?`;
}

/// A property's value: plain where Rust has a plain literal.
export function rustValue(value) {
  if (typeof value === "string") return rustString(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" || value instanceof ExactNumber) {
    return rustNumber(String(value)) ?? rustJson(value);
  }
  return rustJson(value);
}
