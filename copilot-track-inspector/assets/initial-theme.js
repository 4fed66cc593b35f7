// Before the first paint, and no module for that reason: else a page that was switched to dark flashes.
(() => {
  let theme;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage can be forbidden; then the system's theme holds.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
