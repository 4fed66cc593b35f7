// The menu, with display settings and actions on all stored events.

import * as api from "../api/client.js";
import { h, setChildren } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { attachPopover } from "../ui/popover.js";
import { showToast } from "../ui/toasts.js";
import { plural } from "../util/format.js";
import * as settings from "../util/settings.js";

/// `handlers` has `setTimeFormat(format)`, `setMarkdown(isOn)`, and `showShortcuts()`.
export function attachMenu(button, handlers) {
  const panel = h("div", {
    class: "menu-popover",
    id: "menu",
    role: "dialog",
    "aria-label": "Menu",
  });
  attachPopover(button, panel, () => render(panel, handlers));
}

function render(panel, handlers) {
  const item = (iconName, label, action, { hint, danger } = {}) =>
    h(
      "button",
      {
        class: danger ? "menu-item danger" : "menu-item",
        type: "button",
        onclick: () => {
          panel.hidePopover();
          action();
        },
      },
      icon(iconName),
      label,
      hint,
    );
  setChildren(
    panel,
    h(
      "div",
      { class: "menu" },
      h("div", { class: "menu-label", id: "menu-times" }, "Timestamps"),
      radioGroup(
        "menu-times",
        settings.get("timeFormat"),
        [
          ["relative", "Relative"],
          ["exact", "Exact"],
        ],
        (value) => {
          settings.set("timeFormat", value);
          handlers.setTimeFormat(value);
          render(panel, handlers);
        },
      ),
      h("div", { class: "menu-label", id: "menu-replies" }, "Replies"),
      radioGroup(
        "menu-replies",
        settings.get("replies"),
        [
          ["markdown", "Markdown"],
          ["plain", "Plain text"],
        ],
        (value) => {
          settings.set("replies", value);
          handlers.setMarkdown(value === "markdown");
          render(panel, handlers);
        },
      ),
      h("div", { class: "menu-label", id: "menu-theme" }, "Theme"),
      radioGroup(
        "menu-theme",
        settings.get("theme"),
        [
          ["system", "System"],
          ["light", "Light"],
          ["dark", "Dark"],
        ],
        (value) => {
          settings.applyTheme(value);
          render(panel, handlers);
        },
      ),
      h("div", { class: "menu-divider" }),
      item("export", "Export all events", exportAll),
      item("import", "Import events…", importFile),
      item("trash", "Delete everything…", confirmDelete, { danger: true }),
      h("div", { class: "menu-divider" }),
      item("help", "Keyboard shortcuts", handlers.showShortcuts, { hint: h("kbd", {}, "?") }),
    ),
  );
}

function radioGroup(labelId, selected, options, onSelect) {
  return h(
    "div",
    { class: "segmented-control", role: "radiogroup", "aria-labelledby": labelId },
    options.map(([value, label]) =>
      h(
        "button",
        {
          type: "button",
          role: "radio",
          "aria-checked": String(value === selected),
          "data-value": value,
          onclick: (event) => {
            const group = event.currentTarget.parentElement.getAttribute("aria-labelledby");
            onSelect(value);
            document.querySelector(`[aria-labelledby="${group}"] [data-value="${value}"]`)?.focus();
          },
        },
        label,
      ),
    ),
  );
}

function exportAll() {
  const name = `events-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.jsonl`;
  const link = h("a", { href: "api/export", download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

function importFile() {
  const input = h("input", {
    type: "file",
    accept: ".jsonl,.ndjson,.json,.txt",
    class: "visually-hidden",
    "aria-label": "Events file",
  });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.remove();
    if (!file) return;
    try {
      const { imported, refused = [] } = await api.importEvents(await file.text());
      showToast(`Imported ${imported} ${plural(imported, "event")}`);
      if (refused.length > 0) {
        const [first] = refused;
        showToast(
          `${refused.length} ${refused.length === 1 ? "line was" : "lines were"} rejected. Line ${first.line}: ${first.error}`,
          { isError: true },
        );
      }
    } catch (error) {
      showToast(error.message, { isError: true });
    }
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}

function confirmDelete() {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "delete-title", id: "delete-dialog" },
    h(
      "div",
      { class: "dialog-body" },
      h("h2", { id: "delete-title" }, "Delete everything?"),
      h(
        "p",
        {},
        "This deletes all stored conversations and events, including those in the database file if there is one. This action cannot be undone. To keep a copy, export your events first.",
      ),
      h(
        "div",
        { class: "dialog-actions" },
        h(
          "button",
          { class: "button", type: "button", autofocus: true, onclick: () => dialog.close() },
          "Cancel",
        ),
        h(
          "button",
          {
            class: "button danger",
            type: "button",
            id: "delete-confirm",
            onclick: () => deleteAll(dialog),
          },
          "Delete everything",
        ),
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function deleteAll(dialog) {
  try {
    const { deleted } = await api.deleteAll();
    showToast(`Deleted ${deleted} ${plural(deleted, "event")}`);
  } catch (error) {
    showToast(error.message, { isError: true });
  }
  dialog.close();
}
