// An event as the curl that sends it again. Pure.

import { safeJson } from "../util/exact-json.js";

/// Linux takes no argument above 128 KiB.
const LONGEST_ARGUMENT = 120_000;

const CALLS = ["track", "identify", "page", "screen", "group", "alias"];

/// Quotes for a POSIX shell: inside single quotes nothing has a meaning but the quote itself.
export const shellQuote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/// `origin` is where the inspector listens. The write key that it was sent with is not shown by the
/// server, so another stands in its place.
export function curl(raw, origin) {
  const known = CALLS.includes(raw?.type);
  const body = known ? raw : { batch: [raw] };
  const json = safeJson(body);
  const head = [
    `curl -sS ${shellQuote(`${origin}/v1/${known ? raw.type : "batch"}`)}`,
    "-u 'local:'",
    "-H 'content-type: application/json'",
  ];
  if (new TextEncoder().encode(json).length < LONGEST_ARGUMENT) {
    return [...head, `--data-binary ${shellQuote(json)}`].join(" \\\n  ");
  }
  // JSON on one line can never be the line that ends the document.
  return `${[...head, "--data-binary @- <<'JSON'"].join(" \\\n  ")}\n${json}\nJSON`;
}
