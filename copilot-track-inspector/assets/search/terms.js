// The parts of a search that the page needs. Pure functions. The server parses and checks searches; this
// module only tells its texts and filters apart.

const FILTER = /^([A-Za-z]+):(?!\/\/)/;

/// Returns the parts of a search: `{ filter }` for a filter such as `event:"Message Sent"`, with its name
/// in lowercase, and `{ text }` for a text.
function parseSearch(query) {
  const parts = [];
  let words = [];
  const endWords = () => {
    if (words.length > 0) parts.push({ text: words.join("").trim() });
    words = [];
  };
  let rest = query.trimStart();
  while (rest !== "") {
    const [prefix, filter] = FILTER.exec(rest) ?? [""];
    const isQuoted = rest.startsWith('"', prefix.length);
    if (filter === undefined && !isQuoted) {
      // A word, with the whitespace after it.
      const word = /^\S+\s*/.exec(rest)[0];
      words.push(word);
      rest = rest.slice(word.length);
      continue;
    }
    endWords();
    rest = rest.slice(prefix.length);
    const value = (isQuoted ? /^"((?:[^"\\]|\\[\s\S])*)\\?"?/ : /^(\S*)/).exec(rest);
    if (filter === undefined) parts.push({ text: value[1].replace(/\\(["\\])/g, "$1").trim() });
    else parts.push({ filter: filter.toLowerCase() });
    rest = rest.slice(value[0].length).trimStart();
  }
  endWords();
  return parts.filter(({ text }) => text !== "");
}

/// Returns the texts of a search, without its filters.
export const searchTexts = (query) =>
  parseSearch(query).flatMap(({ text }) => (text === undefined ? [] : [text]));

/// Returns whether a search selects events. A search that consists of `messages:` only selects
/// conversations.
export const selectsEvents = (query) =>
  parseSearch(query).some(({ filter }) => filter !== "messages");

/// Returns the positions `[start, end]` of all occurrences of the texts, ignoring case.
export function findOccurrences(content, texts) {
  const occurrences = [];
  const folded = content.toLowerCase();
  // A few characters have lowercase forms of another length, so positions would be wrong.
  if (folded.length !== content.length) return occurrences;
  for (const text of texts) {
    const wanted = text.toLowerCase();
    for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length))
      occurrences.push([at, at + wanted.length]);
  }
  return occurrences;
}
