// The keyboard. One place knows all keys, so that the help sheet cannot lie.

import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const SHORTCUTS = [
  [["J", "↓"], "next conversation or event"],
  [["K", "↑"], "previous conversation or event"],
  [["Enter", "→"], "open it"],
  [["Esc", "←"], "back"],
  [["Home"], "first of those loaded"],
  [["End", "G"], "latest, and follow"],
  [["/"], "search"],
  [["C"], "copy the event as it is shown"],
  [["P"], "pause and go on"],
  [["?"], "this sheet"],
];

export function showShortcuts() {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "shortcuts-title", id: "shortcuts-dialog" },
    h(
      "div",
      { class: "dialog-body" },
      h("h2", { id: "shortcuts-title" }, "Keyboard"),
      h(
        "dl",
        { class: "shortcut-list" },
        SHORTCUTS.flatMap(([keys, description]) => [h("dt", {}, keys.map((key) => h("kbd", {}, key))), h("dd", {}, description)]),
      ),
      h("div", { class: "dialog-actions" }, h("button", { class: "button", type: "button", autofocus: true, onclick: () => dialog.close() }, icon("check"), "Got it")),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const isTyping = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || ["TEXTAREA", "SELECT"].includes(element.tagName) ||
    (element.tagName === "INPUT" && element.type !== "range"));

/// `act` has `move(step)`, `enter()`, `back()`, `first()`, `latest()`, `search()`, `copy()`, `pause()`.
export function handleShortcuts(actions) {
  document.addEventListener("keydown", (event) => {
    // While Chinese, Japanese or Korean is put together, keys choose among its candidates.
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
      "/": () => actions.search(),
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
      // Buttons have a life of their own; rows are ours.
      if (!target.matches?.("[data-seq], [data-id], .scroller, body")) return;
      event.preventDefault();
      actions.open();
    }
  });
}
