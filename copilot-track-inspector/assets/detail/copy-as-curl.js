// An event as the curl that sends it again. Pure.

import { escapedJson } from "../util/exact-json.js";

/// Linux takes no argument above 128 KiB.
const MAX_ARGUMENT_BYTES = 120_000;

const CALL_TYPES = ["track", "identify", "page", "screen", "group", "alias"];

/// Quotes for a POSIX shell: inside single quotes nothing has a meaning but the quote itself.
export const shellQuote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/// `origin` is where the inspector listens. The write key that it was sent with is not shown by the
/// server, so another stands in its place.
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
  // JSON on one line can never be the line that ends the document.
  return `${[...head, "--data-binary @- <<'JSON'"].join(" \\\n  ")}\n${json}\nJSON`;
}
