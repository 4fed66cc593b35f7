// What the page shows before the first event: the inspector's address, code for each client, and a
// sample conversation.

import { h, setChildren, setText } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { showToast } from "../ui/toasts.js";
import { copyText } from "../util/clipboard.js";
import { snippets } from "./snippets.js";

/// `onPlay()` plays the sample conversation.
export function renderWelcome({ origin, onPlay }) {
  const all = snippets(origin);
  const code = h("pre", { class: "code-block", tabindex: "0", "aria-label": "Code" });
  const copy = h("button", { class: "button", type: "button" }, icon("copy"), "Copy code");
  let shown = all[0];
  const tabs = all.map((snippet) =>
    h(
      "button",
      {
        type: "button",
        "data-snippet": snippet.id,
        "aria-pressed": "false",
        onclick: () => select(snippet),
      },
      snippet.label,
    ),
  );
  function select(snippet) {
    shown = snippet;
    setText(code, snippet.code);
    for (const tab of tabs)
      tab.setAttribute("aria-pressed", String(tab.dataset.snippet === snippet.id));
  }
  copy.addEventListener("click", () => copyWithToast(shown.code, shown.label));
  select(shown);
  const welcome = h("div", { class: "welcome" });
  setChildren(
    welcome,
    h(
      "p",
      { class: "address" },
      h("code", {}, origin),
      h(
        "button",
        {
          class: "button ghost icon-only",
          type: "button",
          "aria-label": "Copy address",
          onclick: () => copyWithToast(origin, "address"),
        },
        icon("copy"),
      ),
    ),
    h(
      "div",
      { class: "segmented-control", role: "group", "aria-label": "Client" },
      tabs,
    ),
    code,
    h(
      "div",
      { class: "welcome-actions" },
      copy,
      h(
        "button",
        { class: "button", type: "button", "data-action": "play", onclick: onPlay },
        icon("play"),
        "Play a sample conversation",
      ),
    ),
  );
  return welcome;
}

async function copyWithToast(text, name) {
  if (await copyText(text)) showToast(`Copied the ${name}`);
  else showToast("The browser did not allow copying", { isError: true });
}
