// The menu with the actions on the open conversation.

import * as api from "../api/client.js";
import { h, setChildren } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { attachPopover } from "../ui/popover.js";
import { showToast } from "../ui/toasts.js";
import { plural } from "../util/format.js";
import { randomId, sendConversationAgain } from "./send-again.js";

export class ConversationActions {
  /// `onCopied(id)` receives the id of a new conversation.
  constructor(onCopied) {
    this.onCopied = onCopied;
    this.button = h(
      "button",
      {
        class: "button ghost icon-only",
        type: "button",
        id: "conversation-menu-button",
        "aria-label": "Actions on this conversation",
        title: "Actions on this conversation",
      },
      icon("more"),
    );
    this.panel = h("div", {
      class: "menu-popover",
      id: "conversation-menu",
      role: "dialog",
      "aria-label": "Actions on this conversation",
    });
  }

  /// Attaches the menu to its button, which must be in the document.
  attach() {
    attachPopover(this.button, this.panel, () => this.#render());
  }

  /// Sets the conversation to which the actions apply.
  setConversation(id) {
    this.id = id;
  }

  #render() {
    const { id } = this;
    const close = () => this.panel.hidePopover();
    const link = (iconName, label, href, download) =>
      h("a", { class: "menu-item", href, download, onclick: close }, icon(iconName), label);
    const item = (iconName, label, action, danger) =>
      h(
        "button",
        {
          class: danger ? "menu-item danger" : "menu-item",
          type: "button",
          onclick: () => {
            close();
            action();
          },
        },
        icon(iconName),
        label,
      );
    setChildren(
      this.panel,
      h(
        "div",
        { class: "menu" },
        link("export", "Export as JSON lines", api.exportUrl(id), "conversation.jsonl"),
        link("share", "Save as HTML file", api.shareUrl(id), "conversation.html"),
        h("div", { class: "menu-divider" }),
        item("again", "Send again…", () => this.#confirmSendAgain(id)),
        item("trash", "Delete…", () => confirmDelete(id), true),
      ),
    );
  }

  #confirmSendAgain(id) {
    const send = async (copyId) => {
      try {
        const count = await sendConversationAgain(id, {
          copyId,
          now: Date.now(),
          newId: randomId,
        });
        showToast(`Sent ${count} ${plural(count, "call")}`);
        if (copyId !== undefined) this.onCopied(copyId);
      } catch (error) {
        showToast(error.message, { isError: true });
      }
    };
    openDialog({
      id: "send-again-dialog",
      title: "Send this conversation again?",
      text: "The inspector receives all events again, but does not forward them. With the same ids, they are duplicates, which Segment would delete. As a new conversation, they get new ids and times.",
      actions: [
        { label: "With the same ids", id: "send-same-ids", run: () => send() },
        id !== "" && {
          label: "As a new conversation",
          id: "send-as-copy",
          run: () => send(`copy-${Date.now().toString(36)}`),
        },
      ],
    });
  }
}

function confirmDelete(id) {
  openDialog({
    id: "delete-conversation-dialog",
    title: id === "" ? "Delete the events outside conversations?" : "Delete this conversation?",
    text: "This deletes all of its stored events, including those in the database file if there is one. This action cannot be undone.",
    actions: [
      {
        label: "Delete",
        id: "delete-conversation-confirm",
        danger: true,
        run: () => deleteConversation(id),
      },
    ],
  });
}

async function deleteConversation(id) {
  try {
    const { deleted } = await api.deleteConversation(id);
    showToast(`Deleted ${deleted} ${plural(deleted, "event")}`);
  } catch (error) {
    showToast(error.message, { isError: true });
  }
}

/// Opens a dialog with a Cancel button and these actions, `{ label, id, danger, run() }`.
function openDialog({ id, title, text, actions }) {
  const titleId = `${id}-title`;
  const dialog = h(
    "dialog",
    { id, "aria-labelledby": titleId },
    h(
      "div",
      { class: "dialog-body" },
      h("h2", { id: titleId }, title),
      h("p", {}, text),
      h(
        "div",
        { class: "dialog-actions" },
        h(
          "button",
          { class: "button", type: "button", autofocus: true, onclick: () => dialog.close() },
          "Cancel",
        ),
        actions.filter(Boolean).map((action) =>
          h(
            "button",
            {
              class: action.danger ? "button danger" : "button",
              type: "button",
              id: action.id,
              onclick: () => {
                dialog.close();
                action.run();
              },
            },
            action.label,
          ),
        ),
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
