// The user menu is a link to the settings until this file makes it a button; details.menu close like menus.
(function () {
  "use strict";
  const { make } = window.shuke;
  const open = () => document.querySelectorAll('[aria-expanded="true"][aria-controls], details.menu[open]');

  const shut = (node) => {
    if (node.matches("details")) node.open = false;
    else {
      node.setAttribute("aria-expanded", "false");
      document.getElementById(node.getAttribute("aria-controls")).hidden = true;
    }
  };

  document.querySelectorAll("a[data-menu]").forEach((link) => {
    const panel = document.getElementById(link.dataset.menu);
    const button = make("button", { type: "button", class: link.className, "aria-expanded": "false", "aria-controls": panel.id });
    button.append(...link.childNodes);
    link.replaceWith(button);
    button.addEventListener("click", () => {
      const opening = panel.hidden;
      panel.hidden = !opening;
      button.setAttribute("aria-expanded", String(opening));
      if (opening) panel.scrollIntoView({ block: "nearest" });
    });
  });

  document.addEventListener("click", (event) => {
    open().forEach((node) => {
      const panel = node.matches("details") ? node : document.getElementById(node.getAttribute("aria-controls"));
      if (!node.contains(event.target) && !panel.contains(event.target)) shut(node);
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((node) => {
      shut(node);
      (node.matches("details") ? node.querySelector("summary") : node).focus();
    });
  });
})();
