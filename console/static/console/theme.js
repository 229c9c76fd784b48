// Runs before the first paint: light or dark, as chosen in the settings or as the machine says.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // a browser that keeps nothing follows the machine
    }
  };
  const apply = () => {
    const theme = chosen();
    const wanted = theme === "light" || theme === "dark" ? theme : dark.matches ? "dark" : "light";
    document.documentElement.setAttribute("data-bs-theme", wanted);
  };
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("themechosen", apply);
})();
