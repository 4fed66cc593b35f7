// Copying, also where the clipboard's API is missing: it needs HTTPS or this machine's own address,
// and the page may be open by another.

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  field.setAttribute("aria-hidden", "true");
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    // The browser forbids it; the caller says so.
  }
  field.remove();
  focused?.focus?.();
  return done;
}
