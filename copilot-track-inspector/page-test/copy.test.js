// Tests that copied curl commands, JSON, and Rust code contain exactly the event's data.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { shellQuote, toCurl } from "../assets/detail/copy-as-curl.js";
import { toRust } from "../assets/detail/copy-as-rust.js";
import { rustString } from "../assets/detail/rust-literals.js";
import { escapedJson, ExactNumber, parseJson, stringifyJson } from "../assets/util/exact-json.js";
import { EVENTS } from "./sample-events.js";

const HOSTILE_TEXTS = [
  "",
  "'",
  "''\\''",
  '$(touch pwned) `id` $HOME \\ " ! # & ; | > <',
  "line\nline\r\n\ttab",
  "\u0000\u001b[31m\u007f\u009b31m",
  "\u202etxt.exe\u2066 \u2028\u2029 \u200b\ufeff",
  "مرحبا 👩‍👩‍👧 日本語 e\u0301",
  "\ud800 lone",
  "\\u0041 \\n",
  "--data @/etc/passwd",
];

test("a shell reads quoted text as one argument with the same bytes", () => {
  for (const text of HOSTILE_TEXTS.filter(
    (text) => !text.includes("\u0000") && !text.includes("\ud800"),
  )) {
    const seen = execFileSync("sh", ["-c", `printf %s ${shellQuote(text)}`], { encoding: "utf8" });
    assert.equal(seen, text);
  }
});

test("the curl command for a hostile event passes the same JSON", () => {
  for (const text of HOSTILE_TEXTS.filter((text) => !text.includes("\ud800"))) {
    const raw = { type: "track", event: text, properties: { [text]: text, message_body: text } };
    // Replace curl with a shell function that prints its last argument.
    const script = `curl() { for last; do :; done; printf %s "$last"; }\n${toCurl(raw, "http://127.0.0.1:1")}`;
    const seen = execFileSync("sh", ["-c", script], { encoding: "utf8" });
    assert.deepEqual(JSON.parse(seen), raw);
  }
});

test("an event too large for an argument is passed on standard input", () => {
  const raw = { type: "track", event: "X", properties: { text: "'$x\n".repeat(60_000) } };
  const script = `curl() { cat; }\n${toCurl(raw, "http://127.0.0.1:1")}`;
  // Pass the script on standard input too, because it is also too large for an argument.
  const seen = execFileSync("sh", { input: script, encoding: "utf8", maxBuffer: 1 << 24 });
  assert.deepEqual(JSON.parse(seen), raw);
});

test("curl uses the path of the call's type, and a batch for unknown types", () => {
  assert.match(toCurl({ type: "identify" }, "http://h:1"), /'http:\/\/h:1\/v1\/identify'/);
  assert.match(toCurl({ type: "bogus" }, "http://h:1"), /\/v1\/batch'[^]*\{"batch":\[/);
});

test("copied JSON has no terminal control or bidirectional characters", () => {
  const text = escapedJson(HOSTILE_TEXTS, 2);
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  assert.deepEqual(JSON.parse(text), HOSTILE_TEXTS);
});

test("numbers keep their digits", () => {
  const text = '{"a":12345678901234567890,"b":1e400,"c":-0,"d":[9007199254740993,1.50]}';
  const value = parseJson(text);
  if (!(value.a instanceof ExactNumber)) return; // The runtime does not support source text access in JSON.parse.
  assert.equal(
    stringifyJson(value),
    '{"a":12345678901234567890,"b":1e400,"c":0,"d":[9007199254740993,1.5]}',
  );
});

test("a Rust string escapes characters that are invisible or rejected by rustc", () => {
  assert.equal(rustString('a"b\\c\n'), '"a\\"b\\\\c\\n"');
  assert.equal(rustString("\u202e\u0000\u2028"), '"\\u{202e}\\u{0}\\u{2028}"');
  assert.equal(rustString("\ud800"), '"\\u{fffd}"');
  assert.equal(rustString("👩‍👧"), '"👩‍👧"');
});

// `tests/copied_rust.rs` compiles and runs the same snippets. It compares the events that they send
// with the originals.
test("the compiled snippets are up to date", () => {
  const file = new URL("../tests/copied_rust/snippets.rs", import.meta.url);
  const lines = [
    "// This file is written by `UPDATE=1 node --test page-test/*.test.js`. It contains the page's",
    '// "copy as Rust" output for each event in events.json.',
    "",
    "use std::error::Error;",
    "",
    "use copilot_track::Tracker;",
    "",
    "use super::Snippet;",
    "",
  ];
  for (const [name, raw] of Object.entries(EVENTS)) {
    const body = toRust(raw)
      // The test passes a tracker.
      .replace("let tracker = Tracker::from_env()?;\n", "")
      .replace(/, Tracker(?=[,}])|Tracker, /, "")
      .trimEnd()
      .replace(/^(?=.)/gm, "    ");
    lines.push(
      `pub(crate) fn ${name}(tracker: &Tracker) -> Result<(), Box<dyn Error>> {`,
      body,
      "    Ok(())",
      "}",
      "",
    );
  }
  lines.push("pub(crate) const ALL: &[(&str, Snippet)] = &[");
  for (const name of Object.keys(EVENTS)) lines.push(`    ("${name}", ${name}),`);
  lines.push("];", "");
  const snippets = lines.join("\n");
  const json = new URL("../tests/copied_rust/events.json", import.meta.url);
  const events = JSON.stringify(EVENTS, null, 2) + "\n";
  if (process.env.UPDATE) {
    writeFileSync(file, snippets);
    writeFileSync(json, events);
  }
  assert.equal(
    readFileSync(file, "utf8"),
    snippets,
    "run `UPDATE=1 node --test page-test/*.test.js`",
  );
  assert.equal(
    readFileSync(json, "utf8"),
    events,
    "run `UPDATE=1 node --test page-test/*.test.js`",
  );
});
