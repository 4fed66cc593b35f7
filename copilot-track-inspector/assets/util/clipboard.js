// Copying, also where the clipboard's API is missing: it needs HTTPS or this machine's own address,
// and the page may be open by another.

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromSelection(text);
  }
}

function copyFromSelection(text) {
  const textarea = document.createElement("textarea");
  textarea.value = text;
  textarea.className = "visually-hidden";
  textarea.setAttribute("aria-hidden", "true");
  const previousFocus = document.activeElement;
  document.body.append(textarea);
  textarea.select();
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    // The browser forbids it; the caller says so.
  }
  textarea.remove();
  previousFocus?.focus?.();
  return copied;
}
