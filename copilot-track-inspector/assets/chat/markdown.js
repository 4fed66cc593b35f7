// Renders Markdown. Elements are created from a parsed tree, so text from events cannot become
// markup. Links open in a new tab, and only to http and https addresses. Images are shown as links,
// because loading them would tell another server that the message was read.

import { h } from "../ui/dom.js";
import { parseMarkdown } from "../util/markdown.js";

/// Returns the elements for a text.
export const renderMarkdown = (text) => parseMarkdown(text).map(renderBlock);

function renderBlock(block) {
  switch (block.type) {
    case "code":
      return h("pre", { class: "markdown-code", tabindex: "0" }, block.text);
    case "heading":
      // The page has its own heading structure.
      return h("p", { class: "markdown-heading" }, block.inlines.map(renderInline));
    case "list":
      return h(
        block.ordered ? "ol" : "ul",
        { class: listClass(block), start: block.start },
        block.items.map((inlines) => h("li", {}, inlines.map(renderInline))),
      );
    case "quote":
      return h("blockquote", {}, block.inlines.map(renderInline));
    case "rule":
      return h("hr");
    case "table":
      return renderTable(block);
    default:
      return h("p", {}, block.inlines.map(renderInline));
  }
}

/// Lists are indented up to this depth.
const MAX_DEPTH = 3;

function listClass(block) {
  const depth = Math.min(block.depth ?? 0, MAX_DEPTH);
  return [
    "markdown-list",
    depth > 0 && `depth-${depth}`,
    hasLongNumbers(block) && "has-long-numbers",
  ]
    .filter(Boolean)
    .join(" ");
}

/// Returns whether the numbers of a list need more space than its indentation.
const hasLongNumbers = ({ start = 0, items }) => start + items.length > 100;

function renderTable({ head, rows }) {
  const cells = (tag, row) => row.map((inlines) => h(tag, {}, inlines.map(renderInline)));
  return h(
    "div",
    { class: "markdown-table", tabindex: "0" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, cells("th", head))),
      h(
        "tbody",
        {},
        rows.map((row) => h("tr", {}, cells("td", row))),
      ),
    ),
  );
}

function renderInline(inline) {
  if (typeof inline === "string") return inline;
  switch (inline.type) {
    case "code":
      return h("code", {}, inline.text);
    case "strong":
      return h("strong", {}, inline.text);
    case "emphasis":
      return h("em", {}, inline.text);
    default:
      return h(
        "a",
        {
          href: inline.url,
          target: "_blank",
          rel: "noopener noreferrer nofollow",
          title: inline.url,
          onclick: (event) => event.stopPropagation(),
        },
        inline.type === "image" ? `image: ${inline.text}` : inline.text,
      );
  }
}
