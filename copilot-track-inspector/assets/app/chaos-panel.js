// The chaos panel: which fault the inspector answers with, and how often. The server's word holds:
// what is shown as "on" is what it last said.

import * as api from "../api/client.js";
import { fill, h, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { toast } from "../ui/toasts.js";
import { attach } from "../ui/popover.js";

const KINDS = [
  ["status", "Status", "answers an error"],
  ["delay", "Delay", "answers late"],
  ["hang", "Hang", "never answers"],
  ["reset", "Reset", "cuts before reading"],
  ["resetAfter", "Cut answer", "takes events, then cuts"],
  ["drop", "Drop", "says 200, keeps nothing"],
  ["garbage", "Garbage", "200 that is no JSON"],
  ["drip", "Drip", "answers byte by byte"],
];

/// What Segment's SDKs meet most, for one click each.
const STATUSES = [429, 500, 503, 400];

export class Chaos {
  state = { enabled: false };
  /// What the reader has chosen and not yet switched on.
  chosen = { kind: "status", status: 503, retryAfter: "", delayMs: 2000, probability: 0.5, remaining: "" };

  constructor(button, notice) {
    this.button = button;
    this.notice = notice;
    this.panel = h("div", { id: "chaos-panel", role: "dialog", "aria-label": "Chaos" });
    attach(button, this.panel, () => this.#draw());
    this.take(this.state);
  }

  /// What the server says.
  take(state) {
    this.state = state ?? { enabled: false };
    const { enabled, fault = {}, probability = 1, remaining } = this.state;
    // What the reader is changing just now is not changed under their hands.
    if (enabled && !this.panel.matches(":popover-open")) {
      this.chosen = {
        ...this.chosen,
        kind: fault.kind ?? this.chosen.kind,
        status: fault.status ?? this.chosen.status,
        retryAfter: fault.retryAfter ?? "",
        delayMs: fault.delayMs ?? this.chosen.delayMs,
        probability,
        remaining: remaining ?? "",
      };
    }
    this.button.classList.toggle("on", enabled);
    this.button.setAttribute("aria-label", enabled ? "Chaos is on" : "Chaos");
    this.notice.hidden = !enabled;
    if (enabled) setText(this.notice, this.#words());
    if (this.switch) this.switch.setAttribute("aria-checked", String(enabled));
    if (this.summary) setText(this.summary, this.#summary());
  }

  #words() {
    const { fault = {}, probability = 1, remaining, faults } = this.state;
    const share = probability >= 1 ? "Every request" : `${Math.round(probability * 100)} % of requests`;
    const what = {
      status: `answered with ${fault.status}${fault.retryAfter ? `, Retry-After ${fault.retryAfter}` : ""}`,
      delay: `answered ${fault.delayMs} ms late`,
      hang: "never answered",
      reset: "cut before it is read",
      resetAfter: "taken, and its answer cut",
      drop: "answered with 200, and its events dropped",
      garbage: "answered with what is no JSON",
      drip: `answered byte by byte, every ${fault.delayMs} ms`,
    }[fault.kind];
    const parts = [`Chaos is on: ${share.toLowerCase()} ${probability >= 1 ? "is" : "are"} ${what ?? fault.kind}`];
    if (remaining !== undefined && remaining !== null) parts.push(`${remaining} left`);
    if (faults !== undefined) parts.push(`${faults} so far`);
    return parts.join(" · ");
  }

  #summary() {
    if (this.state.enabled) return this.#words().replace(/^Chaos is on: /, "");
    return "Faults that Segment or the network would show, to watch your app through them. They touch what apps send, never this page.";
  }

  #draw() {
    const { chosen } = this;
    this.switch = h("button", {
      class: "switch",
      type: "button",
      role: "switch",
      id: "chaos-switch",
      "aria-checked": String(this.state.enabled),
      "aria-label": "Chaos on",
      onclick: () => this.#toggle(),
    });
    this.summary = h("p", {}, this.#summary());
    this.wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    const kinds = h(
      "div",
      { class: "kinds", role: "radiogroup", "aria-label": "Kind of fault" },
      KINDS.map(([id, name, what]) =>
        h(
          "button",
          {
            class: "kind",
            type: "button",
            role: "radio",
            "data-kind": id,
            "aria-checked": String(chosen.kind === id),
            tabindex: chosen.kind === id ? "0" : "-1",
            onclick: () => this.#kind(id),
            onkeydown: (key) => this.#arrow(key, id),
          },
          h("b", {}, name),
          h("span", {}, what),
        ),
      ),
    );
    const share = h("span", { class: "aside" }, `${Math.round(chosen.probability * 100)} %`);
    const range = h("input", {
      class: "range",
      type: "range",
      id: "chaos-probability",
      min: "1",
      max: "100",
      value: String(Math.max(1, Math.round(chosen.probability * 100))),
      oninput: () => {
        chosen.probability = Number(range.value) / 100;
        setText(share, `${range.value} %`);
      },
      onchange: () => this.#changed(),
    });
    fill(
      this.panel,
      h(
        "div",
        { class: "chaos" },
        h("div", { class: "chaos-head" }, icon("bolt"), h("h2", {}, "Chaos"), this.switch),
        this.summary,
        kinds,
        chosen.kind === "status" && this.#statusFields(),
        ["delay", "drip"].includes(chosen.kind) &&
          this.#field("delayMs", chosen.kind === "drip" ? "Between bytes" : "Delay", "ms", { type: "number", min: "0", max: "600000" }),
        h("div", {}, h("label", { class: "label", for: "chaos-probability" }, "Share of requests", share), range),
        this.#field("remaining", "End after", "requests; empty: never", { type: "number", min: "1" }),
        this.wrong,
      ),
    );
  }

  #statusFields() {
    const { chosen } = this;
    return h(
      "div",
      {},
      h(
        "div",
        { class: "pair" },
        this.#field("status", "Status", "", { type: "number", min: "300", max: "599" }),
        this.#field("retryAfter", "Retry-After", "s or date", {}),
      ),
      h(
        "div",
        { class: "segments", role: "group", "aria-label": "Common statuses" },
        STATUSES.map((status) =>
          h(
            "button",
            {
              type: "button",
              "aria-pressed": String(Number(chosen.status) === status),
              onclick: () => {
                chosen.status = status;
                this.#draw();
                this.#changed();
              },
            },
            String(status),
          ),
        ),
      ),
    );
  }

  #field(name, label, aside, attributes) {
    const input = h("input", {
      class: "field",
      id: `chaos-${name}`,
      autocomplete: "off",
      inputmode: attributes.type === "number" ? "numeric" : undefined,
      ...attributes,
      value: String(this.chosen[name]),
      oninput: () => {
        this.chosen[name] = input.value.trim();
      },
      onchange: () => this.#changed(),
    });
    return h("div", {}, h("label", { class: "label", for: `chaos-${name}` }, label, h("span", { class: "aside" }, aside)), input);
  }

  #kind(id) {
    this.chosen.kind = id;
    this.#draw();
    this.panel.querySelector(`[data-kind="${id}"]`).focus();
    this.#changed();
  }

  #arrow(key, id) {
    const step = { ArrowRight: 1, ArrowDown: 2, ArrowLeft: -1, ArrowUp: -2 }[key.key];
    if (!step) return;
    key.preventDefault();
    const at = KINDS.findIndex((one) => one[0] === id);
    this.#kind(KINDS[(at + step + KINDS.length) % KINDS.length][0]);
  }

  /// While chaos is on, a change holds at once; while it is off, nothing is sent.
  #changed() {
    if (this.state.enabled) this.#send(this.#wanted());
  }

  #toggle() {
    this.#send(this.state.enabled ? { enabled: false } : this.#wanted());
  }

  #wanted() {
    const { kind, status, retryAfter, delayMs, probability, remaining } = this.chosen;
    const fault = { kind };
    if (kind === "status") {
      fault.status = Number(status);
      if (retryAfter !== "") fault.retryAfter = String(retryAfter);
    }
    if (kind === "delay" || kind === "drip") fault.delayMs = Number(delayMs);
    const wanted = { enabled: true, probability, fault };
    if (remaining !== "" && remaining !== undefined) wanted.remaining = Number(remaining);
    return wanted;
  }

  async #send(wanted) {
    if (this.wrong) this.wrong.hidden = true;
    const before = this.state;
    try {
      const answer = await api.setChaos(wanted);
      // What the stream has told meanwhile may be newer; if it is older, the newer comes there, too.
      if (this.state === before) this.take(answer);
    } catch (error) {
      if (!this.wrong?.isConnected) {
        toast(error.message, { isError: true });
        return;
      }
      this.wrong.hidden = false;
      setText(this.wrong, error.message);
    }
  }
}
