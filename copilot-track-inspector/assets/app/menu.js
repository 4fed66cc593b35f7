// The menu: how the page looks, and what is done to all of the data.

import * as api from "../api/client.js";
import { fill, h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { toast } from "../ui/toasts.js";
import { attach } from "../ui/popover.js";
import * as settings from "../util/settings.js";

/// `on` has `times(mode)`, `help()`.
export function menu(button, on) {
  const panel = h("div", { class: "menu-panel", id: "menu", role: "dialog", "aria-label": "Menu" });
  attach(button, panel, () => draw(panel, on));
}

function draw(panel, on) {
  const item = (picture, label, act, { aside, danger } = {}) =>
    h(
      "button",
      {
        class: danger ? "menu-item danger" : "menu-item",
        type: "button",
        onclick: () => {
          panel.hidePopover();
          act();
        },
      },
      icon(picture),
      label,
      aside,
    );
  fill(
    panel,
    h(
      "div",
      { class: "menu" },
      h("div", { class: "menu-label", id: "menu-times" }, "Times"),
      choice("menu-times", settings.get("times"), [["relative", "Relative"], ["exact", "Exact"]], (value) => {
        settings.set("times", value);
        on.times(value);
        draw(panel, on);
      }),
      h("div", { class: "menu-label", id: "menu-theme" }, "Theme"),
      choice("menu-theme", settings.get("theme"), [["system", "System"], ["light", "Light"], ["dark", "Dark"]], (value) => {
        settings.applyTheme(value);
        draw(panel, on);
      }),
      h("div", { class: "menu-line" }),
      item("export", "Export all events", exportAll),
      item("import", "Import events…", importFile),
      item("trash", "Delete everything…", confirmReset, { danger: true }),
      h("div", { class: "menu-line" }),
      item("help", "Keyboard shortcuts", on.help, { aside: h("kbd", {}, "?") }),
    ),
  );
}

function choice(label, chosen, options, choose) {
  return h(
    "div",
    { class: "segments", role: "radiogroup", "aria-labelledby": label },
    options.map(([value, words]) =>
      h(
        "button",
        {
          type: "button",
          role: "radio",
          "aria-checked": String(value === chosen),
          "data-value": value,
          onclick: (event) => {
            const group = event.currentTarget.parentElement.getAttribute("aria-labelledby");
            choose(value);
            document.querySelector(`[aria-labelledby="${group}"] [data-value="${value}"]`)?.focus();
          },
        },
        words,
      ),
    ),
  );
}

function exportAll() {
  const name = `events-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.jsonl`;
  const link = h("a", { href: "/api/export", download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

function importFile() {
  const field = h("input", { type: "file", accept: ".jsonl,.ndjson,.json,.txt", class: "unseen", "aria-label": "File of events" });
  field.addEventListener("change", async () => {
    const [file] = field.files;
    field.remove();
    if (!file) return;
    try {
      const { imported, refused = [] } = await api.importLines(await file.text());
      toast(`Imported ${imported} ${imported === 1 ? "event" : "events"}`);
      if (refused.length > 0) {
        const [first] = refused;
        toast(`${refused.length} ${refused.length === 1 ? "line was" : "lines were"} refused. Line ${first.line}: ${first.error}`, { isError: true });
      }
    } catch (error) {
      toast(error.message, { isError: true });
    }
  });
  field.addEventListener("cancel", () => field.remove());
  document.body.append(field);
  field.click();
}

function confirmReset() {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "reset-title", id: "reset" },
    h(
      "div",
      { class: "dialog-body" },
      h("h2", { id: "reset-title" }, "Delete everything?"),
      h("p", {}, "All conversations and events that the inspector keeps are deleted, also from its database if it has one. This cannot be undone; export them first if they matter."),
      h(
        "div",
        { class: "dialog-actions" },
        h("button", { class: "button", type: "button", autofocus: true, onclick: () => dialog.close() }, "Keep them"),
        h("button", { class: "button danger", type: "button", id: "reset-confirm", onclick: () => reset(dialog) }, "Delete everything"),
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function reset(dialog) {
  try {
    const { deleted } = await api.reset();
    toast(`Deleted ${deleted} ${deleted === 1 ? "event" : "events"}`);
  } catch (error) {
    toast(error.message, { isError: true });
  }
  dialog.close();
}
