// The banner shown while the inspector cannot write events to its database.

import { setText } from "../ui/dom.js";
import { formatCount, fullTimestamp } from "../util/format.js";

export function updateWriteErrorBanner(banner, { notWritten, database }) {
  banner.hidden = !notWritten;
  if (!notWritten) {
    setText(banner, "");
    banner.title = "";
    return;
  }
  // The number of events is only in the tooltip, because screen readers announce each change of the
  // text.
  setText(
    banner,
    `Cannot write events to ${database} (${notWritten.error}). Apps receive status 503 and retry. Stored events can still be viewed.`,
  );
  banner.title = `${formatCount(notWritten.events)} not stored since ${fullTimestamp(Date.parse(notWritten.since))}`;
}
