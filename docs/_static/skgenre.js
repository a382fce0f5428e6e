// Opened from a file, a page can't fetch others: there is no version switch, and search results have
// no excerpts. This runs when the page is parsed, before the scripts of the theme and the search.
(() => {
  const fromFile = window.location.protocol === "file:";

  function withoutServer() {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    delete DOCUMENTATION_OPTIONS.theme_switcher_json_url;
    const served = ".version-switcher__container, .site-only";
    document.querySelectorAll(served).forEach((item) => item.remove());
  }

  // The addresses in switcher.json are relative to the first page, not to the open one.
  function resolveVersions() {
    const root = new URL(document.documentElement.dataset.content_root, window.location.href);
    const resolve = (link) => {
      const address = link.getAttribute("href");
      if (!/^[a-z]+:/.test(address)) link.setAttribute("href", new URL(address, root).href);
    };
    document.querySelectorAll(".version-switcher__menu").forEach((menu) => {
      const observer = new MutationObserver((changes) => {
        changes.forEach((change) => change.addedNodes.forEach((node) => {
          if (node.nodeName === "A") resolve(node);
        }));
      });
      observer.observe(menu, { childList: true });
    });
  }

  // A constructor with many parameters: its signature is folded, since they are described below.
  function foldSignatures() {
    document.querySelectorAll("dt.sig > dl").forEach((list) => {
      const named = ":scope > dd > .sig-param:not(:has(.keyword-only-separator))";
      const count = list.querySelectorAll(named).length;
      if (count <= 12) return;
      const details = document.createElement("details");
      details.className = "signature";
      const summary = document.createElement("summary");
      summary.textContent = `${count} parameters`;
      list.replaceWith(details);
      details.append(summary, list);
    });
  }

  if (fromFile) withoutServer();
  else resolveVersions();
  foldSignatures();
})();
