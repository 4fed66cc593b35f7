// Popovers below a button. The browser closes them on Esc and on outside clicks, and shows them
// above everything else. This file only positions them.

/// Makes `panel` the popover of `button`. `onOpen` runs each time the popover is about to be shown.
export function attachPopover(button, panel, onOpen) {
  panel.setAttribute("popover", "");
  panel.classList.add("popover");
  button.setAttribute("aria-haspopup", "dialog");
  button.setAttribute("aria-expanded", "false");
  button.after(panel);
  // Use the browser's invoker instead of a click handler. The browser treats a click on the button
  // as an outside click and closes the popover. A click handler would then open it again.
  button.popoverTargetElement = panel;
  button.popoverTargetAction = "toggle";
  // Fill the popover before it is shown. `toggle` fires afterwards.
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
