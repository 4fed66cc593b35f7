// Keyboard shortcuts, and the dialog that lists them.

import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const SHORTCUTS = [
  [["J", "↓"], "Next conversation or event"],
  [["K", "↑"], "Previous conversation or event"],
  [["Enter", "→"], "Open"],
  [["Esc", "←"], "Back"],
  [["Home"], "First loaded item"],
  [["End", "G"], "Go to the latest item and follow new ones"],
  [["N"], "Next event with a problem"],
  [["/"], "Search all conversations"],
  [["F"], "Find in the open conversation; Enter and Shift+Enter go to the next and previous match"],
  [["C"], "Copy the event in the selected format"],
  [["P"], "Pause or resume"],
  [["?"], "Show these shortcuts"],
];

export function showShortcuts() {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "shortcuts-title", id: "shortcuts-dialog" },
    h(
      "div",
      { class: "dialog-body" },
      h("h2", { id: "shortcuts-title" }, "Keyboard shortcuts"),
      h(
        "dl",
        { class: "shortcut-list" },
        SHORTCUTS.flatMap(([keys, description]) => [
          h(
            "dt",
            {},
            keys.map((key) => h("kbd", {}, key)),
          ),
          h("dd", {}, description),
        ]),
      ),
      h(
        "div",
        { class: "dialog-actions" },
        h(
          "button",
          { class: "button", type: "button", autofocus: true, onclick: () => dialog.close() },
          icon("check"),
          "Got it",
        ),
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const isTyping = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable ||
    ["TEXTAREA", "SELECT"].includes(element.tagName) ||
    (element.tagName === "INPUT" && element.type !== "range"));

/// Calls the methods of `actions` on key presses: `move(step)`, `open()`, `back()`, `first()`,
/// `latest()`, `nextProblem()`, `search()`, `find()`, `leaveSearch(focusList)`, `copy()`, and `togglePause()`.
export function handleShortcuts(actions) {
  document.addEventListener("keydown", (event) => {
    // During IME composition, keys select candidates.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open], [popover]:popover-open")) return;
    const { target } = event;
    if (isTyping(target)) {
      if (event.key === "Escape" || event.key === "ArrowDown") {
        actions.leaveSearch(event.key === "ArrowDown");
        event.preventDefault();
      }
      return;
    }
    const action = {
      j: () => actions.move(1),
      k: () => actions.move(-1),
      ArrowDown: () => actions.move(1),
      ArrowUp: () => actions.move(-1),
      ArrowRight: () => actions.open(),
      ArrowLeft: () => actions.back(),
      Escape: () => actions.back(),
      Home: () => actions.first(),
      End: () => actions.latest(),
      G: () => actions.latest(),
      g: () => actions.latest(),
      n: () => actions.nextProblem(),
      "/": () => actions.search(),
      f: () => actions.find(),
      c: () => actions.copy(),
      p: () => actions.togglePause(),
      "?": showShortcuts,
    }[event.key];
    if (action) {
      event.preventDefault();
      action();
      return;
    }
    if (event.key === "Enter" || event.key === " ") {
      // Buttons handle these keys themselves. Handle them only for rows and lists.
      if (!target.matches?.("[data-seq], [data-id], .scroller, body")) return;
      event.preventDefault();
      actions.open();
    }
  });
}
