// Applies the saved theme before the first paint, to avoid a flash of the wrong theme. This is a
// classic script, because modules run after the first paint.
(() => {
  let theme;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage can be blocked. In this case, the system's theme applies.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
