// Parses the Markdown that replies usually contain: paragraphs, headings, lists, quotes, tables, code,
// emphasis, links, and images. The result is a tree of plain objects. HTML in the text stays text.
// Pure functions.

/// Larger tables stay text. A row of a table has as many elements as the table has columns, so a small
/// text could otherwise become many elements.
const MAX_COLUMNS = 20;
const MAX_ROWS = 200;

/// A block is `{ type, ... }` with one of these types: "paragraph", "heading", and "quote" have
/// `inlines`, "list" has `ordered`, `items` (lists of inlines), and the number of its first item as
/// `start` if it is ordered, "code" has `text`, "table" has `head` and `rows` (lists of cells, which are
/// lists of inlines), and "rule" has nothing. Blocks are not nested: a list within a list follows it and
/// has the number of lists around it as `depth`.
export function parseMarkdown(text) {
  const blocks = [];
  const lines = text.split(/\r\n|[\r\n]/);
  let paragraph = [];
  let list;
  // The indentations of the open lists, the outermost first.
  let indents = [];
  const endParagraph = () => {
    if (paragraph.length > 0)
      blocks.push({ type: "paragraph", inlines: parseInlines(paragraph.join("\n")) });
    paragraph = [];
  };
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (isRule(line)) {
      endParagraph();
      list = undefined;
      indents = [];
      blocks.push({ type: "rule" });
      continue;
    }
    const item = listItem(line, indents.length > 0);
    if (item) {
      endParagraph();
      // Items of the same list can differ by a space.
      while (indents.length > 1 && item.indent < indents.at(-1) - 1) indents.pop();
      if (indents.length === 0 || item.indent > indents.at(-1) + 1) indents.push(item.indent);
      const depth = indents.length - 1;
      if (list?.ordered !== item.ordered || (list.depth ?? 0) !== depth) {
        list = { type: "list", ordered: item.ordered, items: [] };
        if (item.ordered) list.start = item.number;
        if (depth > 0) list.depth = depth;
        blocks.push(list);
      }
      list.items.push(parseInlines(item.text));
      continue;
    }
    if (line.trim() === "") {
      endParagraph();
      continue;
    }
    list = undefined;
    const [, indent, fence] = /^( {0,12})(`{3,}|~{3,})/.exec(line) ?? [];
    // Code within a list is indented, and the list continues after the code.
    const isInList = fence !== undefined && indents.length > 0 && indent.length > indents[0] + 1;
    if (!isInList) indents = [];
    const heading = /^ {0,3}(#{1,6})\s+(\S.*)$/.exec(line);
    const table = paragraph.length === 0 ? parseTable(lines, index) : undefined;
    if (table) {
      blocks.push(table.block);
      index = table.end - 1;
    } else if (/^ {0,3}>/.test(line)) {
      endParagraph();
      const quote = [];
      for (; index < lines.length && /^ {0,3}>/.test(lines[index]); index += 1)
        quote.push(lines[index].replace(/^[ >]+/, ""));
      index -= 1;
      blocks.push({ type: "quote", inlines: parseInlines(quote.join("\n")) });
    } else if (fence && (isInList || indent.length < 4)) {
      endParagraph();
      const code = [];
      for (index += 1; index < lines.length && !lines[index].trim().startsWith(fence); index += 1)
        code.push(withoutIndent(lines[index], indent.length));
      blocks.push({ type: "code", text: code.join("\n") });
    } else if (heading) {
      endParagraph();
      blocks.push({ type: "heading", level: heading[1].length, inlines: parseInlines(heading[2]) });
    } else paragraph.push(line);
  }
  endParagraph();
  return blocks;
}

/// Removes at most this number of spaces from the start of a line.
function withoutIndent(line, length) {
  let start = 0;
  while (start < length && line[start] === " ") start += 1;
  return line.slice(start);
}

/// Returns whether a line is a horizontal rule.
const isRule = (line) => /^ {0,3}([-*_])(?: *\1){2,} *$/.test(line.slice(0, 200));

/// Returns the table that starts at a line, as `{ block, end }`, if there is one.
function parseTable(lines, start) {
  const head = tableCells(lines[start]);
  if (head === undefined || head.length > MAX_COLUMNS) return undefined;
  const separator = tableCells(lines[start + 1] ?? "");
  const isSeparator =
    separator?.length === head.length && separator.every((cell) => /^:?-+:?$/.test(cell));
  if (!isSeparator) return undefined;
  const rows = [];
  let end = start + 2;
  for (; end < lines.length; end += 1) {
    const cells = tableCells(lines[end]);
    if (cells === undefined) break;
    if (rows.length === MAX_ROWS) return undefined;
    // Missing cells are empty, and excess cells are dropped.
    rows.push(head.map((_, column) => parseInlines(cells[column] ?? "")));
  }
  return { block: { type: "table", head: head.map(parseInlines), rows }, end };
}

/// Returns the texts of the cells of a line, which must contain a vertical bar.
function tableCells(line) {
  const text = line.trim();
  if (!text.includes("|")) return undefined;
  return text
    .replace(/^\|/, "")
    .replace(/\|$/, "")
    .split("|")
    .map((cell) => cell.trim());
}

/// The items of a list within a list can be indented further.
function listItem(line, isInList) {
  const text = isInList ? line.trimStart() : line;
  const indent = indentation(line);
  const bullet = /^ {0,3}[-*+]\s+(\S.*)$/.exec(text);
  if (bullet) return { ordered: false, indent, text: bullet[1] };
  const number = /^ {0,3}(\d{1,9})[.)]\s+(\S.*)$/.exec(text);
  return number
    ? { ordered: true, indent, number: Number(number[1]), text: number[2] }
    : undefined;
}

/// Returns the number of columns in front of the text of a line.
function indentation(line) {
  let columns = 0;
  for (const character of line) {
    if (character === "\t") columns += 4 - (columns % 4);
    else if (/\s/.test(character)) columns += 1;
    else break;
  }
  return columns;
}

/// Code, strong and emphasized text, links, and images. The lengths are limited, so that hostile texts are
/// parsed in linear time.
const INLINE =
  /`([^`\n]{1,500})`|\*\*([^*\n]{1,500})\*\*|__([^_\n]{1,500})__|\*([^*\s][^*\n]{0,500})\*|(!?)\[([^[\]\n]{0,500})\]\((https?:\/\/[^\s()<>]{1,2000})\)/g;

/// An inline is a string, `{ type: "code" | "strong" | "emphasis", text }`, or `{ type: "link" |
/// "image", text, url }`. Inlines are not nested.
function parseInlines(text) {
  const inlines = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) inlines.push(text.slice(end, match.index));
    const [whole, code, strong, strongToo, emphasis, mark, label, url] = match;
    if (code !== undefined) inlines.push({ type: "code", text: code });
    else if (strong ?? strongToo) inlines.push({ type: "strong", text: strong ?? strongToo });
    else if (emphasis !== undefined) inlines.push({ type: "emphasis", text: emphasis });
    else inlines.push({ type: mark === "!" ? "image" : "link", text: label || url, url });
    end = match.index + whole.length;
  }
  if (end < text.length) inlines.push(text.slice(end));
  return inlines;
}
