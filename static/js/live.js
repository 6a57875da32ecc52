// Search while typing: [data-live="#list"] asks this page again with what was typed and takes over that list.
// A chosen radio stays, also where the new list does not hold it. Without script the form's own button searches.
(function () {
  "use strict";
  const { closest } = window.shuke;
  const PAUSE = 250;
  let timer = 0;
  let turn = 0;

  const keepChoice = (old, target) => {
    if (!old) return;
    const same = target.querySelector('input[name="' + old.name + '"][value="' + CSS.escape(old.value) + '"]');
    if (same) same.checked = true;
    else target.prepend(old.closest("label"));
  };

  const refresh = async (box) => {
    const now = ++turn;
    const url = new URL(box.dataset.liveUrl || location.href, location.href);
    url.searchParams.set(box.name, box.value.trim());
    url.searchParams.delete("cursor");
    const target = document.querySelector(box.dataset.live);
    target.setAttribute("aria-busy", "true");
    try {
      const page = await (await fetch(url, { credentials: "same-origin" })).text();
      const fresh = new DOMParser().parseFromString(page, "text/html").querySelector(box.dataset.live);
      if (now !== turn || !fresh) return;
      const old = target.querySelector('input[type="radio"]:checked');
      target.replaceChildren(...fresh.childNodes);
      keepChoice(old, target);
    } catch (error) {
      // No network: the list that is there stays usable.
    } finally {
      target.removeAttribute("aria-busy");
    }
  };

  document.addEventListener("input", (event) => {
    const box = closest(event, "[data-live]");
    if (!box || event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE, box);
  });
  document.addEventListener("compositionend", (event) => {
    const box = closest(event, "[data-live]");
    if (box) refresh(box);
  });
  document.addEventListener("keydown", (event) => {
    const box = closest(event, "[data-live]");
    if (!box || event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    refresh(box);
  });
})();
