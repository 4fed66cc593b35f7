// Formats an event as a curl command that sends it again. Pure functions.

import { escapedJson } from "../util/exact-json.js";

/// Linux limits a single argument to 128 KiB.
const MAX_ARGUMENT_BYTES = 120_000;

const CALL_TYPES = ["track", "identify", "page", "screen", "group", "alias"];

/// Quotes text for a POSIX shell. Inside single quotes, only the single quote is special.
export const shellQuote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/// `origin` is the inspector's address. The server does not reveal the original write key, so the
/// command uses a placeholder.
export function toCurl(raw, origin) {
  const isKnown = CALL_TYPES.includes(raw?.type);
  const body = isKnown ? raw : { batch: [raw] };
  const json = escapedJson(body);
  const head = [
    `curl -sS ${shellQuote(`${origin}/v1/${isKnown ? raw.type : "batch"}`)}`,
    "-u 'local:'",
    "-H 'content-type: application/json'",
  ];
  if (new TextEncoder().encode(json).length < MAX_ARGUMENT_BYTES) {
    return [...head, `--data-binary ${shellQuote(json)}`].join(" \\\n  ");
  }
  // The JSON is a single line, so it cannot contain the here-document's delimiter.
  return `${[...head, "--data-binary @- <<'JSON'"].join(" \\\n  ")}\n${json}\nJSON`;
}
