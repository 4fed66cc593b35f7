// Panels below a button. The browser's own popovers close on Esc and on a click elsewhere, and stand
// above everything; only their place is ours.

/// Makes `panel` the popover of `button`; `opening` runs each time, before it is seen.
export function attachPopover(button, panel, onOpen) {
  panel.setAttribute("popover", "");
  panel.classList.add("popover");
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-expanded", "false");
  button.after(panel);
  // The invoker relation, and not a click of our own, which would open again what it just closed.
  button.popoverTargetElement = panel;
  button.popoverTargetAction = "toggle";
  // `toggle` comes a task later: what is seen by then is filled already.
  panel.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") onOpen?.();
  });
  panel.addEventListener("toggle", (event) => {
    const isOpen = event.newState === "open";
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) position(button, panel);
  });
  addEventListener("resize", () => panel.matches(":popover-open") && position(button, panel));
}

function position(button, panel) {
  const rect = button.getBoundingClientRect();
  const left = Math.min(rect.right - panel.offsetWidth, innerWidth - panel.offsetWidth - 8);
  panel.style.left = `${Math.max(8, left)}px`;
  panel.style.top = `${rect.bottom + 6}px`;
}
