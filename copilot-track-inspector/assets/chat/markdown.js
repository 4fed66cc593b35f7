// Renders Markdown. Elements are created from a parsed tree, so text from events cannot become
// markup. Links open in a new tab, and only to http and https addresses.

import { h } from "../ui/dom.js";
import { parseMarkdown } from "../util/markdown.js";

/// Returns the elements for a text.
export const renderMarkdown = (text) => parseMarkdown(text).map(renderBlock);

function renderBlock(block) {
  switch (block.type) {
    case "code":
      return h("pre", { class: "markdown-code" }, block.text);
    case "heading":
      // The page has its own heading structure.
      return h("p", { class: "markdown-heading" }, block.inlines.map(renderInline));
    case "list":
      return h(
        block.ordered ? "ol" : "ul",
        { class: "markdown-list" },
        block.items.map((inlines) => h("li", {}, inlines.map(renderInline))),
      );
    default:
      return h("p", {}, block.inlines.map(renderInline));
  }
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
          tabindex: "-1",
          onclick: (event) => event.stopPropagation(),
        },
        inline.text,
      );
  }
}
