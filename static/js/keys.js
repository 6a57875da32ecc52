// Keyboard of a desktop. Single keys can be switched off in the settings; then only Ctrl+Enter and Esc stay.
(function () {
  "use strict";
  const PLACES = { n: "/log", t: "/today", c: "/complaints", r: "/campaigns", "?": "/help" };
  const kind = document.body.dataset.keys;

  const typing = (node) => node.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  const press = (selector, within) => {
    const node = (within && within.querySelector(selector)) || document.querySelector(selector);
    if (node) node.click();
    return Boolean(node);
  };
  const rows = () => Array.from(document.querySelectorAll("[data-row]")).filter((row) => !row.hidden);
  const here = () => document.activeElement.closest("[data-row]");

  const move = (step) => {
    const list = rows();
    const at = list.indexOf(here());
    const row = list[Math.min(Math.max(at + step, 0), list.length - 1)];
    const stop = row && (row.matches("a") ? row : row.querySelector("a, button"));
    if (stop) stop.focus();
    return Boolean(stop);
  };
  const search = () => {
    const box = document.querySelector('input[type="search"]');
    if (box) box.focus();
    else location.assign("/contacts");
    return true;
  };

  const single = (key) => {
    if (key === "/") return search();
    if (key === "j") return move(1);
    if (key === "k") return move(-1);
    if ("aez".includes(key)) return press('[data-key="' + key + '"]', here());
    const place = key === "o" && kind === "owner" ? "/results" : PLACES[key];
    if (place) location.assign(place);
    return Boolean(place);
  };

  const submit = (node) => {
    const form = node.closest("form") || document.querySelector("main form[data-main]");
    const button = form && form.querySelector('[type="submit"]:not([formmethod])');
    if (button) button.click();
    return Boolean(button);
  };

  document.addEventListener("keydown", (event) => {
    const node = event.target instanceof Element ? event.target : document.body;
    if (event.isComposing || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (submit(node)) event.preventDefault();
      return;
    }
    if (!kind || event.ctrlKey || event.metaKey || event.key.length !== 1 || typing(node)) return;
    if (single(event.key)) event.preventDefault();
  });
})();
