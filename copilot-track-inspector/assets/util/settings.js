// User settings, stored in the browser.

const defaults = { theme: "system", timeFormat: "relative", eventFormat: "tree", replies: "markdown" };

export function get(name) {
  try {
    return localStorage.getItem(name) ?? defaults[name];
  } catch {
    return defaults[name];
  }
}

export function set(name, value) {
  try {
    if (value === defaults[name]) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Storage can be blocked. In this case, the setting lasts until the page is closed.
  }
}

/// Applies and stores a theme: "system", "light", or "dark".
export function applyTheme(theme) {
  set("theme", theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
