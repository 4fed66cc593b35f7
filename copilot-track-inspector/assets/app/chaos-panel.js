// The chaos panel. It controls which fault the inspector simulates, and how often the fault occurs.
// Its switch shows the state that the server last reported.

import * as api from "../api/client.js";
import { h, setChildren, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { attachPopover } from "../ui/popover.js";
import { showToast } from "../ui/toasts.js";
import { plural } from "../util/format.js";

const FAULT_KINDS = [
  ["status", "Status", "returns an error status"],
  ["delay", "Delay", "responds late"],
  ["hang", "Hang", "never responds"],
  ["reset", "Reset", "disconnects immediately"],
  ["resetAfter", "Cut response", "stores events, then disconnects"],
  ["drop", "Drop", "returns 200, stores nothing"],
  ["garbage", "Garbage", "returns invalid JSON"],
  ["drip", "Drip", "responds byte by byte"],
];

/// Status codes that have a shortcut button.
const COMMON_STATUSES = [429, 500, 503, 400];

export class ChaosPanel {
  state = { enabled: false };
  /// The values in the form. They take effect when chaos is switched on.
  form = {
    kind: "status",
    status: 503,
    retryAfter: "",
    delayMs: 2000,
    probability: 0.5,
    remaining: "",
  };

  constructor(button, banner) {
    this.button = button;
    this.banner = banner;
    this.panel = h("div", { id: "chaos-panel", role: "dialog", "aria-label": "Chaos" });
    attachPopover(button, this.panel, () => this.#render());
    this.setState(this.state);
  }

  /// Shows the state that the server reported.
  setState(state) {
    this.state = state ?? { enabled: false };
    const { enabled, fault = {}, probability = 1, remaining } = this.state;
    // Do not overwrite the form while the user is editing it.
    if (enabled && !this.panel.matches(":popover-open")) {
      this.form = {
        ...this.form,
        kind: fault.kind ?? this.form.kind,
        status: fault.status ?? this.form.status,
        retryAfter: fault.retryAfter ?? "",
        delayMs: fault.delayMs ?? this.form.delayMs,
        probability,
        remaining: remaining ?? "",
      };
    }
    this.button.classList.toggle("is-active", enabled);
    this.button.setAttribute("aria-label", enabled ? "Chaos is on" : "Chaos");
    this.banner.hidden = !enabled;
    if (enabled) setText(this.banner, `Chaos is on for ${this.#describe()}`);
    if (this.switch) this.switch.setAttribute("aria-checked", String(enabled));
    if (this.summary) setText(this.summary, this.#summary());
  }

  /// Describes the active fault, for example "50% of requests: no response · 3 faults so far".
  #describe() {
    const { fault = {}, probability = 1, remaining, faults } = this.state;
    const scope =
      probability >= 1 ? "every request" : `${Math.round(probability * 100)}% of requests`;
    const effect = {
      status: `status ${fault.status}${fault.retryAfter ? `, Retry-After: ${fault.retryAfter}` : ""}`,
      delay: `response delayed by ${fault.delayMs} ms`,
      hang: "no response",
      reset: "disconnected before reading",
      resetAfter: "events stored, then disconnected",
      drop: "status 200, events dropped",
      garbage: "status 200 with invalid JSON",
      drip: `response sent one byte every ${fault.delayMs} ms`,
    }[fault.kind];
    const parts = [`${scope}: ${effect ?? fault.kind}`];
    if (remaining !== undefined && remaining !== null) parts.push(`${remaining} remaining`);
    if (faults !== undefined) parts.push(`${faults} ${plural(faults, "fault")} so far`);
    return parts.join(" · ");
  }

  #summary() {
    if (this.state.enabled) return `On for ${this.#describe()}`;
    return "Simulate failures of Segment or the network to see how your app handles them. Faults affect only the events that apps send, not this page.";
  }

  #render() {
    const { form } = this;
    this.switch = h("button", {
      class: "switch",
      type: "button",
      role: "switch",
      id: "chaos-switch",
      "aria-checked": String(this.state.enabled),
      "aria-label": "Enable chaos",
      onclick: () => this.#toggle(),
    });
    this.summary = h("p", {}, this.#summary());
    this.error = h("p", { class: "form-error", role: "alert", hidden: true });
    const kinds = h(
      "div",
      { class: "fault-kinds", role: "radiogroup", "aria-label": "Fault type" },
      FAULT_KINDS.map(([id, name, description]) =>
        h(
          "button",
          {
            class: "fault-kind",
            type: "button",
            role: "radio",
            "data-fault-kind": id,
            "aria-checked": String(form.kind === id),
            tabindex: form.kind === id ? "0" : "-1",
            onclick: () => this.#selectKind(id),
            onkeydown: (event) => this.#handleArrowKey(event, id),
          },
          h("b", {}, name),
          h("span", {}, description),
        ),
      ),
    );
    const percent = h("span", { class: "hint" }, `${Math.round(form.probability * 100)}%`);
    const range = h("input", {
      class: "range",
      type: "range",
      id: "chaos-probability",
      min: "1",
      max: "100",
      value: String(Math.max(1, Math.round(form.probability * 100))),
      oninput: () => {
        form.probability = Number(range.value) / 100;
        setText(percent, `${range.value}%`);
      },
      onchange: () => this.#applyIfEnabled(),
    });
    setChildren(
      this.panel,
      h(
        "div",
        { class: "chaos-form" },
        h("div", { class: "chaos-header" }, icon("bolt"), h("h2", {}, "Chaos"), this.switch),
        this.summary,
        kinds,
        form.kind === "status" && this.#statusFields(),
        ["delay", "drip"].includes(form.kind) &&
          this.#field("delayMs", form.kind === "drip" ? "Delay between bytes" : "Delay", "ms", {
            type: "number",
            min: "0",
            max: "600000",
          }),
        h(
          "div",
          {},
          h(
            "label",
            { class: "field-label", for: "chaos-probability" },
            "Share of requests",
            percent,
          ),
          range,
        ),
        this.#field("remaining", "End after", "requests (blank: never)", {
          type: "number",
          min: "1",
        }),
        this.error,
      ),
    );
  }

  #statusFields() {
    const { form } = this;
    return h(
      "div",
      {},
      h(
        "div",
        { class: "field-pair" },
        this.#field("status", "Status", "", { type: "number", min: "300", max: "599" }),
        this.#field("retryAfter", "Retry-After", "s or date", {}),
      ),
      h(
        "div",
        { class: "segmented-control", role: "group", "aria-label": "Common status codes" },
        COMMON_STATUSES.map((status) =>
          h(
            "button",
            {
              type: "button",
              "aria-pressed": String(Number(form.status) === status),
              onclick: () => {
                form.status = status;
                this.#render();
                this.#applyIfEnabled();
              },
            },
            String(status),
          ),
        ),
      ),
    );
  }

  #field(name, label, hint, attributes) {
    const input = h("input", {
      class: "input",
      id: `chaos-${name}`,
      autocomplete: "off",
      inputmode: attributes.type === "number" ? "numeric" : undefined,
      ...attributes,
      value: String(this.form[name]),
      oninput: () => {
        this.form[name] = input.value.trim();
      },
      onchange: () => this.#applyIfEnabled(),
    });
    return h(
      "div",
      {},
      h(
        "label",
        { class: "field-label", for: `chaos-${name}` },
        label,
        h("span", { class: "hint" }, hint),
      ),
      input,
    );
  }

  #selectKind(id) {
    this.form.kind = id;
    this.#render();
    this.panel.querySelector(`[data-fault-kind="${id}"]`).focus();
    this.#applyIfEnabled();
  }

  #handleArrowKey(event, id) {
    const step = { ArrowRight: 1, ArrowDown: 2, ArrowLeft: -1, ArrowUp: -2 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = FAULT_KINDS.findIndex(([kind]) => kind === id);
    this.#selectKind(FAULT_KINDS[(index + step + FAULT_KINDS.length) % FAULT_KINDS.length][0]);
  }

  /// While chaos is on, sends each change to the server at once.
  #applyIfEnabled() {
    if (this.state.enabled) this.#send(this.#request());
  }

  #toggle() {
    this.#send(this.state.enabled ? { enabled: false } : this.#request());
  }

  #request() {
    const { kind, status, retryAfter, delayMs, probability, remaining } = this.form;
    const fault = { kind };
    if (kind === "status") {
      fault.status = Number(status);
      if (retryAfter !== "") fault.retryAfter = String(retryAfter);
    }
    if (kind === "delay" || kind === "drip") fault.delayMs = Number(delayMs);
    const request = { enabled: true, probability, fault };
    if (remaining !== "" && remaining !== undefined) request.remaining = Number(remaining);
    return request;
  }

  async #send(request) {
    if (this.error) this.error.hidden = true;
    const before = this.state;
    try {
      const state = await api.setChaos(request);
      // Ignore the response if the live stream has delivered a state in the meantime. The stream
      // delivers the latest state in any case.
      if (this.state === before) this.setState(state);
    } catch (error) {
      if (!this.error?.isConnected) {
        showToast(error.message, { isError: true });
        return;
      }
      this.error.hidden = false;
      setText(this.error, error.message);
    }
  }
}
