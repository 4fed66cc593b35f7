// Copies text. Falls back to `execCommand`, because the clipboard API requires HTTPS or localhost.

/// Returns whether the text was copied.
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
    // The browser blocked copying. The caller reports the failure.
  }
  textarea.remove();
  previousFocus?.focus?.();
  return copied;
}
