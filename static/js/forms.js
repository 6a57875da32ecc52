// Small help with forms: focus on the error summary, ready-made texts, defaults that follow a choice, no double post.
(function () {
  "use strict";
  const { closest } = window.shuke;

  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();

  document.addEventListener("click", (event) => {
    const link = closest(event, "[data-error-summary] a");
    const target = link && document.getElementById(link.hash.slice(1));
    const control = target && (target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea"));
    if (!control) return;
    event.preventDefault();
    control.focus();
  });

  // select[data-fill="#box"]: the chosen option's data-text goes in at the cursor, or replaces an untouched box.
  document.addEventListener("change", (event) => {
    const list = closest(event, "select[data-fill]");
    const text = list && list.selectedOptions[0] && list.selectedOptions[0].dataset.text;
    if (!text) return;
    const box = document.querySelector(list.dataset.fill);
    if (!box.value || box.value === box.dataset.filled) box.value = text;
    else box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    box.dataset.filled = box.value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A radio with data-sets="minutes" data-to="5" chooses that radio, until a person chose one herself.
  const chosen = new Set();
  document.addEventListener("change", (event) => {
    const radio = closest(event, 'input[type="radio"]');
    if (!radio) return;
    if (event.isTrusted) chosen.add(radio.name);
    const name = radio.dataset.sets;
    if (!name || chosen.has(name)) return;
    const other = radio.form.querySelector('input[name="' + name + '"][value="' + radio.dataset.to + '"]');
    if (other) other.checked = true;
  });

  // [data-picks="#list"]: the buttons of this row choose in that list with one tap. Without script it stays hidden.
  document.querySelectorAll("[data-picks]").forEach((row) => {
    const list = document.querySelector(row.dataset.picks);
    const show = () => row.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one.value === list.value)));
    row.addEventListener("click", (event) => {
      const button = closest(event, "button");
      if (!button) return;
      list.value = button.value;
      show();
    });
    list.addEventListener("change", show);
    row.hidden = false;
    show();
  });

  // [data-only-for="channel=phone"]: asked for that choice only, and as long as nothing is chosen.
  // Without script it always shows.
  document.querySelectorAll("[data-only-for]").forEach((part) => {
    const [name, value] = part.dataset.onlyFor.split("=");
    const form = part.closest("form");
    const show = () => {
      const chosen = form.querySelector('[name="' + name + '"]:checked');
      part.hidden = Boolean(chosen) && chosen.value !== value;
    };
    form.addEventListener("change", show);
    show();
  });

  // A slow line makes people tap twice; the server's key is the real guard.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.hasAttribute("data-posted")) event.preventDefault();
    form.setAttribute("data-posted", "");
    setTimeout(() => form.removeAttribute("data-posted"), 4000);
  });

  // A box that is sent as soon as it is ticked.
  document.addEventListener("change", (event) => {
    const box = closest(event, "input[data-submit]");
    if (box) box.form.submit();
  });

  // What was typed into textarea[data-draft] outlives every other button of the page, and a closed tab.
  document.querySelectorAll("textarea[data-draft]").forEach((box) => {
    const key = "shuke.draft." + window.shuke.actor + location.pathname;
    const kept = localStorage.getItem(key);
    if (kept && box.value === box.dataset.filled) box.value = kept;
    box.addEventListener("input", () => localStorage.setItem(key, box.value));
    document.addEventListener("click", (event) => {
      if (closest(event, "[data-sends]")) localStorage.removeItem(key);
    });
  });

  // [data-hide-after="60"]: a number that was shown goes away again.
  document.querySelectorAll("[data-hide-after]").forEach((node) => {
    setTimeout(() => location.replace(node.dataset.hideTo || location.pathname), Number(node.dataset.hideAfter) * 1000);
  });
})();
