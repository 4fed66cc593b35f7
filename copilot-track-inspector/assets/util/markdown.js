// Parses the Markdown that replies usually contain: paragraphs, headings, lists, code, emphasis, and
// links. The result is a tree of plain objects. HTML in the text stays text. Pure functions.

/// A block is `{ type, ... }` with one of these types: "paragraph" and "heading" have `inlines`,
/// "list" has `ordered` and `items` (lists of inlines), and "code" has `text`.
export function parseMarkdown(text) {
  const blocks = [];
  const lines = text.split(/\r\n|[\r\n]/);
  let paragraph = [];
  let list;
  const endParagraph = () => {
    if (paragraph.length > 0)
      blocks.push({ type: "paragraph", inlines: parseInlines(paragraph.join("\n")) });
    paragraph = [];
  };
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    const item = listItem(line);
    if (item) {
      endParagraph();
      if (list?.ordered !== item.ordered) {
        list = { type: "list", ordered: item.ordered, items: [] };
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
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    const heading = /^ {0,3}(#{1,6})\s+(\S.*)$/.exec(line);
    if (fence) {
      endParagraph();
      const code = [];
      for (index += 1; index < lines.length && !lines[index].trim().startsWith(fence); index += 1)
        code.push(lines[index]);
      blocks.push({ type: "code", text: code.join("\n") });
    } else if (heading) {
      endParagraph();
      blocks.push({ type: "heading", level: heading[1].length, inlines: parseInlines(heading[2]) });
    } else paragraph.push(line);
  }
  endParagraph();
  return blocks;
}

function listItem(line) {
  const bullet = /^ {0,3}[-*+]\s+(\S.*)$/.exec(line);
  if (bullet) return { ordered: false, text: bullet[1] };
  const number = /^ {0,3}\d{1,9}[.)]\s+(\S.*)$/.exec(line);
  return number ? { ordered: true, text: number[1] } : undefined;
}

/// Code, strong and emphasized text, and links. The lengths are limited, so that hostile texts are
/// parsed in linear time.
const INLINE =
  /`([^`\n]{1,500})`|\*\*([^*\n]{1,500})\*\*|__([^_\n]{1,500})__|\*([^*\s][^*\n]{0,500})\*|\[([^[\]\n]{1,500})\]\((https?:\/\/[^\s()<>]{1,2000})\)/g;

/// An inline is a string, `{ type: "code" | "strong" | "emphasis", text }`, or `{ type: "link",
/// text, url }`. Inlines are not nested.
function parseInlines(text) {
  const inlines = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) inlines.push(text.slice(end, match.index));
    const [whole, code, strong, strongToo, emphasis, label, url] = match;
    if (code !== undefined) inlines.push({ type: "code", text: code });
    else if (strong ?? strongToo) inlines.push({ type: "strong", text: strong ?? strongToo });
    else if (emphasis !== undefined) inlines.push({ type: "emphasis", text: emphasis });
    else inlines.push({ type: "link", text: label, url });
    end = match.index + whole.length;
  }
  if (end < text.length) inlines.push(text.slice(end));
  return inlines;
}
