// The banner that is shown while events cannot be written to the database.

import { setText } from "../ui/dom.js";
import { formatCount, fullTimestamp } from "../util/format.js";

export function updateWriteErrorBanner(banner, { notWritten, database }) {
  banner.hidden = !notWritten;
  if (!notWritten) {
    setText(banner, "");
    banner.title = "";
    return;
  }
  // The text holds nothing that changes with each event: screen readers would read it again.
  setText(banner, `Events cannot be written to ${database} (${notWritten.error}). Apps are answered with 503, and send them again. What is here can be read.`);
  banner.title = `${formatCount(notWritten.events)} turned away since ${fullTimestamp(Date.parse(notWritten.since))}`;
}
