// Highlights texts in an element, without changing its nodes. Browsers without the CSS Custom
// Highlight API show no highlights.

import { findOccurrences } from "../search/terms.js";

/// Maximum number of highlighted occurrences.
const MAX_RANGES = 1000;
/// Elements whose text comes from the page and not from events. Searches do not find this text.
const PAGE_TEXT = "time, .counts, .turn-button, .waterfall, .visually-hidden";

/// Highlights all occurrences of `texts` in the events' text in `root`, with the CSS highlight `name`.
export function highlightTexts(name, root, texts) {
  if (!globalThis.CSS?.highlights) return;
  const ranges = texts.length === 0 ? [] : findRanges(root, texts);
  if (ranges.length === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, new Highlight(...ranges));
}

function findRanges(root, texts) {
  const ranges = [];
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode() && ranges.length < MAX_RANGES) {
    const node = nodes.currentNode;
    const occurrences = findOccurrences(node.data, texts);
    if (occurrences.length === 0 || node.parentElement.closest(PAGE_TEXT)) continue;
    for (const [start, end] of occurrences) {
      const range = new StaticRange({
        startContainer: node,
        startOffset: start,
        endContainer: node,
        endOffset: end,
      });
      ranges.push(range);
    }
  }
  return ranges;
}
