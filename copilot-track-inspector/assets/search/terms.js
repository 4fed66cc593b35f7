// The texts of a search, which the page highlights. Pure functions. The server parses searches; this
// module only finds out which parts are text.

const FILTER = /^[A-Za-z]+:(?!\/\/)/;

/// Returns the texts of a search, without its filters, such as `event:"Message Sent"`.
export function searchTexts(query) {
  const texts = [];
  let words = [];
  const endWords = () => {
    if (words.length > 0) texts.push(words.join("").trim());
    words = [];
  };
  let rest = query.trimStart();
  while (rest !== "") {
    const filter = FILTER.exec(rest)?.[0];
    const isQuoted = rest.startsWith('"', filter?.length ?? 0);
    if (filter === undefined && !isQuoted) {
      // A word, with the whitespace after it.
      const word = /^\S+\s*/.exec(rest)[0];
      words.push(word);
      rest = rest.slice(word.length);
      continue;
    }
    endWords();
    rest = rest.slice(filter?.length ?? 0);
    const value = (isQuoted ? /^"((?:[^"\\]|\\[\s\S])*)\\?"?/ : /^(\S*)/).exec(rest);
    if (filter === undefined) texts.push(value[1].replace(/\\(["\\])/g, "$1").trim());
    rest = rest.slice(value[0].length).trimStart();
  }
  endWords();
  return texts.filter((text) => text !== "");
}

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
