// The verdict on the open conversation, in the header of the chat. Its findings open over the events,
// so that the events do not move. Each finding that is about one event opens this event.

import { renderInlineCode, SEVERITIES, SOURCES, verdictHeading } from "../model/verdict.js";
import { h, setChildren } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { plural } from "../util/format.js";

export class ConversationVerdict {
  #shown = "";

  constructor(onSelect) {
    this.onSelect = onSelect;
    this.summary = h("summary");
    this.list = h("ul");
    this.element = h(
      "details",
      { class: "conversation-verdict", hidden: true },
      this.summary,
      this.list,
    );
  }

  update(verdict) {
    const findings = verdict?.findings ?? [];
    const key = JSON.stringify(findings);
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.hidden = findings.length === 0;
    if (findings.length === 0) return;
    this.element.className = `conversation-verdict ${verdict.status}`;
    setChildren(
      this.summary,
      icon(verdict.status),
      h("span", { class: "heading" }, verdictHeading(verdict)),
      h(
        "span",
        { class: "count" },
        String(findings.length),
        h("span", { class: "noun" }, ` ${plural(findings.length, "finding")}`),
        h("span", { class: "visually-hidden" }, " on the conversation"),
      ),
    );
    setChildren(
      this.list,
      findings.map((finding) => this.#renderFinding(finding)),
    );
  }

  #renderFinding({ severity, source, code, seq, message }) {
    const level = SEVERITIES.includes(severity) ? severity : "note";
    return h(
      "li",
      { class: `finding ${level}` },
      icon(level),
      h(
        "p",
        {},
        h("span", { class: "visually-hidden" }, `${level}: `),
        renderInlineCode(message ?? code ?? ""),
        seq !== undefined && [
          " ",
          h(
            "button",
            {
              class: "button link",
              type: "button",
              onclick: () => {
                this.element.open = false;
                this.onSelect(seq);
              },
            },
            `Show event ${seq}`,
          ),
        ],
      ),
      h("span", { class: "finding-location" }, [SOURCES[source], code].filter(Boolean).join("  ·  ")),
    );
  }
}
