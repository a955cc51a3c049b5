// Puts the chosen theme on the page before its first paint. src/ui/lib/theme.ts writes the choice.
(() => {
  try {
    const theme = localStorage.getItem("sightglass.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is forbidden here: the system's theme stays.
  }
})();
